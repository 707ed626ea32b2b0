variable "workspace_id" {
  description = "ARM id of the Log Analytics workspace that Microsoft Sentinel is onboarded to."
  type        = string
}

# The connector may also be named by its id in templates, such as "MicrosoftThreatProtection".
data "defender_analytics_rule_templates" "example" {
  workspace_id = var.workspace_id
  connector    = "Microsoft Defender XDR"
}

output "templates" {
  description = "What the templates of high severity look for, by their names."
  value = {
    for template in data.defender_analytics_rule_templates.example.templates :
    template.display_name => { tactics = template.tactics, query = template.query } if template.severity == "High"
  }
}
