variable "workspace_id" {
  description = "ARM id of the Log Analytics workspace that Microsoft Sentinel is onboarded to."
  type        = string
}

# With Defender XDR incidents streaming in, these products' own rules would make every incident twice.
resource "defender_incident_rule_suppression" "example" {
  workspace_id = var.workspace_id

  products = [
    "Microsoft Defender for Cloud Apps",
    "Microsoft Defender for Endpoint",
    "Microsoft Defender for Identity",
    "Microsoft Defender for Office 365",
  ]
}
