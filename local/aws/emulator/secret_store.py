"""Secrets Manager's rules that ministack leaves out and a sync depends on.

ClientRequestToken is the version id, and repeating it is harmless; a label is on one version at a time; versions without a label can
still be read by id; a secret may have no value yet; values have a size limit; one batch reads at most 20 secrets.
"""

import contextlib
import functools
import json
import os
import time

import calls
import faults

from ministack.core.responses import error_response_json, json_response, new_uuid
from ministack.services import secretsmanager as sm

VALUES = ("SecretString", "SecretBinary")
MAX_VALUE_BYTES = 65_536
MAX_BATCH = 20
LABEL_EVENT_ON_CREATE = os.environ.get("SECRETCAST_LABEL_EVENT_ON_CREATE") == "1"

# ARN -> (when AWSCURRENT last moved, in monotonic seconds; the version it left). For reads that lag behind.
_moves = {}


def install():
    overrides = (create_secret, put_secret_value, update_secret, update_secret_version_stage,
                 get_secret_value, batch_get_secret_value, describe_secret, list_secrets, list_secret_version_ids)
    for override in overrides:
        name = f"_{override.__name__}"
        setattr(sm, name, functools.partial(override, getattr(sm, name)))
    sm._filter_secret_names = filter_names
    reset = sm.reset
    sm.reset = lambda: (_moves.clear(), reset())[0]


def create_secret(original, data):
    if problem := _value_problem(data):
        return problem
    token = data.get("ClientRequestToken")
    existing = sm._secrets.get(data.get("Name"))
    if existing and existing.get("DeletedDate"):
        return error_response_json("InvalidRequestException", "You can't create this secret because a secret with this name is already scheduled for deletion.")
    if existing and token in existing["Versions"] and _same_value(existing["Versions"][token], data):
        return json_response({"ARN": existing["ARN"], "Name": existing["Name"], "VersionId": token})
    answer = original(data)
    if answer[0] != 200:
        return answer
    secret = sm._secrets[data["Name"]]
    version_id, version = secret["Versions"].popitem()
    if not _has_value(data):
        return json_response({"ARN": secret["ARN"], "Name": secret["Name"]})
    version_id = token or version_id
    secret["Versions"][version_id] = version
    _stamp(secret, version)
    if LABEL_EVENT_ON_CREATE:
        sm._emit_secret_label_updated(secret, "AWSCURRENT", version_id)
    return json_response({"ARN": secret["ARN"], "Name": secret["Name"], "VersionId": version_id})


def put_secret_value(original, data):
    if problem := _value_problem(data):
        return problem
    _, secret = sm._resolve(data.get("SecretId"))
    if secret is None or secret.get("DeletedDate"):
        return original(data)
    token = data.get("ClientRequestToken") or new_uuid()
    known = secret["Versions"].get(token)
    if known is not None:
        return _repeated(secret, token, data)
    stages = list(data.get("VersionStages") or ["AWSCURRENT"])
    if not secret["Versions"] and "AWSCURRENT" not in stages:
        stages.append("AWSCURRENT")  # the first version always is the current one
    with _moving(secret):
        for stage in stages:
            if stage != "AWSCURRENT":
                sm._remove_stage_everywhere(secret, stage)
        answer = original({**data, "ClientRequestToken": token, "VersionStages": stages})
        if answer[0] != 200:
            return answer
        _stamp(secret, secret["Versions"][token])
        if "AWSCURRENT" in stages:
            _add_other_stages(secret, token, stages)
    return json_response({"ARN": secret["ARN"], "Name": secret["Name"], "VersionId": token,
                          "VersionStages": list(secret["Versions"][token]["Stages"])})


def _stamp(secret, version):
    """AWS tells these times to the millisecond, ministack to the second."""
    version["CreatedDate"] = secret["LastChangedDate"] = round(time.time(), 3)


def update_secret(original, data):
    """A description and a value: the value goes the way of PutSecretValue, because ministack ignores the token here."""
    if problem := _value_problem(data):
        return problem
    answer = original({k: v for k, v in data.items() if k not in VALUES})
    if answer[0] != 200 or not _has_value(data):
        return answer
    sent = {k: data[k] for k in ("SecretId", "ClientRequestToken", *VALUES) if k in data}
    status, headers, body = sm._put_secret_value(sent)
    if status != 200:
        return status, headers, body
    return json_response({k: v for k, v in json.loads(body).items() if k != "VersionStages"})


def update_secret_version_stage(original, data):
    _, secret = sm._resolve(data.get("SecretId"))
    if secret is None:
        return original(data)
    with _moving(secret):
        return original(data)


def get_secret_value(original, data):
    _, secret = sm._resolve(data.get("SecretId"))
    call = calls.current()
    if call is not None:
        if call.action == "BatchGetSecretValue":  # what one secret of a batch meets is what reading it alone would meet
            refusal = faults.refuse(call.reading(data.get("SecretId"), secret))
            if refusal:
                return refusal
        calls.count_read(secret["Name"] if secret else data.get("SecretId"))
    if secret and data.get("VersionId") and data.get("VersionStage"):
        version = secret["Versions"].get(data["VersionId"])
        if version and data["VersionStage"] not in version["Stages"]:
            return error_response_json("InvalidRequestException", "You provided a VersionStage that is not associated to the provided VersionId.")
    behind = _version_of_a_late_read(secret, "GetSecretValue")
    if behind is None or data.get("VersionId") or data.get("VersionStage", "AWSCURRENT") != "AWSCURRENT":
        return original(data)
    status, headers, body = original({"SecretId": data["SecretId"], "VersionId": behind})
    return json_response({**json.loads(body), "VersionStages": ["AWSCURRENT"]}) if status == 200 else (status, headers, body)


