terraform import defender_premium_threat_intelligence_connector.example "/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-demo/providers/Microsoft.SecurityInsights/dataConnectors/44444444-4444-4444-8444-444444444444"

# Of another tenant than the provider's own, with that tenant before it: "TENANT_ID|/subscriptions/..."
