variable "workspace_id" {
  description = "ARM id of the Log Analytics workspace that Microsoft Sentinel is onboarded to."
  type        = string
}

resource "defender_content_solution" "example" {
  workspace_id = var.workspace_id
  product      = "Microsoft Defender for Identity"
}

# A connector that comes after its solution, as Microsoft advises:
#   resource "defender_identity_connector" "example" {
#     workspace_id = var.workspace_id
#     depends_on   = [defender_content_solution.example]
#   }

# Any other solution goes by its own id, such as:
#   content_id = "azuresentinel.azure-sentinel-solution-uebaessentials"
