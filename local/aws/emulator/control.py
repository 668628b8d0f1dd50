"""The levers over HTTP, on the emulator's own loopback port: /_secretcast/faults, /_secretcast/events, /_secretcast/calls."""

import json

import calls
import event_bus
import faults

import ministack.app

PREFIX = "/_secretcast/"


def install():
    serve = ministack.app.app

    async def serve_with_levers(scope, receive, send):
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            return await serve(scope, receive, send)
        status, answer = _pull(scope["method"], scope["path"].removeprefix(PREFIX), await _body(receive))
        body = json.dumps(answer).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    ministack.app.app = serve_with_levers


async def _body(receive):
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return body


def _pull(method, lever, body):
    try:
        if (method, lever) == ("POST", "faults"):
            faults.replace(json.loads(body))
            return 200, {}
        if (method, lever) == ("POST", "events"):
            return 200, event_bus.set_rule(json.loads(body))
        if (method, lever) == ("GET", "calls"):
            return 200, calls.snapshot()
        if (method, lever) == ("DELETE", "calls"):
            calls.clear()
            return 200, {}
    except (ValueError, TypeError) as error:
        return 400, {"message": str(error)}
    return 404, {"message": f"no lever {method} {lever}"}
