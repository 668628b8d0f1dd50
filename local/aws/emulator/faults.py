"""Calls that fail, wait, or read the past, by rules a test sets. Without rules nothing changes."""

import asyncio
from dataclasses import dataclass, fields
from typing import Optional

from ministack.core.responses import error_response_json, error_response_xml

KINDS = ("throttle", "deny", "error", "delay", "stale")

# kind -> (code of JSON services, code of query services, HTTP status)
ERRORS = {
    "throttle": ("ThrottlingException", "Throttling", 400),
    "deny": ("AccessDeniedException", "AccessDenied", 400),
    "error": ("InternalServiceError", "InternalFailure", 500),
}


@dataclass
class Rule:
    """`match`, `accessKey` and `role` are substrings; what is left out matches all; `count` is how often the rule still applies."""

    kind: str
    service: Optional[str] = None
    action: Optional[str] = None
    match: Optional[str] = None
    accessKey: Optional[str] = None
    role: Optional[str] = None
    milliseconds: float = 0
    seconds: float = 0
    count: Optional[int] = None

    def concerns(self, call, action=None, subjects=None):
        return (
            self.count != 0
            and self.service in (None, call.service)
            and self.action in (None, action or call.action)
            and (not self.match or any(self.match in subject for subject in subjects or call.subjects))
            and (not self.accessKey or self.accessKey in call.access_key)
            and (not self.role or self.role in call.caller)
        )

    def use(self):
        if self.count is not None:
            self.count -= 1


_rules = []


def replace(descriptions):
    """@raises ValueError: a key or kind that does not exist (a typo would otherwise be a test that tests nothing)"""
    known = {field.name for field in fields(Rule)}
    for description in descriptions:
        unknown = set(description) - known
        if unknown or description.get("kind") not in KINDS:
            raise ValueError(f"unknown: {', '.join(sorted(unknown)) or description.get('kind')}; keys: {', '.join(sorted(known))}; kinds: {', '.join(KINDS)}")
    _rules[:] = [Rule(**description) for description in descriptions]


def any_rules():
    return bool(_rules)


async def delay(call):
    for rule in _rules:
        if rule.kind == "delay" and rule.concerns(call):
            rule.use()
            await asyncio.sleep(rule.milliseconds / 1000)


def refuse(call):
    """The answer of the first rule that makes this call fail, or nothing."""
    for rule in _rules:
        if rule.kind in ERRORS and rule.concerns(call):
            rule.use()
            return _answer(rule.kind, call)
    return None


def stale_seconds(call, action, subjects):
    """How long after a change this caller still reads what was before, or nothing."""
    for rule in _rules:
        if call is not None and rule.kind == "stale" and rule.concerns(call, action, subjects):
            return rule.seconds
    return None


def _answer(kind, call):
    json_code, query_code, status = ERRORS[kind]
    message = {
        "throttle": "Rate exceeded",
        "deny": f"User: {call.caller} is not authorized to perform: {call.service}:{call.action}",
        "error": "An error occurred on the server side.",
    }[kind]
    if call.is_query:
        return error_response_xml(query_code, message, 403 if kind == "deny" else status, f"https://{call.service}.amazonaws.com/doc/")
    return error_response_json(json_code, message, status)
