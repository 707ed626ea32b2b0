# What the same team has afterwards. What this provider has no resource for, such as the workspace, stays with azurerm.
# Once it is applied everywhere, the moved blocks can go.

terraform {
  required_version = ">= 1.8"
  required_providers {
    defender = {
      source = "sentinel-iac/defender"
    }
  }
}

provider "defender" {} # signs in by the arguments and variables that azurerm has

variable "workspace_id" {
  description = "ARM id of the Log Analytics workspace."
  type        = string
}

resource "defender_workspace_onboarding" "soc" {
  workspace_id = var.workspace_id
}

moved {
  from = azurerm_sentinel_log_analytics_workspace_onboarding.soc
  to   = defender_workspace_onboarding.soc
}

resource "defender_xdr_connector" "soc" {
  workspace_id = defender_workspace_onboarding.soc.workspace_id
}

moved {
  from = azurerm_sentinel_data_connector_microsoft_threat_protection.soc
  to   = defender_xdr_connector.soc
}

resource "defender_cloud_apps_connector" "soc" {
  workspace_id   = defender_workspace_onboarding.soc.workspace_id
  alerts         = true
  discovery_logs = false
}

moved {
  from = azurerm_sentinel_data_connector_microsoft_cloud_app_security.soc
  to   = defender_cloud_apps_connector.soc
}

resource "defender_cloud_connector" "soc" {
  workspace_id = defender_workspace_onboarding.soc.workspace_id
}

moved {
  from = azurerm_sentinel_data_connector_azure_security_center.soc
  to   = defender_cloud_connector.soc
}

resource "defender_threat_intelligence_connector" "soc" {
  workspace_id  = defender_workspace_onboarding.soc.workspace_id
  lookback_date = "2024-01-01T00:00:00Z"
}

moved {
  from = azurerm_sentinel_data_connector_microsoft_threat_intelligence.soc
  to   = defender_threat_intelligence_connector.soc
}

# ARM calls the product "Azure Advanced Threat Protection"; here either name will do.
resource "defender_incident_rule" "soc" {
  workspace_id = defender_workspace_onboarding.soc.workspace_id
  product      = "Microsoft Defender for Identity"
  display_name = "Incidents of Defender for Identity"
  severities   = ["High"]
}

moved {
  from = azurerm_sentinel_alert_rule_ms_security_incident.soc
  to   = defender_incident_rule.soc
}

resource "defender_table_retention" "soc" {
  workspace_id            = var.workspace_id
  table                   = "DeviceEvents"
  retention_in_days       = 60
  total_retention_in_days = 180
}

moved {
  from = azurerm_log_analytics_workspace_table.soc
  to   = defender_table_retention.soc
}
