# A fleet comes, changes and goes; each run goes on from the state of the one before. TF_VAR_service_url says where the
# emulator answers, which has the tenants of scenario.json. Terraform 1.6 keeps customers that went in what a test sees, so
# this asks for a later one.

variables {
  check_requirements = true

  baseline = {
    hunting_tables = ["DeviceEvents", "DeviceLogonEvents"]
    retention      = { DeviceEvents = { retention_in_days = 90 } }
  }

  customers = {
    contoso = {
      tenant_id    = "c0000000-0000-4000-8000-000000000002"
      workspace_id = "/subscriptions/50000000-0000-4000-8000-000000000002/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-contoso"

    }
    fabrikam = {
      tenant_id    = "c0000000-0000-4000-8000-000000000003"
      workspace_id = "/subscriptions/50000000-0000-4000-8000-000000000003/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-fabrikam"
      onboard      = true
      products     = ["cloud", "identity", "iot"]
    }
    litware = {
      tenant_id    = "c0000000-0000-4000-8000-000000000005"
      workspace_id = "/subscriptions/50000000-0000-4000-8000-000000000005/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-litware"
      xdr          = false
      products     = ["endpoint", "identity"]
      severities   = ["High"]
    }
    northwind = {
      tenant_id      = "c0000000-0000-4000-8000-000000000008"
      workspace_id   = "/subscriptions/50000000-0000-4000-8000-000000000008/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-northwind"
      alerts         = false
      hunting_tables = ["AdvancedHunting-DeviceEvents", "IdentityLogonEvents"]
      retention      = { IdentityLogonEvents = { retention_in_days = 180 } }
    }
  }
}

run "four_customers_come" {
  assert {
    condition = output.fleet["contoso"] == {
      connectors = { defender_cloud_connector = tolist(["alerts"]), defender_xdr_connector = tolist(["alerts", "incidents"]) }
      tables     = toset(["DeviceEvents", "DeviceLogonEvents"])
    }
    error_message = "contoso is not as the baseline says"
  }

  assert {
    condition     = output.fleet["litware"].connectors == { defender_endpoint_connector = tolist(["alerts"]), defender_identity_connector = tolist(["alerts"]) }
    error_message = "litware, which is without Defender XDR, does not have its products connected by themselves"
  }

  assert {
    condition     = contains(keys(output.ids["litware"]), "defender_incident_rule.identity") && !contains(keys(output.ids["contoso"]), "defender_incident_rule.identity")
    error_message = "rules make incidents where Defender XDR does, or do not where it does not"
  }

  assert {
    condition     = toset(keys(output.ids["fabrikam"])) == toset(["defender_cloud_connector", "defender_incident_rule.iot", "defender_iot_connector", "defender_xdr_connector"])
    error_message = "fabrikam does not have Defender XDR and, by themselves, what that does not bring"
  }

  assert {
    condition     = output.fleet["northwind"].connectors["defender_xdr_connector"] == tolist(["incidents"]) && output.fleet["northwind"].tables == toset(["DeviceEvents", "IdentityLogonEvents"])
    error_message = "northwind's own alerts and tables do not stand above the baseline"
  }

  assert {
    condition     = length(output.drift) == 0
    error_message = "a fleet that was just applied drifts"
  }
}

run "nothing_is_left_to_do" {
  command = plan

  assert {
    condition     = output.ids == run.four_customers_come.ids && output.fleet == run.four_customers_come.fleet && length(output.drift) == 0
    error_message = "a second plan changes something"
  }
}

run "one_comes_and_one_goes" {
  variables {
    customers = {
      contoso = {
        tenant_id    = "c0000000-0000-4000-8000-000000000002"
        workspace_id = "/subscriptions/50000000-0000-4000-8000-000000000002/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-contoso"

      }
      northwind = {
        tenant_id      = "c0000000-0000-4000-8000-000000000008"
        workspace_id   = "/subscriptions/50000000-0000-4000-8000-000000000008/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-northwind"
        alerts         = false
        hunting_tables = ["DeviceEvents", "IdentityLogonEvents"]
        retention      = { IdentityLogonEvents = { retention_in_days = 180 } }
      }
      woodgrove = {
        tenant_id    = "c0000000-0000-4000-8000-000000000012"
        workspace_id = "/subscriptions/50000000-0000-4000-8000-000000000012/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-woodgrove"

      }
    }
  }

  assert {
    condition     = toset(keys(output.fleet)) == toset(["contoso", "northwind", "woodgrove"])
    error_message = "the fleet is not the one that was asked for"
  }

  assert {
    condition = alltrue([
      for name in ["contoso", "northwind"] :
      output.ids[name] == run.four_customers_come.ids[name] && output.fleet[name] == run.four_customers_come.fleet[name]
    ])
    error_message = "who stays does not keep what they have"
  }
}

run "a_state_for_one_customer_holds_that_one" {
  command = plan

  variables {
    only = ["contoso"]
  }

  assert {
    condition     = keys(output.fleet) == ["contoso"] && output.ids["contoso"] == run.four_customers_come.ids["contoso"]
    error_message = "the state of contoso is not of contoso alone"
  }
}
