import {
  to = defender_ingestion_workbook.example
  id = "/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.Insights/workbooks/dde6f156-b3fa-5a2f-bb5e-e2832edc5a21"
}
