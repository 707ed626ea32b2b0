output "found" {
  description = "What the customer has: the data types that are on by the resource type of their connector, and the tables that stream."
  value = {
    connectors = local.on
    tables     = local.streaming
  }
}

output "missing" {
  description = "Data types and tables that are asked for and not on."
  value       = concat(local.missing, tolist(local.missing_tables))
}

output "besides" {
  description = "ARM ids of connectors, and tables, that are on and not asked for: made by hand, to be imported or removed."
  value       = concat(local.unmanaged, tolist(local.extra_tables))
}

output "not_ready" {
  description = "Products that are asked for and lack a licence, or the caller a role; empty where nobody asks."
  value       = local.not_ready
}

output "ingestion" {
  description = "Whether all data had come in in the last 24 hours, null where that cannot be known, and a line for what had not; null where nobody asks."
  value       = one([for found in data.defender_ingestion.this : { all_flowing = found.all_flowing, summary = found.summary }])
}

output "ids" {
  description = "ARM ids of the customer's connectors and rules, by their resource type; a rule's has its product behind it."
  value = merge(
    { for type, blocks in {
      defender_xdr_connector                 = defender_xdr_connector.this
      defender_cloud_connector               = defender_cloud_connector.this
      defender_cloud_apps_connector          = defender_cloud_apps_connector.this
      defender_endpoint_connector            = defender_endpoint_connector.this
      defender_entra_id_protection_connector = defender_entra_id_protection_connector.this
      defender_identity_connector            = defender_identity_connector.this
      defender_iot_connector                 = defender_iot_connector.this
      defender_office365_connector           = defender_office365_connector.this
    } : type => blocks[0].id if length(blocks) > 0 },
    { for product, rule in defender_incident_rule.this : "defender_incident_rule.${product}" => rule.id },
  )
}
