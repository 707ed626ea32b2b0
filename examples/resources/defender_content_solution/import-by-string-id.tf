import {
  to = defender_content_solution.example
  id = "/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-demo/providers/Microsoft.SecurityInsights/contentPackages/azuresentinel.azure-sentinel-solution-mdefenderforidentity"
}
