variable "workspace_id" {
  description = "ARM id of the Log Analytics workspace that Microsoft Sentinel is onboarded to."
  type        = string
}

resource "defender_workspace_onboarding" "example" {
  workspace_id = var.workspace_id
}

resource "defender_identity_connector" "example" {
  # Taken from the onboarding, so that the connector waits for it.
  workspace_id = defender_workspace_onboarding.example.workspace_id
}
