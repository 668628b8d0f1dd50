output "reader_role_arn" {
  description = "spec.provider.aws.role of stores, with externalID"
  value       = one(aws_iam_role.reader[*].arn)
}

output "writer_role_arn" {
  value = one(aws_iam_role.writer[*].arn)
}
