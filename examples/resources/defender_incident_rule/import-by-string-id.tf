import {
  to = defender_incident_rule.example
  id = "/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-demo/providers/Microsoft.SecurityInsights/alertRules/55555555-5555-4555-8555-555555555555"
}
