"""Parameter Store: `Parameter Store Change` events, of which ministack sends none."""

import json

import event_bus

from ministack.core.responses import error_response_json
from ministack.services import ssm

MAX_NAMES = 10


def install():
    handle = ssm.handle_request

    async def handle_and_tell(method, path, headers, body, query_params):
        action = headers.get("x-amz-target", "").rpartition(".")[2]
        try:
            data = json.loads(body or b"{}")
        except ValueError:
            data = {}
        if action == "GetParameters" and len(data.get("Names", [])) > MAX_NAMES:
            return error_response_json("ValidationException", f"Member must have length less than or equal to {MAX_NAMES}")
        before = [(name, ssm._parameters.get(name)) for name in _names(action, data)]
        answer = await handle(method, path, headers, body, query_params)
        if answer[0] == 200:
            for name, parameter in before:
                _tell(_operation(action, parameter), ssm._parameters.get(name) or parameter)
        return answer

    ssm.handle_request = handle_and_tell


def _names(action, data):
    if action == "DeleteParameters":
        return data.get("Names", [])
    return [data.get("Name")] if action in ("PutParameter", "DeleteParameter", "LabelParameterVersion") else []


def _operation(action, before):
    if action == "PutParameter":
        return "Update" if before else "Create"
    return "Delete" if action.startswith("Delete") else action


def _tell(operation, parameter):
    if parameter is None:  # a name in DeleteParameters that did not exist
        return
    detail = {"operation": operation, "name": parameter["Name"], "type": parameter["Type"]}
    if parameter["Description"]:
        detail["description"] = parameter["Description"]
    event_bus.emit("aws.ssm", "Parameter Store Change", detail, [parameter["ARN"]])