def batch_get_secret_value(original, data, access_key=None):
    if len(data.get("SecretIdList") or []) > MAX_BATCH:
        return error_response_json("ValidationException", f"Value at 'secretIdList' failed to satisfy constraint: Member must have length less than or equal to {MAX_BATCH}")
    return original(data, access_key)


def describe_secret(original, data):
    status, headers, body = original(data)
    if status != 200:
        return status, headers, body
    answer = json.loads(body)
    answer["VersionIdsToStages"] = _stages_as_read(answer["ARN"], answer["VersionIdsToStages"], "DescribeSecret")
    return json_response(answer)


def list_secrets(original, data):
    status, headers, body = original(data)
    if status != 200:
        return status, headers, body
    answer = json.loads(body)
    for entry in answer["SecretList"]:
        entry["SecretVersionsToStages"] = _stages_as_read(entry["ARN"], entry["SecretVersionsToStages"], "ListSecrets")
    return json_response(answer)


def list_secret_version_ids(original, data):
    status, headers, body = original(data)
    if status != 200 or data.get("IncludeDeprecated"):
        return status, headers, body
    answer = json.loads(body)
    answer["Versions"] = [version for version in answer["Versions"] if version["VersionStages"]]
    return json_response(answer)


def filter_names(names, filters):
    """Filters of ListSecrets: prefixes; names and tags by exact case; a leading `!` means not; one key's values are alternatives."""
    for wanted in filters:
        names = [name for name in names if _passes(sm._secrets[name], wanted)]
    return names


def _passes(secret, wanted):
    tags = secret.get("Tags") or []
    texts = {
        "name": [secret["Name"]],
        "description": [secret.get("Description", "").lower()],
        "tag-key": [tag["Key"] for tag in tags],
        "tag-value": [tag.get("Value", "") for tag in tags],
    }.get(wanted.get("Key"))
    if texts is None:
        return True
    values = [v.lower() if wanted["Key"] == "description" else v for v in wanted.get("Values", [])]
    denied = [value[1:] for value in values if value.startswith("!")]
    allowed = [value for value in values if not value.startswith("!")]
    return not _any_starts(texts, denied) and (not allowed or _any_starts(texts, allowed))


def _any_starts(texts, prefixes):
    return any(text.startswith(prefix) for text in texts for prefix in prefixes)


def _has_value(data):
    return any(data.get(key) is not None for key in VALUES)


def _same_value(version, data):
    return all(version.get(key) == data.get(key) for key in VALUES)


def _repeated(secret, token, data):
    known = secret["Versions"][token]
    if _same_value(known, data):
        return json_response({"ARN": secret["ARN"], "Name": secret["Name"], "VersionId": token, "VersionStages": list(known["Stages"])})
    return error_response_json("ResourceExistsException", f"You can't use ClientRequestToken {token} because that value is already in use for a version of secret {secret['ARN']}.")


def _value_problem(data):
    token = data.get("ClientRequestToken")
    if token is not None and not 32 <= len(token) <= 64:
        return error_response_json("InvalidParameterException", "ClientRequestToken must be 32-64 characters long.")
    if any(len(str(data.get(key) or "").encode()) > _limit(key) for key in VALUES):
        return error_response_json("ValidationException", f"Member must have length less than or equal to {MAX_VALUE_BYTES}")
    return None


def _limit(key):
    return MAX_VALUE_BYTES if key == "SecretString" else (MAX_VALUE_BYTES + 2) // 3 * 4  # binary travels as base64


def _add_other_stages(secret, version_id, stages):
    """ministack keeps AWSCURRENT alone of several stages."""
    for stage in stages:
        if stage != "AWSCURRENT":
            sm._add_stage(secret, version_id, stage)
            if stage not in ("AWSPENDING", "AWSPREVIOUS"):
                sm._emit_secret_label_updated(secret, stage, version_id)


@contextlib.contextmanager
def _moving(secret):
    """Keeps versions that lost their last label (AWS purges none younger than a day) and remembers what was current."""
    versions = dict(secret["Versions"])
    current, _ = sm._find_stage_version(secret, "AWSCURRENT")
    yield
    for version_id, version in versions.items():
        secret["Versions"].setdefault(version_id, version)
    if current is not None and "AWSCURRENT" not in secret["Versions"][current]["Stages"]:
        _moves[secret["ARN"]] = (time.monotonic(), current)


def _version_of_a_late_read(secret, action):
    """The version a reader still sees under a `stale` rule, or nothing."""
    moved = _moves.get(secret["ARN"]) if secret else None
    if moved is None:
        return None
    at, version_id = moved
    seconds = faults.stale_seconds(calls.current(), action, (secret["Name"], secret["ARN"]))
    return version_id if seconds is not None and time.monotonic() - at < seconds else None


def _stages_as_read(arn, stages, action):
    _, secret = sm._resolve(arn)
    behind = _version_of_a_late_read(secret, action)
    if behind is None:
        return stages
    without = {v: [s for s in labels if s not in ("AWSCURRENT", "AWSPREVIOUS")] for v, labels in stages.items()}
    late = {**without, behind: [*without.get(behind, []), "AWSCURRENT"]}
    return {v: labels for v, labels in late.items() if labels}
