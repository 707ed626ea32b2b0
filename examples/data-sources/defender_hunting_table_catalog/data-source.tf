data "defender_hunting_table_catalog" "example" {}

output "endpoint_tables" {
  description = "Tables that Microsoft Defender for Endpoint fills."
  value = [
    for table in data.defender_hunting_table_catalog.example.tables : table.name
    if table.product == "Microsoft Defender for Endpoint"
  ]
}
