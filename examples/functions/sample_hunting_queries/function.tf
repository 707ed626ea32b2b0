output "queries" {
  description = "Queries to begin with, once DeviceLogonEvents and UrlClickEvents have data: titles with their KQL."
  value       = { for table in ["DeviceLogonEvents", "UrlClickEvents"] : table => provider::defender::sample_hunting_queries(table) }
}
