variable "workspace_id" {
  description = "ARM id of the Log Analytics workspace that Microsoft Sentinel is onboarded to."
  type        = string
}

resource "defender_threat_intelligence_connector" "example" {
  workspace_id = var.workspace_id

  emerging_threat_feed = true
  lookback_date        = "2025-01-01T00:00:00Z"
}
