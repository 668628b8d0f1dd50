"""Secrets Manager's events that on AWS come from a CloudTrail trail: `AWS API Call via CloudTrail`, for writes that succeeded.

The native `Secret Label Updated` is ministack's own. Values are never part of the event.
"""

import json
import time

import event_bus

from ministack.core.iam_evaluator import resolve_caller_identity
from ministack.core.responses import get_account_id, get_region, get_request_client_ip, new_uuid
from ministack.core.router import extract_access_key_id
from ministack.services import secretsmanager as sm

RECORDED = frozenset({
    "CreateSecret", "PutSecretValue", "UpdateSecret", "UpdateSecretVersionStage", "DeleteSecret", "RestoreSecret",
    "TagResource", "UntagResource", "PutResourcePolicy", "DeleteResourcePolicy",
})
VALUES = frozenset({"SecretString", "SecretBinary"})


def install():
    handle = sm.handle_request

    async def handle_and_record(method, path, headers, body, query_params):
        action = headers.get("x-amz-target", "").rpartition(".")[2]
        if action not in RECORDED:
            return await handle(method, path, headers, body, query_params)
        request = _parsed(body)
        before = _arn(request)  # a forced deletion leaves nothing to look up afterwards
        answer = await handle(method, path, headers, body, query_params)
        if answer[0] == 200:
            identity = _identity(extract_access_key_id(headers, query_params))
            _record(action, request, {"arn": before or _arn(request), **_deletion(answer)}, identity, headers)
        return answer

    sm.handle_request = handle_and_record


def _parsed(body):
    try:
        return json.loads(body or b"{}")
    except ValueError:
        return {}


def _arn(request):
    _, secret = sm._resolve(request.get("SecretId") or request.get("Name"))
    return secret["ARN"] if secret else None


def _deletion(answer):
    at = json.loads(answer[2]).get("DeletionDate")
    if at is None:
        return {}
    date = time.gmtime(at)
    clock = f"{date.tm_hour % 12 or 12}:{time.strftime('%M:%S %p', date)}"
    return {"deletionDate": f"{time.strftime('%b', date)} {date.tm_mday}, {date.tm_year}, {clock}"}


def _record(action, request, response, identity, headers):
    host = headers.get("host", "")
    event_bus.emit("aws.secretsmanager", "AWS API Call via CloudTrail", {
        "eventVersion": "1.11",
        "userIdentity": identity,
        "eventTime": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "eventSource": "secretsmanager.amazonaws.com",
        "eventName": action,
        "awsRegion": get_region(),
        "sourceIPAddress": get_request_client_ip(),
        "userAgent": headers.get("user-agent", ""),
        "requestParameters": _lower({k: v for k, v in request.items() if k not in VALUES}),
        "responseElements": response,
        "requestID": new_uuid(),
        "eventID": new_uuid(),
        "readOnly": False,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": get_account_id(),
        "eventCategory": "Management",
        "tlsDetails": {"tlsVersion": "TLSv1.3", "cipherSuite": "TLS_AES_128_GCM_SHA256", "clientProvidedHostHeader": host},
    }, [])


def _identity(access_key):
    known = resolve_caller_identity(access_key) or {}
    arn = known.get("userArn") or f"arn:aws:iam::{get_account_id()}:root"
    identity = {"principalId": known.get("userId", ""), "arn": arn, "accountId": get_account_id(), "accessKeyId": access_key}
    if ":assumed-role/" not in arn:
        return {"type": "Root" if arn.endswith(":root") else "IAMUser", **identity}
    role = arn.split("/")[1]
    issuer = {"type": "Role", "principalId": identity["principalId"].partition(":")[0],
              "arn": f"arn:aws:iam::{get_account_id()}:role/{role}", "accountId": get_account_id(), "userName": role}
    return {"type": "AssumedRole", **identity, "sessionContext": {"sessionIssuer": issuer}}


def _lower(value):
    """CloudTrail spells members in lowerCamelCase."""
    if isinstance(value, dict):
        return {key[:1].lower() + key[1:]: _lower(inner) for key, inner in value.items()}
    return [_lower(inner) for inner in value] if isinstance(value, list) else value
