# What a plan refuses before it asks any service.

run "a_domain_name_is_no_tenant" {
  command = plan

  variables {
    customers = { contoso = { tenant_id = "contoso.example", workspace_id = "/subscriptions/50000000-0000-4000-8000-000000000002/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-contoso" } }
  }

  expect_failures = [var.customers]
}

run "a_name_is_no_workspace" {
  command = plan

  variables {
    customers = { contoso = { tenant_id = "c0000000-0000-4000-8000-000000000002", workspace_id = "law-contoso" } }
  }

  expect_failures = [var.customers]
}

run "two_customers_share_no_workspace" {
  command = plan

  variables {
    customers = {
      contoso  = { tenant_id = "c0000000-0000-4000-8000-000000000002", workspace_id = "/subscriptions/50000000-0000-4000-8000-000000000002/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-contoso" }
      fabrikam = { tenant_id = "c0000000-0000-4000-8000-000000000002", workspace_id = "/subscriptions/50000000-0000-4000-8000-000000000002/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/LAW-CONTOSO" }
    }
  }

  expect_failures = [var.customers]
}

run "a_name_goes_into_addresses" {
  command = plan

  variables {
    customers = { "Contoso Ltd" = { tenant_id = "c0000000-0000-4000-8000-000000000002", workspace_id = "/subscriptions/50000000-0000-4000-8000-000000000002/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-contoso" } }
  }

  expect_failures = [var.customers]
}

run "a_product_is_one_that_has_a_connector" {
  command = plan

  variables {
    customers = { contoso = { tenant_id = "c0000000-0000-4000-8000-000000000002", workspace_id = "/subscriptions/50000000-0000-4000-8000-000000000002/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-contoso", products = ["mdatp"] } }
  }

  expect_failures = [var.customers]
}

run "a_severity_is_one_that_alerts_have" {
  command = plan

  variables {
    customers = { contoso = { tenant_id = "c0000000-0000-4000-8000-000000000002", workspace_id = "/subscriptions/50000000-0000-4000-8000-000000000002/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-contoso", severities = ["Critical"] } }
  }

  expect_failures = [var.customers]
}

run "the_baseline_is_held_to_the_same_products" {
  command = plan

  variables {
    customers = {}
    baseline  = { products = ["xdr"] }
  }

  expect_failures = [var.baseline]
}

run "the_baseline_is_held_to_the_same_severities" {
  command = plan

  variables {
    customers = {}
    baseline  = { severities = ["high"] }
  }

  expect_failures = [var.baseline]
}

