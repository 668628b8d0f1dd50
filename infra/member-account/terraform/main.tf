# For an account that owns secrets, as ../template.yml for CloudFormation: see ../README.md.

terraform {
  required_version = ">= 1.4"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

data "aws_caller_identity" "this" {}
data "aws_partition" "this" {}
data "aws_region" "this" {}

locals {
  account      = data.aws_caller_identity.this.account_id
  partition    = data.aws_partition.this.partition
  secrets      = "arn:${local.partition}:secretsmanager:*:${local.account}:secret:"
  parameters   = "arn:${local.partition}:ssm:*:${local.account}:parameter/"
  certificates = "arn:${local.partition}:acm:*:${local.account}:certificate/*"
  keys         = "arn:${local.partition}:kms:*:${local.account}:key/*"
  services     = ["secretsmanager.*.${data.aws_partition.this.dns_suffix}", "ssm.*.${data.aws_partition.this.dns_suffix}"]
  has_reader   = var.create_roles
  has_writer   = var.create_roles && var.writer_principal_arn != ""
  has_bus      = var.hub_event_bus_arn != ""
}

# The reader

data "aws_iam_policy_document" "reader_trust" {
  statement {
    sid     = "Hub"
    effect  = "Allow"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "AWS"
      identifiers = [var.hub_reader_role_arn]
    }

    condition {
      test     = "StringEquals"
      variable = "sts:ExternalId"
      values   = [var.external_id]
    }

    dynamic "condition" {
      for_each = length(var.namespaces) > 0 ? [var.namespaces] : []

      content {
        test     = "StringLike"
        variable = "aws:RequestTag/esoNamespace"
        values   = condition.value
      }
    }
  }

  statement {
    sid     = "SessionTags"
    effect  = "Allow"
    actions = ["sts:TagSession"]

    principals {
      type        = "AWS"
      identifiers = [var.hub_reader_role_arn]
    }
  }
}

data "aws_iam_policy_document" "reader" {
  statement {
    sid       = "ReadSecrets"
    effect    = "Allow"
    actions   = ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"]
    resources = [for prefix in var.secret_prefixes : "${local.secrets}${prefix}*"]

    dynamic "condition" {
      for_each = var.required_tag == "none" ? [] : [var.required_tag]

      content {
        test     = "StringEquals"
        variable = "aws:ResourceTag/external-secrets"
        values   = [condition.value]
      }
    }
  }

  statement {
    sid       = "ReadParameters"
    effect    = "Allow"
    actions   = ["ssm:GetParameter", "ssm:GetParameters", "ssm:ListTagsForResource"]
    resources = [for prefix in var.secret_prefixes : "${local.parameters}${prefix}*"]

    dynamic "condition" {
      for_each = var.required_tag == "none" ? [] : [var.required_tag]

      content {
        test     = "StringEquals"
        variable = "aws:ResourceTag/external-secrets"
        values   = [condition.value]
      }
    }
  }

  # AWS names no resources for these. They tell names; the values in a batch need ReadSecrets one by one.
  statement {
    sid       = "Find"
    effect    = "Allow"
    actions   = ["secretsmanager:ListSecrets", "secretsmanager:BatchGetSecretValue", "ssm:DescribeParameters", "tag:GetResources"]
    resources = ["*"]
  }

  statement {
    sid       = "DecryptThroughStores"
    effect    = "Allow"
    actions   = ["kms:Decrypt"]
    resources = [local.keys]

    condition {
      test     = "StringLike"
      variable = "kms:ViaService"
      values   = local.services
    }
  }
}

resource "aws_iam_role" "reader" {
  count              = local.has_reader ? 1 : 0
  name               = "secretcast-member-reader"
  description        = "Reads secrets and parameters for a secretcast hub in another account"
  assume_role_policy = data.aws_iam_policy_document.reader_trust.json
}

resource "aws_iam_role_policy" "reader" {
  count  = local.has_reader ? 1 : 0
  name   = "read"
  role   = aws_iam_role.reader[0].id
  policy = data.aws_iam_policy_document.reader.json
}

# The writer

data "aws_iam_policy_document" "writer_trust" {
  statement {
    sid     = "Writer"
    effect  = "Allow"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "AWS"
      identifiers = [var.writer_principal_arn]
    }

    condition {
      test     = "StringEquals"
      variable = "sts:ExternalId"
      values   = [var.external_id]
    }
  }

  statement {
    sid     = "SessionTags"
    effect  = "Allow"
    actions = ["sts:TagSession"]

    principals {
      type        = "AWS"
      identifiers = [var.writer_principal_arn]
    }
  }
}

