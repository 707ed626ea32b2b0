# What the same team has afterwards: what was one resource for each kind is one of each kind. Once it is applied everywhere,
# the moved blocks can go.

terraform {
  required_version = ">= 1.8"
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

moved {
  from = azapi_resource.onboarding
  to   = defender_workspace_onboarding.soc
}

resource "defender_xdr_connector" "soc" {
  workspace_id = defender_workspace_onboarding.soc.workspace_id
}

moved {
  from = azapi_resource.connector["MicrosoftThreatProtection"]
  to   = defender_xdr_connector.soc
}

resource "defender_identity_connector" "soc" {
  workspace_id = defender_workspace_onboarding.soc.workspace_id
}

moved {
  from = azapi_resource.connector["AzureAdvancedThreatProtection"]
  to   = defender_identity_connector.soc
}

resource "defender_office365_connector" "soc" {
  workspace_id = defender_workspace_onboarding.soc.workspace_id
}

moved {
  from = azapi_resource.connector["OfficeATP"]
  to   = defender_office365_connector.soc
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

moved {
  from = azapi_resource.rule
  to   = defender_incident_rule.soc
}
