# The same without moves between resource types, for Terraform 1.7: what is removed here is not destroyed, and imported.

terraform {
  required_version = ">= 1.7"
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

removed {
  from = azurerm_sentinel_log_analytics_workspace_onboarding.soc
  lifecycle {
    destroy = false
  }
}

import {
  to = defender_workspace_onboarding.soc
  id = "${var.workspace_id}/providers/Microsoft.SecurityInsights/onboardingStates/default"
}

resource "defender_xdr_connector" "soc" {
  workspace_id = defender_workspace_onboarding.soc.workspace_id
}

removed {
  from = azurerm_sentinel_data_connector_microsoft_threat_protection.soc
  lifecycle {
    destroy = false
  }
}

import {
  to = defender_xdr_connector.soc
  id = "${var.workspace_id}/providers/Microsoft.SecurityInsights/dataConnectors/mtp"
}

resource "defender_cloud_apps_connector" "soc" {
  workspace_id   = defender_workspace_onboarding.soc.workspace_id
  alerts         = true
  discovery_logs = false
}

removed {
  from = azurerm_sentinel_data_connector_microsoft_cloud_app_security.soc
  lifecycle {
    destroy = false
  }
}

import {
  to = defender_cloud_apps_connector.soc
  id = "${var.workspace_id}/providers/Microsoft.SecurityInsights/dataConnectors/mcas"
}

resource "defender_cloud_connector" "soc" {
  workspace_id = defender_workspace_onboarding.soc.workspace_id
}

removed {
  from = azurerm_sentinel_data_connector_azure_security_center.soc
  lifecycle {
    destroy = false
  }
}

import {
  to = defender_cloud_connector.soc
  id = "${var.workspace_id}/providers/Microsoft.SecurityInsights/dataConnectors/asc"
}

resource "defender_threat_intelligence_connector" "soc" {
  workspace_id  = defender_workspace_onboarding.soc.workspace_id
  lookback_date = "2024-01-01T00:00:00Z"
}

removed {
  from = azurerm_sentinel_data_connector_microsoft_threat_intelligence.soc
  lifecycle {
    destroy = false
  }
}

import {
  to = defender_threat_intelligence_connector.soc
  id = "${var.workspace_id}/providers/Microsoft.SecurityInsights/dataConnectors/msti"
}

# ARM calls the product "Azure Advanced Threat Protection"; here either name will do.
resource "defender_incident_rule" "soc" {
  workspace_id = defender_workspace_onboarding.soc.workspace_id
  product      = "Microsoft Defender for Identity"
  display_name = "Incidents of Defender for Identity"
  severities   = ["High"]
}

removed {
  from = azurerm_sentinel_alert_rule_ms_security_incident.soc
  lifecycle {
    destroy = false
  }
}

import {
  to = defender_incident_rule.soc
  id = "${var.workspace_id}/providers/Microsoft.SecurityInsights/alertRules/r1"
}

resource "defender_table_retention" "soc" {
  workspace_id            = var.workspace_id
  table                   = "DeviceEvents"
  retention_in_days       = 60
  total_retention_in_days = 180
}

removed {
  from = azurerm_log_analytics_workspace_table.soc
  lifecycle {
    destroy = false
  }
}

import {
  to = defender_table_retention.soc
  id = "${var.workspace_id}/tables/DeviceEvents"
}