data "aws_iam_policy_document" "writer" {
  # A name that is free has no tags: whether it is can be asked of any name, and AWS answers with what it holds.
  statement {
    sid       = "LookAtSecrets"
    effect    = "Allow"
    actions   = ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"]
    resources = [for prefix in var.writer_prefixes : "${local.secrets}${prefix}*"]
  }

  statement {
    sid       = "CreateSecrets"
    effect    = "Allow"
    actions   = ["secretsmanager:CreateSecret", "secretsmanager:TagResource"]
    resources = [for prefix in var.writer_prefixes : "${local.secrets}${prefix}*"]

    condition {
      test     = "StringEquals"
      variable = "aws:RequestTag/managed-by"
      values   = ["external-secrets"]
    }
  }

  statement {
    sid    = "ChangeOwnSecrets"
    effect = "Allow"
    actions = [
      "secretsmanager:PutSecretValue",
      "secretsmanager:TagResource",
      "secretsmanager:UntagResource",
      "secretsmanager:GetResourcePolicy",
      "secretsmanager:PutResourcePolicy",
      "secretsmanager:DeleteResourcePolicy",
      "secretsmanager:ReplicateSecretToRegions",
      "secretsmanager:RemoveRegionsFromReplication",
      "secretsmanager:DeleteSecret",
    ]
    resources = [for prefix in var.writer_prefixes : "${local.secrets}${prefix}*"]

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/managed-by"
      values   = ["external-secrets"]
    }
  }

  statement {
    sid       = "LookAtParameters"
    effect    = "Allow"
    actions   = ["ssm:GetParameter", "ssm:ListTagsForResource"]
    resources = [for prefix in var.writer_prefixes : "${local.parameters}${prefix}*"]
  }

  statement {
    sid       = "CreateParameters"
    effect    = "Allow"
    actions   = ["ssm:PutParameter", "ssm:AddTagsToResource"]
    resources = [for prefix in var.writer_prefixes : "${local.parameters}${prefix}*"]

    condition {
      test     = "StringEquals"
      variable = "aws:RequestTag/managed-by"
      values   = ["external-secrets"]
    }
  }

  statement {
    sid       = "ChangeOwnParameters"
    effect    = "Allow"
    actions   = ["ssm:PutParameter", "ssm:AddTagsToResource", "ssm:RemoveTagsFromResource", "ssm:DeleteParameter"]
    resources = [for prefix in var.writer_prefixes : "${local.parameters}${prefix}*"]

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/managed-by"
      values   = ["external-secrets"]
    }
  }

  # Certificates have no names: the remote key is a tag of theirs.
  statement {
    sid       = "ImportCertificates"
    effect    = "Allow"
    actions   = ["acm:ImportCertificate", "acm:AddTagsToCertificate"]
    resources = [local.certificates]

    condition {
      test     = "StringEquals"
      variable = "aws:RequestTag/managed-by"
      values   = ["external-secrets"]
    }

    condition {
      test     = "StringLike"
      variable = "aws:RequestTag/external-secrets-remote-key"
      values   = [for prefix in var.writer_prefixes : "${prefix}*"]
    }
  }

  statement {
    sid    = "ChangeOwnCertificates"
    effect = "Allow"
    actions = [
      "acm:GetCertificate",
      "acm:ImportCertificate",
      "acm:ListTagsForCertificate",
      "acm:AddTagsToCertificate",
      "acm:RemoveTagsFromCertificate",
      "acm:DeleteCertificate",
    ]
    resources = [local.certificates]

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/managed-by"
      values   = ["external-secrets"]
    }

    condition {
      test     = "StringLike"
      variable = "aws:ResourceTag/external-secrets-remote-key"
      values   = [for prefix in var.writer_prefixes : "${prefix}*"]
    }
  }

  # AWS names no resources for this. It tells which certificate has which tags.
  statement {
    sid       = "FindCertificates"
    effect    = "Allow"
    actions   = ["tag:GetResources"]
    resources = ["*"]
  }

  statement {
    sid       = "EncryptThroughStores"
    effect    = "Allow"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [local.keys]

    condition {
      test     = "StringLike"
      variable = "kms:ViaService"
      values   = local.services
    }
  }
}

