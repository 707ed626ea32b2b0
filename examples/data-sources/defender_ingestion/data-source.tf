variable "workspace_id" {
  description = "ARM id of the Log Analytics workspace that Microsoft Sentinel is onboarded to."
  type        = string
}

data "defender_ingestion" "example" {
  workspace_id = var.workspace_id

  incidents          = true
  alerts             = ["Microsoft Defender for Identity"]
  tables             = ["DeviceEvents", "DeviceProcessEvents"]
  fresh_within_hours = 24
}

output "daily_counts" {
  description = "How many records came in each day; null where that is not known."
  value       = { for source in data.defender_ingestion.example.sources : source.name => source.daily_counts }
}

# Told as a warning by every plan and apply; it stops nothing. The data source stands outside of the check: Terraform reads one
# inside of it once more at every apply, so that no plan would be empty.
check "defender_data_flows" {
  assert {
    condition     = data.defender_ingestion.example.all_flowing != null
    error_message = "It cannot be known whether data comes in.\n${data.defender_ingestion.example.summary}"
  }

  assert {
    condition     = data.defender_ingestion.example.all_flowing != false
    error_message = "Not everything had data in the last 24 hours.\n${data.defender_ingestion.example.summary}"
  }
}
