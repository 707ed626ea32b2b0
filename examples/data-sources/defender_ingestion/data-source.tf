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

# Told by every plan and apply, and by `terraform plan -refresh-only` on a schedule. It stops nothing.
check "defender_data_flows" {
  data "defender_ingestion" "today" {
    workspace_id = var.workspace_id
    tables       = ["DeviceEvents", "DeviceProcessEvents"]

    # What cannot be known is a warning of its own, in place of the assertion.
    on_unknown = "error"
  }

  assert {
    condition     = data.defender_ingestion.today.all_flowing
    error_message = "Not every table had data in the last 24 hours:\n${data.defender_ingestion.today.summary}"
  }
}
