# The same without moves between resource types, for Terraform 1.7: what is removed here is not destroyed, and imported.

terraform {
  required_version = ">= 1.7"
  required_providers {
    defender = {
      source = "sentinel-iac/defender"
    }
  }
}

provider "defender" {} # signs in by the arguments and variables that azapi has

variable "workspace_id" {
  description = "ARM id of the Log Analytics workspace."
  type        = string
}

resource "defender_workspace_onboarding" "soc" {
  workspace_id = var.workspace_id
}

removed {
  from = azapi_resource.onboarding
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
  from = azapi_resource.connector
  lifecycle {
    destroy = false
  }
}

import {
  to = defender_xdr_connector.soc
  id = "${var.workspace_id}/providers/Microsoft.SecurityInsights/dataConnectors/n-microsoftthreatprotection"
}

resource "defender_identity_connector" "soc" {
  workspace_id = defender_workspace_onboarding.soc.workspace_id
}

import {
  to = defender_identity_connector.soc
  id = "${var.workspace_id}/providers/Microsoft.SecurityInsights/dataConnectors/n-azureadvancedthreatprotection"
}

resource "defender_office365_connector" "soc" {
  workspace_id = defender_workspace_onboarding.soc.workspace_id
}

import {
  to = defender_office365_connector.soc
  id = "${var.workspace_id}/providers/Microsoft.SecurityInsights/dataConnectors/n-officeatp"
}

# ARM calls the product "Azure Advanced Threat Protection"; here either name will do.
resource "defender_incident_rule" "soc" {
  workspace_id = defender_workspace_onboarding.soc.workspace_id
  product      = "Microsoft Defender for Identity"
  display_name = "Incidents of Defender for Identity"
  description  = "Without those of health."
  severities   = ["High", "Low"]

  display_name_filter         = ["Suspected"]
  display_name_exclude_filter = ["Health"]
}

removed {
  from = azapi_resource.rule
  lifecycle {
    destroy = false
  }
}

import {
  to = defender_incident_rule.soc
  id = "${var.workspace_id}/providers/Microsoft.SecurityInsights/alertRules/r1"
}
