output "incident_query" {
  description = "Paste it into the workspace's log search to see whether incidents come in."
  value       = provider::defender::incident_query()
}
