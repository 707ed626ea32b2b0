variable "workspace_id" {
  description = "ARM id of the Log Analytics workspace that Microsoft Sentinel is onboarded to."
  type        = string
}

resource "defender_xdr_connector" "example" {
  workspace_id = var.workspace_id

  incidents = true
  alerts    = true

  filtered_alert_providers = [
    "microsoftDefenderForCloudApps",
    "microsoftDefenderForIdentity",
  ]

  # The plan then knows of both whatever the order, and a destroy gives the rules back once Defender XDR is gone.
  depends_on = [
    defender_cloud_connector.example,
    defender_incident_rule_suppression.example,
  ]
}

# The products whose incidents Defender XDR brings: their own rules would make each a second time.
resource "defender_incident_rule_suppression" "example" {
  workspace_id = var.workspace_id

  products = [
    "Microsoft Defender for Cloud",
    "Microsoft Defender for Cloud Apps",
    "Microsoft Defender for Endpoint",
    "Microsoft Defender for Identity",
    "Microsoft Defender for Office 365",
    "Microsoft Entra ID Protection",
  ]
}

# Defender XDR brings the incidents of Defender for Cloud, and this their alerts.
resource "defender_cloud_connector" "example" {
  workspace_id = var.workspace_id
}
