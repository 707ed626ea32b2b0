variable "workspace_id" {
  description = "ARM id of the Log Analytics workspace that Microsoft Sentinel is onboarded to."
  type        = string
}

resource "defender_premium_threat_intelligence_connector" "example" {
  workspace_id = var.workspace_id

  lookback_date = "1970-01-01T00:00:00Z"
}
