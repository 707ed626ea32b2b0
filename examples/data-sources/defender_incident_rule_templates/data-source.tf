variable "workspace_id" {
  description = "ARM id of the Log Analytics workspace that Microsoft Sentinel is onboarded to."
  type        = string
}

data "defender_incident_rule_templates" "example" {
  workspace_id = var.workspace_id
}

output "templates" {
  description = "GUIDs of the templates by their product."
  value       = { for template in data.defender_incident_rule_templates.example.templates : template.product_filter => template.name }
}
