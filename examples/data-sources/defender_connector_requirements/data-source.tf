variable "workspace_id" {
  description = "ARM id of the Log Analytics workspace that Microsoft Sentinel is onboarded to."
  type        = string
}

data "defender_connector_requirements" "example" {
  workspace_id = var.workspace_id
}

output "not_ready" {
  description = "What each product still needs before it can be connected."
  value = {
    for check in data.defender_connector_requirements.example.requirements :
    check.product => "${check.license_state == "Valid" ? "" : "licence: ${check.licence}; "}${check.authorization_state == "Valid" ? "" : "caller: ${check.role}"}"
    if check.ready == false
  }
}
