variable "workspace_id" {
  description = "ARM id of the Log Analytics workspace that Microsoft Sentinel is onboarded to."
  type        = string
}

resource "defender_cloud_connector" "example" {
  workspace_id = var.workspace_id

  subscription_id = "22222222-2222-4222-8222-222222222222"
}
