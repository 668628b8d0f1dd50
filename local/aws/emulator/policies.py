"""Parts of IAM's policy language that ministack leaves out and users' policies are written in.

Tags of a secret or parameter under their service's own key (`secretsmanager:ResourceTag/x`) as well as under the global one, and
variables (`${aws:PrincipalTag/x}`) in conditions and resources. A variable without a value makes its statement match nothing. And a role
whose trust policy names somebody of its own account needs no policy of theirs.
"""

import json
import re
from dataclasses import replace

from ministack.core import iam_evaluator as evaluator
from ministack.services import iam

OWN_TAG_KEYS = ("secretsmanager:resourcetag/", "ssm:resourcetag/")
GLOBAL_TAG_KEY = "aws:resourcetag/"
VARIABLE = re.compile(r"\$\{([^}]+)\}")
LITERALS = ("*", "?", "$")  # `${*}` is a star; here it is any text, as everywhere


def install():
    resolve_key, names_key = evaluator._resolve_condition_key, evaluator._names_condition_key
    conditions_met, first_match = evaluator._conditions_met, evaluator._first_match

    def names_condition_key(policies, prefix):
        prefixes = (prefix, *OWN_TAG_KEYS) if prefix == GLOBAL_TAG_KEY else (prefix,)
        return any(names_key(policies, each) for each in prefixes)

    def resolve_condition_key(key, ctx):
        service = ctx.action.partition(":")[0].lower()
        own = f"{service}:resourcetag/"
        if own in OWN_TAG_KEYS and key.lower().startswith(own):
            return resolve_key(f"aws:ResourceTag/{key[len(own):]}", ctx)
        return resolve_key(key, ctx)

    def conditions_met_with_values(conditions, ctx):
        try:
            return conditions_met(_fill(conditions or {}, ctx), ctx)
        except NoValue:
            return False

    def first_match_with_values(ctx, statements, effect):
        return first_match(ctx, list(_with_resources(statements, ctx)), effect)

    enforce = evaluator.enforce

    def enforce_or_trust(access_key_id, iam_action, service, region, resource_arn="*", service_context=None):
        result = enforce(access_key_id, iam_action, service, region, resource_arn, service_context)
        is_left_open = isinstance(result, evaluator.EvalResult) and result.decision == "ImplicitDeny"
        trusts = is_left_open and iam_action in ("sts:AssumeRole", "sts:TagSession") and _names(resource_arn, result.principal_arn)
        return None if trusts else result  # the trust policy itself is evaluated next

    evaluator.enforce = enforce_or_trust
    evaluator._names_condition_key = names_condition_key
    evaluator._resolve_condition_key = resolve_condition_key
    evaluator._conditions_met = conditions_met_with_values
    evaluator._first_match = first_match_with_values


def _names(role_arn, caller_arn):
    """Whether the role's trust policy names the caller, and not just the account that both are of."""
    account, name = caller_arn.split(":")[4], role_arn.rsplit("/", 1)[-1]
    role = iam._roles.get_scoped(account, None, name) if f":{account}:" in role_arn else None
    trust = (role or {}).get("AssumeRolePolicyDocument") or "{}"
    statements = (json.loads(trust) if isinstance(trust, str) else trust).get("Statement", [])
    named = (each.get("Principal") for each in ([statements] if isinstance(statements, dict) else statements))
    return any(evaluator._names_caller(principal, caller_arn) for principal in named)


class NoValue(Exception):
    """A variable has none in this request."""


def _with_resources(statements, ctx):
    for statement in statements:
        try:
            filled = {"resources": _fill(statement.resources, ctx), "not_resources": _fill(statement.not_resources, ctx)}
        except NoValue:
            continue
        yield replace(statement, **filled)


def _fill(part, ctx):
    """The same with the values of its variables. Names of condition keys hold none."""
    if isinstance(part, dict):
        return {key: _fill(value, ctx) for key, value in part.items()}
    if isinstance(part, list):
        return [_fill(value, ctx) for value in part]
    return VARIABLE.sub(lambda found: _value(found[1], ctx), part) if isinstance(part, str) else part


def _value(variable, ctx):
    """`${name}` or `${name, 'what else'}`. A value that holds `*` or `?` is no wildcard in AWS, and would be one here: it counts as none."""
    name, _, otherwise = (text.strip() for text in variable.partition(","))
    if name in LITERALS:
        return name
    value = evaluator._resolve_condition_key(name, ctx)
    if value is None and otherwise:
        return otherwise.strip("'")
    if value is None or isinstance(value, list) or re.search(r"[*?]", str(value)):
        raise NoValue(name)
    return str(value)
