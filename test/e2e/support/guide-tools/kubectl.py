"""The few kubectl commands that guides have their readers type, for a machine without kubectl."""

import argparse
import base64
import json
import os
import re
import ssl
import sys
import urllib.error
import urllib.request

TLS = ssl.create_default_context(cafile=os.environ["KUBE_CA"])


def send(method, path, body=None, kind="application/json"):
    headers = {"Authorization": f"Bearer {os.environ['KUBE_TOKEN']}", "Content-Type": kind}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(os.environ["KUBE_SERVER"] + path, data, headers, method=method)
    try:
        with urllib.request.urlopen(request, context=TLS) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        sys.exit(f"Error from server: {json.load(error).get('message')}")


def pairs(texts):
    return dict(text.split("=", 1) for text in texts)


def main(arguments):
    parser = argparse.ArgumentParser(prog="kubectl")
    parser.add_argument("words", nargs="+")
    parser.add_argument("-n", "--namespace", default="default")
    parser.add_argument("-o", "--output")
    parser.add_argument("--from-literal", action="append", default=[])
    parser.add_argument("--overwrite", action="store_true")
    given = parser.parse_intermixed_args(arguments)
    root = f"/api/v1/namespaces/{given.namespace}"
    match given.words:
        case ["create", "namespace", name]:
            send("POST", "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        case ["create", "secret", "generic", name]:
            data = {key: base64.b64encode(value.encode()).decode() for key, value in pairs(given.from_literal).items()}
            send("POST", f"{root}/secrets", {"apiVersion": "v1", "kind": "Secret", "type": "Opaque", "metadata": {"name": name}, "data": data})
        case ["create", "serviceaccount" | "sa", name]:
            send("POST", f"{root}/serviceaccounts", {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name}})
        case ["annotate", "serviceaccount" | "sa", name, *annotations]:
            change = {"metadata": {"annotations": pairs(annotations)}}
            send("PATCH", f"{root}/serviceaccounts/{name}", change, "application/merge-patch+json")
        case ["get", "secret", name]:
            key = re.fullmatch(r"jsonpath=\{\.data\.(.+)\}", given.output or "")
            found = send("GET", f"{root}/secrets/{name}")
            print(found["data"][key[1].replace("\\.", ".")] if key else json.dumps(found), end="")
        case _:
            sys.exit(f"error: unknown command {' '.join(given.words)}")


main(sys.argv[1:])
