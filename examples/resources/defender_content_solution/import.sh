terraform import defender_content_solution.example "/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-demo|Microsoft Defender for Identity"

# Of another tenant than the provider's own, with that tenant before it: "TENANT_ID|/subscriptions/..."
