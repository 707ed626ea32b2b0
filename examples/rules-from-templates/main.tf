# Analytics rules out of the templates that the solutions of a workspace bring: this provider finds the templates that need a
# connector, azurerm makes the rules.
#
# What bites:
# - A rule is refused with 400 while a table that its query names has never had data. Hunting tables are there from their first
#   event on, so make the rules in a later run than the connector and its tables, or leave out for now what is named in `without`.
# - One rule for each template: a rule has the GUID of its template as its name. A second rule of the same template is a block of
#   its own, with another name.
# - A template changes when its solution is updated in the Content hub. azurerm makes a rule anew for a new version of its template.
# - azurerm takes five entity mappings of a rule at most, with three fields each: a template with more goes into `without` too.
# - In a workspace that is onboarded to the Defender portal new content goes towards custom detections, which are another API;
#   rules made here go on working.

terraform {
  required_version = ">= 1.6"
  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = ">= 4.0"
    }
    defender = {
      source = "sentinel-iac/defender"
    }
  }
}

provider "azurerm" {
  features {}
}

provider "defender" {}

variable "workspace_id" {
  description = "ARM id of the Log Analytics workspace that Microsoft Sentinel is onboarded to."
  type        = string
}

variable "connector" {
  description = "The product whose templates become rules, or the id that templates call its connector by."
  type        = string
  default     = "Microsoft Defender XDR"
}

variable "severities" {
  description = "Severities of the templates that become rules."
  type        = set(string)
  default     = ["High", "Medium"]
}

variable "without" {
  description = "GUIDs of templates that become no rules, such as those whose tables have no data yet."
  type        = set(string)
  default     = []
}

data "defender_analytics_rule_templates" "soc" {
  workspace_id = var.workspace_id
  connector    = var.connector
}

locals {
  templates = {
    for template in data.defender_analytics_rule_templates.soc.templates : template.name => template
    if contains(var.severities, template.severity) && !contains(var.without, template.name)
  }
}

resource "azurerm_sentinel_alert_rule_scheduled" "soc" {
  for_each = { for name, template in local.templates : name => template if template.kind == "Scheduled" }

  name                        = each.key
  log_analytics_workspace_id  = var.workspace_id
  alert_rule_template_guid    = each.key
  alert_rule_template_version = each.value.version

  display_name = each.value.display_name
  description  = each.value.description
  severity     = each.value.severity
  tactics      = each.value.tactics
  techniques   = each.value.techniques

  query             = each.value.query
  query_frequency   = each.value.query_frequency
  query_period      = each.value.query_period
  trigger_operator  = each.value.trigger_operator
  trigger_threshold = each.value.trigger_threshold
  custom_details    = each.value.custom_details

  dynamic "event_grouping" {
    for_each = each.value.event_grouping[*]
    content {
      aggregation_method = event_grouping.value
    }
  }

  dynamic "entity_mapping" {
    for_each = each.value.entity_mappings
    content {
      entity_type = entity_mapping.value.entity_type

      dynamic "field_mapping" {
        for_each = entity_mapping.value.field_mappings
        content {
          identifier  = field_mapping.value.identifier
          column_name = field_mapping.value.column_name
        }
      }
    }
  }

  dynamic "alert_details_override" {
    for_each = each.value.alert_details_override[*]
    content {
      description_format   = alert_details_override.value.description_format
      display_name_format  = alert_details_override.value.display_name_format
      severity_column_name = alert_details_override.value.severity_column_name
      tactics_column_name  = alert_details_override.value.tactics_column_name

      dynamic "dynamic_property" {
        for_each = alert_details_override.value.dynamic_properties
        content {
          name  = dynamic_property.value.name
          value = dynamic_property.value.value
        }
      }
    }
  }

  incident {
    create_incident_enabled = true
    grouping {
      enabled                = false
      entity_matching_method = "AllEntities"
    }
  }
}

# Rules in near real time have no schedule and no threshold, and must say how events are grouped.
resource "azurerm_sentinel_alert_rule_nrt" "soc" {
  for_each = { for name, template in local.templates : name => template if template.kind == "NRT" }

  name                        = each.key
  log_analytics_workspace_id  = var.workspace_id
  alert_rule_template_guid    = each.key
  alert_rule_template_version = each.value.version

  display_name   = each.value.display_name
  description    = each.value.description
  severity       = each.value.severity
  tactics        = each.value.tactics
  techniques     = each.value.techniques
  query          = each.value.query
  custom_details = each.value.custom_details

  event_grouping {
    aggregation_method = coalesce(each.value.event_grouping, "SingleAlert")
  }

  dynamic "entity_mapping" {
    for_each = each.value.entity_mappings
    content {
      entity_type = entity_mapping.value.entity_type

      dynamic "field_mapping" {
        for_each = entity_mapping.value.field_mappings
        content {
          identifier  = field_mapping.value.identifier
          column_name = field_mapping.value.column_name
        }
      }
    }
  }

  dynamic "alert_details_override" {
    for_each = each.value.alert_details_override[*]
    content {
      description_format   = alert_details_override.value.description_format
      display_name_format  = alert_details_override.value.display_name_format
      severity_column_name = alert_details_override.value.severity_column_name
      tactics_column_name  = alert_details_override.value.tactics_column_name

      dynamic "dynamic_property" {
        for_each = alert_details_override.value.dynamic_properties
        content {
          name  = dynamic_property.value.name
          value = dynamic_property.value.value
        }
      }
    }
  }
}

output "rules" {
  description = "The rules by their names, with the tables that their queries read."
  value       = { for template in values(local.templates) : template.display_name => template.data_types }
}
