# What a team has today.

terraform {
  required_providers {
    azurerm = {
      source = "hashicorp/azurerm"
    }
  }
}

provider "azurerm" {
  features {}
}

variable "workspace_id" {
  description = "ARM id of the Log Analytics workspace."
  type        = string
}

resource "azurerm_sentinel_log_analytics_workspace_onboarding" "soc" {
  workspace_id = var.workspace_id
}

resource "azurerm_sentinel_data_connector_microsoft_threat_protection" "soc" {
  name                       = "mtp"
  log_analytics_workspace_id = azurerm_sentinel_log_analytics_workspace_onboarding.soc.workspace_id
}

resource "azurerm_sentinel_data_connector_microsoft_cloud_app_security" "soc" {
  name                       = "mcas"
  log_analytics_workspace_id = azurerm_sentinel_log_analytics_workspace_onboarding.soc.workspace_id
  alerts_enabled             = true
  discovery_logs_enabled     = false
}

resource "azurerm_sentinel_data_connector_azure_security_center" "soc" {
  name                       = "asc"
  log_analytics_workspace_id = azurerm_sentinel_log_analytics_workspace_onboarding.soc.workspace_id
}

resource "azurerm_sentinel_data_connector_microsoft_threat_intelligence" "soc" {
  name                                         = "msti"
  log_analytics_workspace_id                   = azurerm_sentinel_log_analytics_workspace_onboarding.soc.workspace_id
  microsoft_emerging_threat_feed_lookback_date = "2024-01-01T00:00:00Z"
}

resource "azurerm_sentinel_alert_rule_ms_security_incident" "soc" {
  name                       = "r1"
  log_analytics_workspace_id = azurerm_sentinel_log_analytics_workspace_onboarding.soc.workspace_id
  display_name               = "Incidents of Defender for Identity"
  product_filter             = "Azure Advanced Threat Protection"
  severity_filter            = ["High"]
}

resource "azurerm_log_analytics_workspace_table" "soc" {
  workspace_id            = var.workspace_id
  name                    = "DeviceEvents"
  retention_in_days       = 60
  total_retention_in_days = 180
}
