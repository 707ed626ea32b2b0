# The connector of the kind; the product's name or the resource type will do as well.
import {
  to = defender_xdr_connector.example
  identity = {
    id = "/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-demo|MicrosoftThreatProtection"
  }
}
