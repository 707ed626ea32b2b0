output "tables" {
  description = "What Defender for Endpoint fills, and two tables more."
  value       = concat(provider::defender::hunting_tables("Microsoft Defender for Endpoint"), ["EmailEvents", "CloudAppEvents"])
}
