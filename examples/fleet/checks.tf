# What is wrong in the fleet, told as warnings: a plan of the other customers goes on.

locals {
  drift = {
    for name, customer in module.customer : name => { missing = customer.missing, besides = customer.besides }
    if length(customer.missing) + length(customer.besides) > 0
  }

  asked_for_data = { for name, customer in module.customer : name => customer.ingestion if customer.ingestion != null }
  silent         = { for name, found in local.asked_for_data : name => found.summary if found.all_flowing == false }
  unseen         = { for name, found in local.asked_for_data : name => found.summary if found.all_flowing == null }

  not_ready = { for name, customer in module.customer : name => customer.not_ready if length(customer.not_ready) > 0 }
}

# In a plan with changes this is known once they are made; terraform plan -refresh-only tells it at once.
check "as_asked" {
  assert {
    condition = length(local.drift) == 0
    error_message = join("\n", [
      for name, found in local.drift : join("", [
        "${name}:",
        length(found.missing) > 0 ? " lacks ${join(", ", found.missing)};" : "",
        length(found.besides) > 0 ? " has besides, made by hand, ${join(", ", found.besides)};" : "",
      ])
    ])
  }
}

check "ready" {
  assert {
    condition     = length(local.not_ready) == 0
    error_message = join("\n", [for name, products in local.not_ready : "${name}: no licence, or no role, for ${join(", ", products)}."])
  }
}

# A customer that is new has no data yet: the first alerts can take a day.
check "data_flows" {
  assert {
    condition     = length(local.silent) == 0
    error_message = join("\n", [for name, summary in local.silent : "${name}:\n${summary}"])
  }

  assert {
    condition     = length(local.unseen) == 0
    error_message = join("\n", [for name, summary in local.unseen : "${name}, of which it cannot be known whether data comes in:\n${summary}"])
  }
}
