# A managed security service provider rolls Defender and Sentinel out to its customers, each in a tenant of its own, from
# one provider block. An entry in customers.auto.tfvars.json is a customer.

terraform {
  required_version = ">= 1.6"

  required_providers {
    defender = {
      source = "sentinel-iac/defender"
    }
  }
}

# The credentials are of one application that every customer's tenant has consented to: ARM_TENANT_ID, ARM_CLIENT_ID, and
# ARM_USE_OIDC or ARM_CLIENT_SECRET.
provider "defender" {
  dynamic "tenant" {
    for_each = toset([for customer in values(local.customers) : lower(customer.tenant_id)])
    content {
      tenant_id          = tenant.value
      defender_api_token = lookup(var.defender_api_tokens, tenant.value, null)
    }
  }

  dynamic "endpoints" {
    for_each = var.service_url == null ? [] : [var.service_url]
    content {
      resource_manager = endpoints.value
      active_directory = endpoints.value
      defender         = endpoints.value
      log_analytics    = endpoints.value
    }
  }
}

locals {
  # A name that is no customer's is an error, and not a plan that takes everything away.
  customers = var.only == null ? var.customers : { for name in var.only : name => var.customers[name] }
}

module "customer" {
  source   = "./modules/customer"
  for_each = local.customers

  tenant_id    = each.value.tenant_id
  workspace_id = each.value.workspace_id
  onboard      = each.value.onboard

  in_defender_portal = coalesce(each.value.in_defender_portal, var.baseline.in_defender_portal)

  xdr            = coalesce(each.value.xdr, var.baseline.xdr)
  alerts         = coalesce(each.value.alerts, var.baseline.alerts)
  products       = coalesce(each.value.products, var.baseline.products)
  severities     = coalesce(each.value.severities, var.baseline.severities)
  hunting_tables = coalesce(each.value.hunting_tables, var.baseline.hunting_tables)
  retention      = merge(var.baseline.retention, each.value.retention)

  check_requirements = var.check_requirements
  check_ingestion    = var.check_ingestion
}
