variable "workspace_id" {
  description = "ARM id of the Log Analytics workspace that Microsoft Sentinel is onboarded to."
  type        = string
}

resource "defender_ingestion_workbook" "example" {
  workspace_id = var.workspace_id
  tables       = ["DeviceEvents", "IdentityLogonEvents"] # Or defender_hunting_tables.NAME.tables, to keep in step.
}
