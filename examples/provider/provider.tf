terraform {
  required_providers {
    defender = {
      source = "sentinel-iac/defender"
    }
  }
}

# Credentials come from ARM_TENANT_ID, ARM_CLIENT_ID and ARM_CLIENT_SECRET, or from the Azure CLI.
provider "defender" {}
