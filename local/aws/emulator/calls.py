"""What is asked of the emulator, by whom: counted for tests, and where faults come in."""

import contextvars
import json
from collections import Counter
from dataclasses import dataclass, replace
from urllib.parse import parse_qs

import faults

import ministack.app
from ministack.core.iam_actions import extract_iam_action
from ministack.core.iam_evaluator import request_caller_arn
from ministack.core.router import detect_service, extract_access_key_id
from ministack.services import secretsmanager as sm

VALUE_KEYS = frozenset({"SecretString", "SecretBinary", "Value"})

_current = contextvars.ContextVar("secretcast_call", default=None)
_actions = Counter()
_reads = Counter()


@dataclass(frozen=True)
class Call:
    service: str
    action: str
    access_key: str
    caller: str
    subjects: tuple  # the names, ids and ARNs the request mentions; a secret under name and ARN, whatever it was called
    is_query: bool

    def reading(self, secret_id, secret):
        """One secret of a batch, as a call of its own."""
        return replace(self, action="GetSecretValue", subjects=_secret_names(secret_id, secret))


def install():
    dispatch = ministack.app._dispatch_service_request

    async def counted(method, path, headers, body, query_params, request_id):
        params = ministack.app._routing_params(method, path, headers, body, query_params)
        service = detect_service(method, path, headers, params)
        action = _action(service, method, path, headers, body, params)
        _actions[f"{service}.{action}"] += 1
        call = _describe(service, action, headers, body, params)
        _current.set(call)
        if faults.any_rules():
            await faults.delay(call)
            refusal = faults.refuse(call)
            if refusal:
                return refusal
        return await dispatch(method, path, headers, body, query_params, request_id)

    ministack.app._dispatch_service_request = counted


def current():
    """The request being answered, or nothing when the emulator itself is asking."""
    return _current.get()


def count_read(name):
    """A secret whose value was asked for, alone or in a batch, and neither policy nor fault refused it."""
    _reads[str(name)] += 1


def snapshot():
    return {"actions": dict(_actions), "secretReads": dict(_reads)}


def clear():
    _actions.clear()
    _reads.clear()


def _action(service, method, path, headers, body, params):
    target = headers.get("x-amz-target", "").rpartition(".")[2]
    action = target or (params.get("Action") or [""])[0] or path.partition("/operation/")[2]
    if action:
        return action
    permission = extract_iam_action(service, method, path, headers, body, params)
    return permission.partition(":")[2] if permission else f"{method} {path}"


def _describe(service, action, headers, body, params):
    if not faults.any_rules():  # reading the body and the caller costs, and only rules ask
        return Call(service, action, "", "", (), False)
    is_query = bool(params.get("Action"))
    return Call(service, action, extract_access_key_id(headers, params) or "", request_caller_arn(headers, params),
                _subjects(service, body, params), is_query)


def _subjects(service, body, params):
    texts = [text for values in params.values() for text in values]
    try:
        data = json.loads(body or b"{}")
    except ValueError:
        data = {}
    for key, value in data.items() if isinstance(data, dict) else ():
        if key not in VALUE_KEYS:
            texts.extend(text for text in (value if isinstance(value, list) else [value]) if isinstance(text, str))
    if service == "secretsmanager":
        texts.extend(name for text in texts[:] for name in _secret_names(text, sm._resolve(text)[1]))
    return tuple(texts)


def _secret_names(secret_id, secret):
    return (str(secret_id), secret["Name"], secret["ARN"]) if secret else (str(secret_id),)
