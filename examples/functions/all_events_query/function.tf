output "all_events_query" {
  description = "The events of all selected tables as one line."
  value       = provider::defender::all_events_query(["DeviceEvents", "DeviceInfo"])
}
