variable "workspace_id" {
  description = "ARM id of the Log Analytics workspace that Microsoft Sentinel is onboarded to."
  type        = string
}

resource "defender_entity_analytics" "example" {
  workspace_id = var.workspace_id
  providers    = ["AzureActiveDirectory"]
}

resource "defender_ueba" "example" {
  # Taken from what it needs, so that it comes second and goes first.
  workspace_id = defender_entity_analytics.example.workspace_id
  data_sources = ["AuditLogs", "AzureActivity", "SecurityEvent", "SigninLogs"]
}
