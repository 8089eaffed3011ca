#!/usr/bin/env python3
"""The real aws command line, many commands in one process: starting it takes longer than a command.

Usage: aws_commands.py STAGE URL. For each line read from STAGE/ask it runs the words in STAGE/words (each ended by a NUL),
leaves STAGE/out and STAGE/err, and writes the exit status to STAGE/answer.

What drydock (URL) has goes there. The rest is answered by a sample in the form of AWS's model when AWS's own code has
checked names, types and required members and would send it. Of all of them the ranges, patterns and enumerations of AWS's model are checked here, which the command line leaves
to the service.
"""
import contextlib
import json
import re
import sys
from types import SimpleNamespace

from awscli.botocore.exceptions import ParamValidationError
from awscli.botocore.utils import ArgumentGenerator
from awscli.clidriver import create_clidriver

NOT_IN_DRYDOCK = {
    "iam": {"create-policy", "create-role", "put-role-policy"},
    "iot": {
        "create-policy", "attach-policy", "create-job-template", "list-job-templates", "get-indexing-configuration",
        "update-indexing-configuration", "describe-index", "search-index", "get-buckets-aggregation",
        "create-dynamic-thing-group", "create-fleet-metric",
    },
    "iot-data": {"publish"},
}

LOADER = create_clidriver().session.get_component("data_loader")  # has AWS's models, once they have been read
SERVICES = {"iam": ["iam"], "iot": ["iot", "iot-data"], "s3": ["s3"], "sts": ["sts"]}
NO_OPERATIONS = {"iam:PassRole", "iot:Connect", "iot:Receive", "iot:RetainPublish", "iot:Subscribe"}


def is_sampled(words):
    return words[1] in NOT_IN_DRYDOCK.get(words[0], ())


def problems(shape, value, where):
    """What AWS's model refuses, as sentences."""
    if shape.type_name == "structure":
        for name, member in value.items():
            yield from problems(shape.members[name], member, f"{where}.{name}")
    elif shape.type_name == "list":
        for index, member in enumerate(value):
            yield from problems(shape.member, member, f"{where}[{index}]")
    elif shape.type_name == "map":
        for name, member in value.items():
            yield from problems(shape.key, name, f"{where}.{name}")
            yield from problems(shape.value, member, f"{where}.{name}")
    facts = shape.metadata
    size = value if isinstance(value, (int, float)) else len(value) if isinstance(value, (str, list, dict)) else 0
    if not isinstance(value, bool) and "max" in facts and size > facts["max"]:
        yield f"{where}: {size} is above {facts['max']}"
    if not isinstance(value, bool) and "min" in facts and size < facts["min"]:
        yield f"{where}: {size} is below {facts['min']}"
    if "enum" in facts and value not in facts["enum"]:
        yield f"{where}: {value} is none of {facts['enum']}"
    # Java's \p{C} (control characters and the like) and \p{Upper} are not Python's.
    pattern = facts.get("pattern", "").replace(r"\p{C}", r"\x00-\x1f\x7f-\x9f").replace("]*+", "]*")
    pattern = pattern.replace(r"\p{Upper}", "A-Z").replace(r"\p{Digit}", "0-9").replace(r"\p{Graph}", r"\x21-\x7e")
    if pattern and isinstance(value, str) and not re.fullmatch(pattern, value):
        yield f"{where}: '{value}' does not match {facts['pattern']}"


def policy_problems(text):
    """Actions that are no operation of AWS's, and so allow nothing; or that allow whatever AWS adds."""
    for statement in json.loads(text)["Statement"]:
        actions = statement["Action"]
        for action in [actions] if isinstance(actions, str) else actions:
            service, name = action.split(":")
            models = [LOADER.load_service_model(each, "service-2") for each in SERVICES[service]]
            if action not in NO_OPERATIONS and not any(name in model["operations"] for model in models):
                yield f"{action} is no operation"


def check(params, model, **_):
    found = [] if model.input_shape is None else list(problems(model.input_shape, params, model.name))
    for name in ("policyDocument", "PolicyDocument", "AssumeRolePolicyDocument"):
        if name in params:
            found += policy_problems(params[name])
    if found:
        raise ParamValidationError(report="\n".join(found))


def sample(model, **_):
    """Instead of sending: an answer with one of everything, so that --query has something to find."""
    shape = model.output_shape
    return SimpleNamespace(status_code=200), {} if shape is None else ArgumentGenerator().generate_skeleton(shape)


def run(words, url):
    driver = create_clidriver()  # a new one: what is registered stays in it
    driver.session.register_component("data_loader", LOADER)
    driver.session.register("before-parameter-build.*.*", check)
    if is_sampled(words):
        driver.session.register("before-call.*.*", sample)
    try:
        return driver.main(words + ["--endpoint-url", url])
    except SystemExit as end:  # argparse
        return end.code


def main(stage, url):
    while True:
        with open(f"{stage}/ask") as ask:
            if not ask.readline():
                continue
        with open(f"{stage}/words") as file:
            words = file.read().split("\0")[:-1]
        with open(f"{stage}/out", "w") as out, open(f"{stage}/err", "w") as err:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                status = run(words, url)
        with open(f"{stage}/out") as out:
            found = out.read().strip()
        if is_sampled(words) and "--query" in words and found in ("", "null", "None", "[]"):
            with open(f"{stage}/err", "a") as err:
                err.write("--query finds nothing in AWS's form of the answer\n")
            status = 1
        with open(f"{stage}/answer", "w") as answer:
            answer.write(f"{status}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
