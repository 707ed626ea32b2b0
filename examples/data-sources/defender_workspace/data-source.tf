variable "workspace_id" {
  description = "ARM id of the Log Analytics workspace that Microsoft Sentinel is onboarded to."
  type        = string
}

data "defender_workspace" "example" {
  workspace_id = var.workspace_id
}

output "onboarded" {
  description = "Whether Microsoft Sentinel is on in the workspace."
  value       = data.defender_workspace.example.onboarded
}
