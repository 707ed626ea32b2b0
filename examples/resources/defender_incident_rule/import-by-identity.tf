# The rule of the product; a display name or a name will do as well.
import {
  to = defender_incident_rule.example
  identity = {
    id = "/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-demo|Microsoft Defender for Identity"
  }
}
