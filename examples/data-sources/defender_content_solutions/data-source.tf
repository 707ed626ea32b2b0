variable "workspace_id" {
  description = "ARM id of the Log Analytics workspace that Microsoft Sentinel is onboarded to."
  type        = string
}

data "defender_content_solutions" "example" {
  workspace_id   = var.workspace_id
  installed_only = true
}

output "updates" {
  description = "Installed solutions with a newer version, by their content ids."
  value = {
    for solution in data.defender_content_solutions.example.solutions : solution.content_id => solution.update_available
    if solution.update_available != null
  }
}
