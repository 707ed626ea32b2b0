# What a team has today.

terraform {
  required_providers {
    azapi = {
      source = "azure/azapi"
    }
  }
}

provider "azapi" {}

variable "workspace_id" {
  description = "ARM id of the Log Analytics workspace."
  type        = string
}

variable "tenant_id" {
  description = "Tenant whose products are connected."
  type        = string
}

resource "azapi_resource" "onboarding" {
  type      = "Microsoft.SecurityInsights/onboardingStates@2022-10-01-preview"
  parent_id = var.workspace_id
  name      = "default"
  body = {
    properties = {}
  }
}

resource "azapi_resource" "connector" {
  for_each = {
    MicrosoftThreatProtection     = "incidents"
    AzureAdvancedThreatProtection = "alerts"
    OfficeATP                     = "alerts"
  }

  type      = "Microsoft.SecurityInsights/dataConnectors@2022-10-01-preview"
  parent_id = azapi_resource.onboarding.parent_id
  name      = "n-${lower(each.key)}"
  body = {
    kind = each.key
    properties = {
      tenantId = var.tenant_id
      dataTypes = {
        (each.value) = { state = "Enabled" }
      }
    }
  }
}

resource "azapi_resource" "rule" {
  type      = "Microsoft.SecurityInsights/alertRules@2022-10-01-preview"
  parent_id = azapi_resource.onboarding.parent_id
  name      = "r1"
  body = {
    kind = "MicrosoftSecurityIncidentCreation"
    properties = {
      displayName               = "Incidents of Defender for Identity"
      description               = "Without those of health."
      enabled                   = true
      productFilter             = "Azure Advanced Threat Protection"
      severitiesFilter          = ["High", "Low"]
      displayNamesFilter        = ["Suspected"]
      displayNamesExcludeFilter = ["Health"]
    }
  }
}
