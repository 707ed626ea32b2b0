variable "workspace_id" {
  description = "ARM id of the Log Analytics workspace that Microsoft Sentinel is onboarded to."
  type        = string
}

resource "defender_anomalies" "example" {
  workspace_id = var.workspace_id
}
