output "fleet" {
  description = "What each customer has, as its tenant tells it."
  value       = { for name, customer in module.customer : name => customer.found }
}

output "drift" {
  description = "The customers that have less than is asked for, or something besides."
  value       = local.drift
}

output "ids" {
  description = "ARM ids of what is managed, by customer."
  value       = { for name, customer in module.customer : name => customer.ids }
}
