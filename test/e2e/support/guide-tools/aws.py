"""`aws SERVICE OPERATION --option value …` as guides write it, with the library that the AWS CLI is made of."""

import json
import sys

import botocore.session
import jmespath
from botocore import xform_name


def main(arguments):
    service, operation, *rest = arguments
    client = botocore.session.get_session().create_client(service)
    model = client.meta.service_model
    name = next(each for each in model.operation_names if xform_name(each, "-") == operation)
    members = {xform_name(key, "-"): (key, shape) for key, shape in model.operation_model(name).input_shape.members.items()}
    shown, parameters = {}, {}
    while rest:
        option = rest.pop(0).removeprefix("--")
        if option in ("query", "output"):
            shown[option] = rest.pop(0)
            continue
        key, shape = members[option]
        parameters[key] = True if shape.type_name == "boolean" else value_of(shape, take_values(rest))
    answer = getattr(client, xform_name(name))(**parameters)
    answer.pop("ResponseMetadata", None)
    show(jmespath.search(shown["query"], answer) if "query" in shown else answer, shown.get("output"))


def take_values(rest):
    values = []
    while rest and not rest[0].startswith("--"):
        values.append(rest.pop(0))
    return values


def value_of(shape, values):
    texts = [open(value.removeprefix("file://")).read() if value.startswith("file://") else value for value in values]
    if shape.type_name == "list" and shape.member.type_name == "structure":
        return [dict(part.split("=", 1) for part in text.split(",")) for text in texts]
    if shape.type_name == "list":
        return texts
    return int(texts[0]) if shape.type_name in ("integer", "long") else texts[0]


def show(answer, output):
    if output == "text":
        print("\t".join(map(str, answer)) if isinstance(answer, list) else answer)
    elif answer:
        print(json.dumps(answer, default=str, indent=4))


try:
    main(sys.argv[1:])
except Exception as error:
    sys.exit(f"{error}")
