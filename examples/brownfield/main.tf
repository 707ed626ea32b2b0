# Workspaces that were connected by hand, on their way into code. docs/guides/brownfield.md tells the steps; what is found is
# written into files beside this one.

terraform {
  required_version = ">= 1.6"

  required_providers {
    defender = {
      source = "sentinel-iac/defender"
    }
  }
}

variable "service_url" {
  description = "Where the local emulator answers; null works with Azure."
  type        = string
  default     = null
}

# ARM_TENANT_ID, ARM_CLIENT_ID and ARM_CLIENT_SECRET or ARM_USE_OIDC, or the Azure CLI's account: the same for
# defenderctl, which asks as this provider does.
provider "defender" {
  dynamic "endpoints" {
    for_each = var.service_url == null ? [] : [var.service_url]
    content {
      resource_manager = endpoints.value
      active_directory = endpoints.value
      defender         = endpoints.value
    }
  }
}
