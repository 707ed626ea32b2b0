# All the installed Content hub solutions of a subscription's workspaces:
#   terraform query -generate-config-out=found.tf
list "defender_content_solution" "all" {
  provider = defender
  limit    = 1000 # Terraform stops at 100 where none is set.

  config {
    subscription_id = "22222222-2222-4222-8222-222222222222"
  }
}
