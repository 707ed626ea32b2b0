variable "workspace_id" {
  description = "ARM id of the Log Analytics workspace that Microsoft Sentinel is onboarded to."
  type        = string
}

resource "defender_iot_connector" "example" {
  workspace_id = var.workspace_id

  # Without subscription_id it is the workspace's own subscription.
  alerts = true
}
