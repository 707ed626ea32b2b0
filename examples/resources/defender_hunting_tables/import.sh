# The workspace's id, with the setting's name after a bar where several settings stream to it.
terraform import defender_hunting_tables.example "/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-demo|SentinelExportSettings-law-demo"

# Of another tenant than the provider's own, with that tenant before it: "TENANT_ID|/subscriptions/..."
