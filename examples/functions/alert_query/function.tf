output "alert_query" {
  description = "Paste it into the workspace's log search to see whether alerts come in."
  value       = provider::defender::alert_query("Microsoft Defender for Identity")
}
