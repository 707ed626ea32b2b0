# Everything that this provider can manage, in every workspace of every subscription that the credentials see (Terraform
# 1.14 or later):
#   terraform query -generate-config-out=found.tf
# A config block with subscription_id or workspace_id narrows a list. Terraform stops at 100 objects where no limit is set.

list "defender_xdr_connector" "found" {
  provider         = defender
  limit            = 10000
  include_resource = true
}

list "defender_identity_connector" "found" {
  provider         = defender
  limit            = 10000
  include_resource = true
}

list "defender_endpoint_connector" "found" {
  provider         = defender
  limit            = 10000
  include_resource = true
}

list "defender_office365_connector" "found" {
  provider         = defender
  limit            = 10000
  include_resource = true
}

list "defender_cloud_apps_connector" "found" {
  provider         = defender
  limit            = 10000
  include_resource = true
}

list "defender_cloud_connector" "found" {
  provider         = defender
  limit            = 10000
  include_resource = true
}

list "defender_iot_connector" "found" {
  provider         = defender
  limit            = 10000
  include_resource = true
}

list "defender_entra_id_protection_connector" "found" {
  provider         = defender
  limit            = 10000
  include_resource = true
}

list "defender_insider_risk_connector" "found" {
  provider         = defender
  limit            = 10000
  include_resource = true
}

list "defender_threat_intelligence_connector" "found" {
  provider         = defender
  limit            = 10000
  include_resource = true
}

list "defender_premium_threat_intelligence_connector" "found" {
  provider         = defender
  limit            = 10000
  include_resource = true
}

list "defender_incident_rule" "found" {
  provider         = defender
  limit            = 10000
  include_resource = true
}

list "defender_hunting_tables" "found" {
  provider         = defender
  limit            = 10000
  include_resource = true
}

list "defender_workspace_onboarding" "found" {
  provider         = defender
  limit            = 10000
  include_resource = true
}

list "defender_table_retention" "found" {
  provider         = defender
  limit            = 10000
  include_resource = true
}

list "defender_ingestion_workbook" "found" {
  provider         = defender
  limit            = 10000
  include_resource = true
}

list "defender_anomalies" "found" {
  provider         = defender
  limit            = 10000
  include_resource = true
}

list "defender_entity_analytics" "found" {
  provider         = defender
  limit            = 10000
  include_resource = true
}

list "defender_eyes_on" "found" {
  provider         = defender
  limit            = 10000
  include_resource = true
}

list "defender_ueba" "found" {
  provider         = defender
  limit            = 10000
  include_resource = true
}
