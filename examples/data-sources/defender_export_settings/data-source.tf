data "defender_export_settings" "example" {}

output "room" {
  description = "How many more export settings the tenant may have."
  value       = data.defender_export_settings.example.free
}
