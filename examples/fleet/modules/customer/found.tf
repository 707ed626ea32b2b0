# What the customer has, whoever made it, beside what is asked for here.

# The resources' own reads and this share one list of the workspace's connectors.
data "defender_connectors" "this" {
  tenant_id    = var.tenant_id
  workspace_id = local.workspace_id

  # While a change is pending, this waits for it; a plan with -refresh-only reads it in any case.
  depends_on = [
    defender_xdr_connector.this,
    defender_cloud_connector.this,
    defender_cloud_apps_connector.this,
    defender_endpoint_connector.this,
    defender_entra_id_protection_connector.this,
    defender_identity_connector.this,
    defender_iot_connector.this,
    defender_office365_connector.this,
  ]
}

data "defender_export_settings" "this" {
  count      = length(var.hunting_tables) > 0 ? 1 : 0
  tenant_id  = var.tenant_id
  depends_on = [defender_hunting_tables.this]
}

data "defender_connector_requirements" "this" {
  count        = var.check_requirements ? 1 : 0
  tenant_id    = var.tenant_id
  workspace_id = var.workspace_id
  depends_on   = [defender_workspace_onboarding.this]
}

# It looks at what is asked for and waits for nothing, so that a plan knows it also where something changes.
data "defender_ingestion" "this" {
  count        = var.check_ingestion && (var.xdr || length(var.products) + length(var.hunting_tables) > 0) ? 1 : 0
  tenant_id    = var.tenant_id
  workspace_id = var.workspace_id
  incidents    = var.xdr
  alerts       = var.xdr ? [] : [for product in var.products : local.titles[product]]
  tables       = var.hunting_tables
}

locals {
  # The data types that are to be on, by the resource type of their connector.
  asked = merge(
    var.xdr ? { defender_xdr_connector = var.alerts ? ["incidents", "alerts"] : ["incidents"] } : {},
    { for product in local.connected : "defender_${product}_connector" => ["alerts"] },
  )

  # Of what the workspace has, the kinds that there is a resource for.
  known = [for connector in data.defender_connectors.this.connectors : connector if connector.resource_type != null]
  found = { for connector in local.known : connector.resource_type => connector.data_types... }
  on = {
    for type, lists in local.found : type => distinct(flatten([for types in lists : [for name, on in types : name if on]]))
  }

  missing = flatten([
    for type, names in local.asked : [for name in names : "${type}.${name}" if !contains(lookup(local.on, type, []), name)]
  ])
  unmanaged = [for connector in local.known : connector.id if !contains(keys(local.asked), connector.resource_type)]

  settings = flatten([
    for source in data.defender_export_settings.this : [
      for setting in source.settings : setting if lower(coalesce(setting.target_id, "-")) == lower(var.workspace_id)
    ]
  ])
  streaming      = toset(flatten(local.settings[*].tables))
  selected       = toset([for table in var.hunting_tables : trimprefix(table, "AdvancedHunting-")])
  missing_tables = setsubtract(local.selected, local.streaming)
  extra_tables   = length(local.selected) > 0 ? setsubtract(local.streaming, local.selected) : toset([])

  not_ready = flatten([
    for source in data.defender_connector_requirements.this : [
      for requirement in source.requirements : requirement.product
      if contains(keys(local.asked), requirement.resource_type) && requirement.ready == false
    ]
  ])
}
