variable "hub_reader_role_arn" {
  type        = string
  description = "Role that reads for the hub; output ReaderRoleArn of its stack, or the role of a service account"

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:role/.+$", var.hub_reader_role_arn))
    error_message = "This must be the ARN of a role."
  }
}

variable "external_id" {
  type        = string
  description = "What stores must say as externalID"

  validation {
    condition     = can(regex("^[A-Za-z0-9_+=,.@:/-]{2,1224}$", var.external_id))
    error_message = "STS takes 2 to 1,224 letters, digits and _+=,.@:/-."
  }
}

variable "secret_prefixes" {
  type        = list(string)
  default     = [""]
  description = "Secrets and parameters whose names begin with one of these may be read; an empty one stands for all"

  validation {
    condition     = length(var.secret_prefixes) > 0 && alltrue([for prefix in var.secret_prefixes : !can(regex("[*?,]", prefix))])
    error_message = "At least one prefix, without wildcards and commas."
  }
}

variable "required_tag" {
  type        = string
  default     = "true"
  description = "Value that the tag external-secrets of what is read must have; none for no tag"
}

variable "namespaces" {
  type        = list(string)
  default     = []
  description = "Namespaces that may read, * for any text; needs stores with sessionTagsPolicy Simple or Custom; empty for all"
}

variable "hub_event_bus_arn" {
  type        = string
  default     = ""
  description = "Bus that is told of changes; output EventBusArn of the hub's stack; empty for none"
}

variable "create_roles" {
  type        = bool
  default     = true
  description = "Roles are of the whole account, false in further Regions, which then only tell of their changes"
}

variable "writer_principal_arn" {
  type        = string
  default     = ""
  description = "Role that may become the writer, for PushSecrets; empty for no writer"
}

variable "writer_prefixes" {
  type        = list(string)
  default     = []
  description = "What the writer may write, as secret_prefixes"

  validation {
    condition     = alltrue([for prefix in var.writer_prefixes : prefix != "" && !can(regex("[*?,]", prefix))])
    error_message = "No empty prefix, no wildcards, no commas."
  }
}
