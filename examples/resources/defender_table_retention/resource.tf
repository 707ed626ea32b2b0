variable "workspace_id" {
  description = "ARM id of the Log Analytics workspace that Microsoft Sentinel is onboarded to."
  type        = string
}

resource "defender_table_retention" "example" {
  workspace_id = var.workspace_id
  table        = "DeviceEvents"

  retention_in_days       = 180
  total_retention_in_days = 1095
}
