variable "workspace_id" {
  description = "ARM id of the Log Analytics workspace that Microsoft Sentinel is onboarded to."
  type        = string
}

data "defender_connectors" "example" {
  workspace_id = var.workspace_id
}

output "unmanaged" {
  description = "Connectors of kinds that this provider has no resource for."
  value       = [for connector in data.defender_connectors.example.connectors : connector.kind if connector.resource_type == null]
}
