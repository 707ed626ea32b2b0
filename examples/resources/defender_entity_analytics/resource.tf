variable "workspace_id" {
  description = "ARM id of the Log Analytics workspace that Microsoft Sentinel is onboarded to."
  type        = string
}

resource "defender_entity_analytics" "example" {
  workspace_id = var.workspace_id
  providers    = ["AzureActiveDirectory"] # And "ActiveDirectory", where Defender for Identity is in use.
}
