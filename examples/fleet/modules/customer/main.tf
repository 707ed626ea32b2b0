# What one customer gets. Every block names the customer's tenant, by which the provider picks the token.

terraform {
  required_version = ">= 1.6"

  required_providers {
    defender = {
      source = "sentinel-iac/defender"
    }
  }
}

locals {
  titles = {
    cloud               = "Microsoft Defender for Cloud"
    cloud_apps          = "Microsoft Defender for Cloud Apps"
    endpoint            = "Microsoft Defender for Endpoint"
    entra_id_protection = "Microsoft Entra ID Protection"
    identity            = "Microsoft Defender for Identity"
    iot                 = "Microsoft Defender for IoT"
    office365           = "Microsoft Defender for Office 365"
  }

  # Defender XDR makes the incidents of all these, and brings the alerts of all but Defender for Cloud.
  incidents_by_xdr = setsubtract(keys(local.titles), ["iot"])
  alerts_by_xdr    = setsubtract(local.incidents_by_xdr, ["cloud"])

  connected = var.xdr ? setsubtract(var.products, local.alerts_by_xdr) : var.products
  ruled     = var.xdr ? setsubtract(var.products, local.incidents_by_xdr) : var.products

  # Left out it is found out by a write that the portal refuses.
  managed_by_portal = var.in_defender_portal ? true : null

  # Taken from the onboarding where there is one, so that all else waits for it.
  workspace_id = var.onboard ? defender_workspace_onboarding.this[0].workspace_id : var.workspace_id
}

resource "defender_workspace_onboarding" "this" {
  count        = var.onboard ? 1 : 0
  tenant_id    = var.tenant_id
  workspace_id = var.workspace_id
}

resource "defender_xdr_connector" "this" {
  count             = var.xdr ? 1 : 0
  tenant_id         = var.tenant_id
  workspace_id      = local.workspace_id
  alerts            = var.alerts
  managed_by_portal = local.managed_by_portal

  # A plan then knows of both, and a destroy gives the rules back once Defender XDR is gone.
  depends_on = [defender_incident_rule_suppression.this, defender_cloud_connector.this]
}

resource "defender_incident_rule_suppression" "this" {
  count        = var.xdr ? 1 : 0
  tenant_id    = var.tenant_id
  workspace_id = local.workspace_id
  products     = [for product in local.incidents_by_xdr : local.titles[product]]
}

resource "defender_cloud_connector" "this" {
  count             = contains(local.connected, "cloud") ? 1 : 0
  tenant_id         = var.tenant_id
  workspace_id      = local.workspace_id
  managed_by_portal = local.managed_by_portal
}

resource "defender_cloud_apps_connector" "this" {
  count             = contains(local.connected, "cloud_apps") ? 1 : 0
  tenant_id         = var.tenant_id
  workspace_id      = local.workspace_id
  managed_by_portal = local.managed_by_portal
}

resource "defender_endpoint_connector" "this" {
  count             = contains(local.connected, "endpoint") ? 1 : 0
  tenant_id         = var.tenant_id
  workspace_id      = local.workspace_id
  managed_by_portal = local.managed_by_portal
}

resource "defender_entra_id_protection_connector" "this" {
  count             = contains(local.connected, "entra_id_protection") ? 1 : 0
  tenant_id         = var.tenant_id
  workspace_id      = local.workspace_id
  managed_by_portal = local.managed_by_portal
}

resource "defender_identity_connector" "this" {
  count             = contains(local.connected, "identity") ? 1 : 0
  tenant_id         = var.tenant_id
  workspace_id      = local.workspace_id
  managed_by_portal = local.managed_by_portal
}

resource "defender_iot_connector" "this" {
  count             = contains(local.connected, "iot") ? 1 : 0
  tenant_id         = var.tenant_id
  workspace_id      = local.workspace_id
  managed_by_portal = local.managed_by_portal
}

resource "defender_office365_connector" "this" {
  count             = contains(local.connected, "office365") ? 1 : 0
  tenant_id         = var.tenant_id
  workspace_id      = local.workspace_id
  managed_by_portal = local.managed_by_portal
}

resource "defender_incident_rule" "this" {
  for_each     = local.ruled
  tenant_id    = var.tenant_id
  workspace_id = local.workspace_id
  product      = local.titles[each.key]
  severities   = var.severities
}

resource "defender_hunting_tables" "this" {
  count        = length(var.hunting_tables) > 0 ? 1 : 0
  tenant_id    = var.tenant_id
  workspace_id = local.workspace_id
  tables       = var.hunting_tables
}

resource "defender_table_retention" "this" {
  for_each                = var.retention
  tenant_id               = var.tenant_id
  workspace_id            = local.workspace_id
  table                   = each.key
  retention_in_days       = each.value.retention_in_days
  total_retention_in_days = each.value.total_retention_in_days
}
