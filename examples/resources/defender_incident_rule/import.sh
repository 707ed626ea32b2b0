terraform import defender_incident_rule.example "/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-demo/providers/Microsoft.SecurityInsights/alertRules/55555555-5555-4555-8555-555555555555"

# Of another tenant than the provider's own, with that tenant before it: "TENANT_ID|/subscriptions/..."