resource "aws_iam_role" "writer" {
  count              = local.has_writer ? 1 : 0
  name               = "secretcast-member-writer"
  description        = "Writes secrets and parameters for PushSecrets"
  assume_role_policy = data.aws_iam_policy_document.writer_trust.json

  lifecycle {
    precondition {
      condition     = length(var.writer_prefixes) > 0
      error_message = "A writer needs writer_prefixes."
    }
  }
}

resource "aws_iam_role_policy" "writer" {
  count  = local.has_writer ? 1 : 0
  name   = "write"
  role   = aws_iam_role.writer[0].id
  policy = data.aws_iam_policy_document.writer.json
}

# Events

data "aws_iam_policy_document" "forward_trust" {
  statement {
    sid     = "Rules"
    effect  = "Allow"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "forward" {
  statement {
    sid       = "PutEvents"
    effect    = "Allow"
    actions   = ["events:PutEvents"]
    resources = [var.hub_event_bus_arn]
  }
}

resource "aws_iam_role" "forward" {
  count              = local.has_bus ? 1 : 0
  name               = "secretcast-member-forward-${data.aws_region.this.name}"
  description        = "Puts events onto the bus of a secretcast hub"
  assume_role_policy = data.aws_iam_policy_document.forward_trust.json
}

resource "aws_iam_role_policy" "forward" {
  count  = local.has_bus ? 1 : 0
  name   = "forward"
  role   = aws_iam_role.forward[0].id
  policy = data.aws_iam_policy_document.forward.json
}

resource "aws_cloudwatch_event_rule" "secret_label" {
  count       = local.has_bus ? 1 : 0
  name        = "secretcast-member-secret-label"
  description = "A version of a secret became current"
  event_pattern = jsonencode({
    account     = [local.account]
    source      = ["aws.secretsmanager"]
    detail-type = ["Secret Label Updated"]
  })
}

# Needs a trail with management events.
resource "aws_cloudwatch_event_rule" "secret_api" {
  count       = local.has_bus ? 1 : 0
  name        = "secretcast-member-secret-api"
  description = "A call or service event that may change what readers of a secret see"
  event_pattern = jsonencode({
    account     = [local.account]
    source      = ["aws.secretsmanager"]
    detail-type = ["AWS API Call via CloudTrail", "AWS Service Event via CloudTrail"]
    detail = {
      eventSource = ["secretsmanager.amazonaws.com"]
      eventName = [
        "CreateSecret",
        "PutSecretValue",
        "UpdateSecret",
        "UpdateSecretVersionStage",
        "DeleteSecret",
        "RestoreSecret",
        "TagResource",
        "UntagResource",
        "PutResourcePolicy",
        "DeleteResourcePolicy",
        "ReplicateSecretToRegions",
        "RemoveRegionsFromReplication",
        "StopReplicationToReplica",
        "RotationSucceeded",
        "EndSecretVersionDelete",
        "CancelSecretVersionDelete",
        "SecretVersionDeletion",
        "ReplicationSucceeded",
      ]
      errorCode = [{ exists = false }]
    }
  })
}

resource "aws_cloudwatch_event_rule" "parameter" {
  count       = local.has_bus ? 1 : 0
  name        = "secretcast-member-parameter"
  description = "A parameter was written, labelled, deleted, or expired"
  event_pattern = jsonencode({
    account     = [local.account]
    source      = ["aws.ssm"]
    detail-type = ["Parameter Store Change", "Parameter Store Policy Action"]
  })
}

resource "aws_cloudwatch_event_target" "secret_label" {
  count     = local.has_bus ? 1 : 0
  rule      = aws_cloudwatch_event_rule.secret_label[0].name
  target_id = "hub"
  arn       = var.hub_event_bus_arn
  role_arn  = aws_iam_role.forward[0].arn
}

resource "aws_cloudwatch_event_target" "secret_api" {
  count     = local.has_bus ? 1 : 0
  rule      = aws_cloudwatch_event_rule.secret_api[0].name
  target_id = "hub"
  arn       = var.hub_event_bus_arn
  role_arn  = aws_iam_role.forward[0].arn
}

resource "aws_cloudwatch_event_target" "parameter" {
  count     = local.has_bus ? 1 : 0
  rule      = aws_cloudwatch_event_rule.parameter[0].name
  target_id = "hub"
  arn       = var.hub_event_bus_arn
  role_arn  = aws_iam_role.forward[0].arn
}
