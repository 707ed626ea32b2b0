variable "workspace_id" {
  description = "ARM id of the Log Analytics workspace that Microsoft Sentinel is onboarded to."
  type        = string
}

resource "defender_incident_rule" "example" {
  workspace_id = var.workspace_id
  product      = "Microsoft Defender for Identity"

  severities                  = ["High", "Medium"]
  display_name_exclude_filter = ["Health"]
}
