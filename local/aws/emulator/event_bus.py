"""EventBridge: AWS's own sources, buses of other accounts, and a lever on what is delivered."""

import json
import logging
import random
import threading
import time

from ministack.core.responses import get_account_id, get_region, new_uuid, request_scope
from ministack.services import eventbridge as eb

logger = logging.getLogger("secretcast.event_bus")

RULE_KEYS = frozenset({"drop", "duplicate", "delayMilliseconds", "hold", "only"})
FILTER_KEYS = frozenset({"source", "detailType", "match"})

_rule = {}
_held = []
_counts = {"delivered": 0, "dropped": 0, "duplicated": 0, "held": 0}


def install():
    put_events, invoke_target, reset = eb._put_events, eb._invoke_target, eb.reset

    def put_any_event(data):
        """Tests send recorded `aws.*` events; AWS itself refuses them from a customer."""
        return put_events(data, allow_aws_source=True)

    def deliver(target, event, rule, view=None):
        # The clock's own events, and hops between buses, are left alone: the last hop is the delivery.
        if event.get("Source") == "aws.events" or ":event-bus/" in target.get("Arn", ""):
            return invoke_target(target, event, rule, view)
        return _deliver(event, lambda: invoke_target(target, event, rule, view))

    def reset_all():
        _rule.clear()
        _held.clear()
        reset()

    eb._put_events, eb._invoke_target, eb.reset = put_any_event, deliver, reset_all
    eb._dispatch_to_event_bus = _forward


def emit(source, detail_type, detail, resources):
    """Sends an event of an AWS service to the default bus of the account and Region of the current request."""
    eb._dispatch_event({
        "EventId": new_uuid(), "Source": source, "DetailType": detail_type, "Detail": json.dumps(detail),
        "EventBusName": "default", "Time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "Resources": resources, "Account": get_account_id(), "Region": get_region(),
    })


def _forward(spec, event, rule, _path, payload=None):
    """Bus to bus, across accounts and Regions too. `account`, `region` and `id` stay those of the origin, as on AWS.

    Not checked: the bus's policy and the rule's role. Assert those on the template.
    """
    bus = spec.resource.removeprefix("event-bus/")
    hop = f"{rule.get('Arn')}>{spec}"
    hops = event.get("_Hops", ())
    with request_scope(spec.account_id, spec.region):
        eb._ensure_default_bus()
        if bus not in eb._event_buses:
            logger.warning("event bus %s not found", spec)
        elif hop in hops:
            logger.warning("event bus %s: the event went through this rule already", spec)
        else:
            forwarded = {**event, "EventBusName": bus, "_Hops": (*hops, hop)}
            if payload is not None:
                forwarded["Detail"] = payload
            eb._dispatch_event(forwarded)


def set_rule(rule):
    """Replaces the rule; events held by the previous one are delivered now, in random order, unless this one holds too."""
    unknown = (set(rule) - RULE_KEYS) | (set(rule.get("drop") or {}) - FILTER_KEYS) | (set(rule.get("only") or {}) - FILTER_KEYS)
    if unknown:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(sorted(RULE_KEYS | FILTER_KEYS))}")
    _rule.clear()
    _rule.update(rule)
    if not rule.get("hold"):
        waiting = _held[:]
        _held.clear()
        random.shuffle(waiting)
        for run in waiting:
            run()
    return {**_counts, "held": len(_held)}


def _deliver(event, invoke):
    if "drop" in _rule and _is_meant(_rule["drop"] or {}, event):
        _counts["dropped"] += 1
        return
    meant = _is_meant(_rule.get("only") or {}, event)
    copies = 1 + (int(_rule.get("duplicate", 0)) if meant else 0)
    _counts["duplicated"] += copies - 1
    run = _in_scope(get_account_id(), get_region(), invoke)
    for _ in range(copies):
        if meant and _rule.get("hold"):
            _held.append(run)
        elif meant and _rule.get("delayMilliseconds"):
            timer = threading.Timer(random.random() * _rule["delayMilliseconds"] / 1000, run)
            timer.daemon = True
            timer.start()
        else:
            run()


def _in_scope(account, region, invoke):
    def run():
        _counts["delivered"] += 1
        with request_scope(account, region):
            invoke()

    return run


def _is_meant(wanted, event):
    return (
        wanted.get("source") in (None, event.get("Source"))
        and wanted.get("detailType") in (None, event.get("DetailType"))
        and wanted.get("match", "") in json.dumps([event.get("Resources"), event.get("Detail")])
    )
