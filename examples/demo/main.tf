# A Security Operations team connects Microsoft Defender to its Sentinel workspace: incidents and alerts of Defender XDR,
# Defender for Identity with its incident rule, and the ten tables of Defender for Endpoint.

terraform {
  required_providers {
    defender = {
      source = "sentinel-iac/defender"
    }
  }
}

variable "service_url" {
  description = "Where the local emulator answers; leave the endpoints block out to work with Azure."
  type        = string
}

variable "workspace_id" {
  description = "ARM id of the Log Analytics workspace that Microsoft Sentinel is onboarded to."
  type        = string
}

variable "branch_workspace_id" {
  description = "ARM id of a second workspace, connected by hand before anybody wrote this file."
  type        = string
}

variable "import_branch" {
  description = "Whether the second workspace's connector is managed here yet."
  type        = bool
  default     = false
}

# tenant_id, client_id and client_secret come from ARM_TENANT_ID, ARM_CLIENT_ID and ARM_CLIENT_SECRET.
provider "defender" {
  endpoints {
    resource_manager = var.service_url
    active_directory = var.service_url
    defender         = var.service_url
    log_analytics    = var.service_url
  }
}

resource "defender_xdr_connector" "soc" {
  workspace_id = var.workspace_id
  incidents    = true
  alerts       = true
}

resource "defender_identity_connector" "soc" {
  workspace_id = var.workspace_id
}

resource "defender_incident_rule" "identity" {
  workspace_id = var.workspace_id
  product      = "Microsoft Defender for Identity"
}

resource "defender_hunting_tables" "soc" {
  workspace_id = var.workspace_id

  tables = [
    "DeviceInfo",
    "DeviceNetworkInfo",
    "DeviceProcessEvents",
    "DeviceNetworkEvents",
    "DeviceFileEvents",
    "DeviceRegistryEvents",
    "DeviceLogonEvents",
    "DeviceImageLoadEvents",
    "DeviceEvents",
    "DeviceFileCertificateInfo",
  ]
}

resource "defender_identity_connector" "branch" {
  count        = var.import_branch ? 1 : 0
  workspace_id = var.branch_workspace_id
}

# Told as a warning by every plan and apply; the first alerts of Defender for Identity can take a day. The tables are named here and
# not taken from the resource above, which a plan may change, so that a plan can look at them.
data "defender_ingestion" "soc" {
  workspace_id = var.workspace_id
  incidents    = true
  tables       = ["DeviceInfo", "DeviceEvents"]
}

check "data_flows" {
  assert {
    condition     = data.defender_ingestion.soc.all_flowing != null
    error_message = "It cannot be known whether data comes in.\n${data.defender_ingestion.soc.summary}"
  }

  assert {
    condition     = data.defender_ingestion.soc.all_flowing != false
    error_message = "Not everything had data in the last 24 hours.\n${data.defender_ingestion.soc.summary}"
  }
}

output "incident_query" {
  description = "Charts the incidents that come in."
  value       = provider::defender::incident_query()
}

output "ingestion_queries" {
  description = "Charts the events that come in, table by table."
  value       = { for table in defender_hunting_tables.soc.tables : table => provider::defender::ingestion_query(table) }
}
