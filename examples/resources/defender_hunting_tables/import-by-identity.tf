# The workspace's only setting; one of several has its setting_id behind a bar.
import {
  to = defender_hunting_tables.example
  identity = {
    id = "/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-demo"
  }
}
