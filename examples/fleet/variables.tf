variable "customers" {
  description = "The customers by their names. What an entry leaves out is as in the baseline."

  type = map(object({
    tenant_id          = string
    workspace_id       = string
    onboard            = optional(bool, false)
    in_defender_portal = optional(bool)
    xdr                = optional(bool)
    alerts             = optional(bool)
    products           = optional(set(string))
    severities         = optional(set(string))
    hunting_tables     = optional(set(string))
    retention = optional(map(object({
      retention_in_days       = optional(number)
      total_retention_in_days = optional(number)
    })), {})
  }))

  validation {
    condition     = alltrue([for name in keys(var.customers) : can(regex("^[a-z][a-z0-9-]{1,39}$", name))])
    error_message = "A customer's name is in addresses and names of states: 2 to 40 small letters, digits and dashes, a letter first. Not so: ${join(", ", [for name in keys(var.customers) : name if !can(regex("^[a-z][a-z0-9-]{1,39}$", name))])}."
  }

  validation {
    condition = alltrue([
      for customer in values(var.customers) :
      can(regex("^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$", customer.tenant_id))
    ])
    error_message = "A tenant_id is a GUID, as az account show --query tenantId prints it, and not a domain name. Not so: ${join(", ", [for name, customer in var.customers : name if !can(regex("^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$", customer.tenant_id))])}."
  }

  validation {
    condition = alltrue([
      for customer in values(var.customers) :
      can(regex("(?i)^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\\.OperationalInsights/workspaces/[^/]+$", customer.workspace_id))
    ])
    error_message = "A workspace_id is the ARM id of a Log Analytics workspace, as az monitor log-analytics workspace show --query id prints it. Not so: ${join(", ", [for name, customer in var.customers : name if !can(regex("(?i)^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\\.OperationalInsights/workspaces/[^/]+$", customer.workspace_id))])}."
  }

  validation {
    condition     = length(distinct([for customer in values(var.customers) : lower(customer.workspace_id)])) == length(var.customers)
    error_message = "Two customers have the same workspace: each would undo what the other does."
  }

  validation {
    condition = length(setsubtract(
      flatten([for customer in values(var.customers) : tolist(coalesce(customer.products, toset([])))]),
      ["cloud", "cloud_apps", "endpoint", "entra_id_protection", "identity", "iot", "office365"],
    )) == 0
    error_message = "The products of a customer are any of cloud, cloud_apps, endpoint, entra_id_protection, identity, iot and office365."
  }

  validation {
    condition = length(setsubtract(
      flatten([for customer in values(var.customers) : tolist(coalesce(customer.severities, toset([])))]),
      ["High", "Medium", "Low", "Informational"],
    )) == 0
    error_message = "The severities of a customer are any of High, Medium, Low and Informational."
  }
}

variable "baseline" {
  description = "What every customer gets whose entry says nothing else."

  type = object({
    in_defender_portal = optional(bool, false)
    xdr                = optional(bool, true)
    alerts             = optional(bool, true)
    products           = optional(set(string), ["cloud", "cloud_apps", "endpoint", "identity", "office365"])
    severities         = optional(set(string), ["High", "Medium", "Low", "Informational"])
    hunting_tables     = optional(set(string), [])
    retention = optional(map(object({
      retention_in_days       = optional(number)
      total_retention_in_days = optional(number)
    })), {})
  })

  default = {}

  validation {
    condition     = length(setsubtract(var.baseline.products, ["cloud", "cloud_apps", "endpoint", "entra_id_protection", "identity", "iot", "office365"])) == 0
    error_message = "The products of the baseline are any of cloud, cloud_apps, endpoint, entra_id_protection, identity, iot and office365."
  }

  validation {
    condition     = length(setsubtract(var.baseline.severities, ["High", "Medium", "Low", "Informational"])) == 0
    error_message = "The severities of the baseline are any of High, Medium, Low and Informational."
  }
}

variable "only" {
  description = "Customers whose objects are in this state, for a state each; all of them where it is left out."
  type        = set(string)
  default     = null
}

variable "defender_api_tokens" {
  description = "Tokens of signed-in users for the Defender API by their tenant's id in small letters, for tenants that select hunting tables and refuse the application there. Each comes from az account get-access-token --tenant TENANT_ID --resource https://api.securitycenter.microsoft.com."
  type        = map(string)
  default     = {}
  sensitive   = true
}

variable "check_requirements" {
  description = "Whether every plan asks if licences and roles still hold, some eight requests a customer more. What is newly connected is asked about in any case."
  type        = bool
  default     = false
}

variable "check_ingestion" {
  description = "Whether every plan asks if data comes in, some three requests a customer more, for which the caller needs to read the workspace's logs."
  type        = bool
  default     = false
}

variable "service_url" {
  description = "Where a local emulator answers; leave it out to work with Azure."
  type        = string
  default     = null
}
