output "ingestion_queries" {
  description = "One query for each hunting table."
  value       = { for table in ["DeviceEvents", "DeviceInfo"] : table => provider::defender::ingestion_query(table) }
}
