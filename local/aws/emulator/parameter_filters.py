"""Parameter Store's filters that ministack takes and ignores: by tag, exactly, as AWS does it."""

from ministack.services import ssm


def install():
    apply_filter = ssm._apply_filter

    def apply(parameter, key, option, values):
        if not key.startswith("tag:"):
            return apply_filter(parameter, key, option, values)
        tags = ssm._tags.get(ssm._parameter_tag_arn("Parameter", parameter["Name"])) or ssm._tags.get(parameter["ARN"]) or {}
        name = key.removeprefix("tag:")
        return name in tags and (not values or tags[name] in values)

    ssm._apply_filter = apply
