variable "tenant_id" {
  description = "Tenant of the customer: its Defender products are connected, and with a token of it."
  type        = string
}

variable "workspace_id" {
  description = "ARM id of the customer's Log Analytics workspace."
  type        = string
}

variable "onboard" {
  description = "Whether Microsoft Sentinel is switched on in the workspace here. Taking the customer away then removes Sentinel with all that is in it."
  type        = bool
}

variable "in_defender_portal" {
  description = "Whether the workspace was moved to the Defender portal. What the portal changes of a connector is then told and is no diff."
  type        = bool
}

variable "xdr" {
  description = "Whether incidents come from Defender XDR. Otherwise each product is connected by itself, with a rule that makes its incidents."
  type        = bool
}

variable "alerts" {
  description = "Whether Defender XDR streams the products' alerts besides its incidents."
  type        = bool
}

variable "products" {
  description = "Products that the customer has. Those that Defender XDR brings need no connector of their own where xdr is true."
  type        = set(string)
}

variable "severities" {
  description = "Severities that become incidents where a rule makes them."
  type        = set(string)
}

variable "hunting_tables" {
  description = "Advanced-hunting tables to stream; none leaves the selection to the portal."
  type        = set(string)
}

variable "retention" {
  description = "How long tables keep their data, by the table's name."
  type = map(object({
    retention_in_days       = optional(number)
    total_retention_in_days = optional(number)
  }))
}

variable "check_requirements" {
  description = "Whether every plan asks if the customer's licences and the caller's roles still hold."
  type        = bool
}

variable "check_ingestion" {
  description = "Whether every plan asks if data comes in: incidents of Defender XDR, or else the products' alerts, and every hunting table."
  type        = bool
}
