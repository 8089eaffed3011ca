#!/usr/bin/env python3
"""Runs transcripts of the real aws command line against drydock, and says where it now prints something else.

Usage: transcript.py [--write] URL TRANSCRIPT…

A transcript has lines "$ aws …", each followed by what the command prints (output, then errors) and, when it is not 0, by
"[exit status]". "#" begins a comment. What differs from run to run has a name: TIME, SECONDS, PORT; TOKEN, which in a
command is the last one printed; TOMORROW and LATER, two days ahead. With --write the transcripts are rewritten with what
is printed now: read them again then, with AWS's documents beside them.

The commands run in this process, by the function that /usr/bin/aws calls: starting it takes longer than a command. Of all
transcripts together AWS's own model says whether they are complete: every operation that drydock has, done and refused;
every member of every request; every member of every answer, none that AWS does not have; every error one that the
operation has, with its HTTP status.
"""
import contextlib
import difflib
import io
import json
import os
import re
import shlex
import sys
import urllib.error
import urllib.request
from datetime import datetime, timedelta, timezone

from awscli.botocore.model import ServiceModel
from awscli.clidriver import create_clidriver

LOADER = create_clidriver().session.get_component("data_loader")  # has AWS's models, once they have been read

# Reference aws-iot-jobs.md, 6.1 and 6.3: what drydock must have. What else it has is found by asking it.
REFERENCE = {
    "iot": """CreateThing CreateJob DescribeJob GetJobDocument ListJobs UpdateJob CancelJob DeleteJob AssociateTargetsWithJob
        ListJobExecutionsForJob ListJobExecutionsForThing DescribeJobExecution CancelJobExecution DeleteJobExecution
        DescribeEndpoint DescribeManagedJobTemplate""".split(),
    "iot-jobs-data": """GetPendingJobExecutions StartNextPendingJobExecution DescribeJobExecution
        UpdateJobExecution""".split(),
}
# Only refused, with the name in the message (drydock's README.md, Limits).
REFUSED = {"namespaceId", "parentGroupName", "thingTypeName", "billingGroupName"}
REFUSED_OPERATIONS = {"ListJobTemplates", "CreateJobTemplate", "DescribeJobTemplate", "DeleteJobTemplate"}
# In no answer: what belongs to members that are refused, and what drydock does at once.
NEVER_SAID = {
    "namespaceId", "thingTypeName", "billingGroupName", "parentGroupName", "rootToParentThingGroups", "creationDate",
    "indexName", "queryString", "queryVersion", "job.jobProcessDetails.processingTargets[]", "DescribeThingGroup status",
    "GetPendingJobExecutions queuedJobs[].startedAt",
}
# Members that the aws command of Debian 12 does not know yet.
NEWER = {"beforeSubstitution", "destinationPackageVersions", "maintenanceWindows"}


class Seen:
    """What the commands of all transcripts have used, by service and operation."""

    def __init__(self):
        self.done, self.refused, self.asked, self.said, self.named, self.wrong = set(), set(), {}, {}, {}, []
        self.params = {}

    def asks(self, params, model, **_):
        self.params = params

    def hears(self, service, event_name, response_dict, parsed_response, **_):
        operation_name = event_name.split(".")[-1]
        status = response_dict["status_code"]
        key = (service, operation_name)
        model = service_model(service).operation_model(operation_name)
        if status < 300:
            self.done.add(key)
            self.asked.setdefault(key, set()).update(paths(self.params))
            body = json.loads(response_dict["body"] or b"{}")
            self.said.setdefault(key, set()).update(paths(body))
            self.wrong += [f"{operation_name} answers {each}" for each in unknown(model.output_shape, body, "")]
            return
        self.refused.add(key)
        error = parsed_response["Error"]
        self.named.setdefault(key, []).append((set(paths(self.params)), error["Message"]))
        allowed = {shape.name: shape.metadata["error"]["httpStatusCode"] for shape in model.error_shapes}
        if allowed.get(error["Code"]) != status and error["Code"] != "UnknownOperationException":
            self.wrong.append(f"{operation_name} is refused with {status} {error['Code']}, AWS has {allowed}")


def service_model(service):
    return ServiceModel(LOADER.load_service_model(service, "service-2"), service)


def paths(value, at=""):
    """The names of all members inside, as a.b[].c; those of a map's keys too, which do no harm."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield f"{at}.{name}" if at else name
            yield from paths(member, f"{at}.{name}" if at else name)
    elif isinstance(value, list):
        for member in value:
            yield f"{at}[]"
            yield from paths(member, f"{at}[]")


TYPES = {"string": str, "integer": int, "long": int, "boolean": bool, "list": list, "map": dict, "structure": dict}


def unknown(shape, value, at):
    """What in an answer is not in AWS's form."""
    if shape is None:
        if value:
            yield f"{value}, AWS nothing"
        return
    kinds = TYPES.get(shape.type_name, (int, float))
    if not isinstance(value, kinds) or (isinstance(value, bool) and kinds is not bool):
        yield f"{at}: {value!r}, AWS a {shape.type_name}"
    elif shape.type_name == "structure":
        for name, member in value.items():
            if name in shape.members:
                yield from unknown(shape.members[name], member, f"{at}.{name}")
            elif name not in NEWER:
                yield f"{at}.{name}, which AWS does not have"
    elif shape.type_name in ("list", "map"):
        inner = shape.member if shape.type_name == "list" else shape.value
        for member in value if shape.type_name == "list" else value.values():
            yield from unknown(inner, member, f"{at}[]")
    if shape.metadata.get("enum") and value not in shape.metadata["enum"]:
        yield f"{at}: {value}, AWS one of {shape.metadata['enum']}"


def members(shape, at=""):
    """The names of all members that a shape has, as paths() gives them."""
    if shape is None:
        return
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            yield f"{at}.{name}" if at else name
            yield from members(member, f"{at}.{name}" if at else name)
    elif shape.type_name == "list":
        yield f"{at}[]"
        yield from members(shape.member, f"{at}[]")


def has(url, service, operation):
    """Does drydock know the operation? Asked with names that no thing and no job can have, so that nothing happens."""
    http = service_model(service).operation_model(operation).http
    path = re.sub(r"{[^}]*}", "%20", http["requestUri"])
    request = urllib.request.Request(url + path, method=http["method"], data=b"{}" if http["method"] != "GET" else None)
    request.add_header("Authorization", f"AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/{service}/aws4_request")
    try:
        with urllib.request.urlopen(request, timeout=20):
            return True
    except urllib.error.HTTPError as error:
        return error.headers["x-amzn-ErrorType"] != "UnknownOperationException"


def last_name(path):
    return path.split(".")[-1]


def incomplete(url, seen):
    """What AWS's model has and drydock has, but no transcript; and what the reference has and drydock has not."""
    yield from seen.wrong
    for service, needed in REFERENCE.items():
        model = service_model(service)
        here = [name for name in model.operation_names if has(url, service, name)]
        for name in set(needed) - set(here):
            yield f"{service} {name}: drydock does not have it"
        for name in here:
            yield from incomplete_of(seen, (service, name), model.operation_model(name))


def incomplete_of(seen, key, model):
    where = f"{key[0]} {key[1]}"
    if key not in seen.refused:
        yield f"{where} is never refused"
    if key[1] in REFUSED_OPERATIONS:
        return
    if key not in seen.done:
        yield f"{where} is never done"
        return
    for path in set(members(model.input_shape)) - seen.asked[key]:
        name = last_name(path)
        told = any(path in asked and name in message for asked, message in seen.named.get(key, []))
        if not (name in REFUSED and told) and not NEWER & set(path.replace("[]", "").split(".")):
            yield f"{where} is never asked with {path}"
    for path in set(members(model.output_shape)) - seen.said[key]:
        if not {*path.replace("[]", "").split("."), path, f"{key[1]} {path}"} & (NEVER_SAID | NEWER):
            yield f"{where} never answers {path}"


class Masks:
    """Between the names in a transcript and what they stand for today."""

    def __init__(self):
        self.token = ""
        self.days = {}
        for name, days in (("TOMORROW", 1), ("LATER", 2)):
            self.days[name] = (datetime.now(timezone.utc) + timedelta(days=days)).strftime("%Y-%m-%d %H:%M")

    def today(self, command):
        command = command.replace("TOKEN", self.token)
        for name, day in self.days.items():
            command = command.replace(name, day)
        return command

    def put(self, text):
        for name, day in self.days.items():
            text = text.replace(day, name)
        found = re.search(r'"[nN]extToken": "([^"]*)"', text)
        if found:
            self.token = found.group(1)
        text = re.sub(r'("[nN]extToken": )"[^"]*"', r'\1"TOKEN"', text)
        text = re.sub(r'"\d{4}-\d\d-\d\dT[^"]*"', '"TIME"', text)
        text = re.sub(r'("(?:queuedAt|startedAt|lastUpdatedAt)": )\d{10}\b', r"\1TIME", text)
        text = re.sub(r'("approximateSecondsBeforeTimedOut": )\d+', r"\1SECONDS", text)
        return re.sub(r"(127\.0\.0\.1|localhost):\d+", r"\1:PORT", text)


def listening(seen):
    """The command line, with what it sends and hears told to `seen`."""
    driver = create_clidriver()
    driver.session.register_component("data_loader", LOADER)
    driver.session.register("before-parameter-build.*.*", seen.asks)
    for service in REFERENCE:
        driver.session.register(
            f"response-received.{service_model(service).service_id.hyphenize()}",
            lambda service=service, **hook: seen.hears(service, **hook))
    return driver


def run(driver, words):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status = driver.main(words)
        except SystemExit as end:  # argparse
            status = end.code
    said = [line for line in (out.getvalue() + "\n" + err.getvalue()).split("\n") if line.strip()]
    return "\n".join(said + ([f"[{status}]"] if status else []))


def is_said(line):
    return line != "" and not line.startswith(("$ ", "#"))


def play(lines, run_words, masks):
    """The transcript as it is today."""
    at = 0
    while at < len(lines):
        line = lines[at]
        at += 1
        yield line
        if not line.startswith("$ "):
            continue
        command = line[2:]
        while command.endswith("\\"):
            yield lines[at]
            command = command[:-1] + lines[at]
            at += 1
        while at < len(lines) and is_said(lines[at]):
            at += 1
        said = masks.put(run_words(shlex.split(masks.today(command))[1:]))
        yield from said.split("\n") if said else []


def main(arguments):
    write = arguments[0] == "--write"
    url, *files = arguments[1:] if write else arguments
    os.environ.update(
        AWS_ACCESS_KEY_ID="x", AWS_SECRET_ACCESS_KEY="y", AWS_DEFAULT_REGION="us-east-1", AWS_PAGER="", AWS_MAX_ATTEMPTS="2",
        AWS_EC2_METADATA_DISABLED="true", AWS_CONFIG_FILE="/dev/null", AWS_SHARED_CREDENTIALS_FILE="/dev/null", TZ="UTC")
    sys.argv[0] = "aws"  # which argparse prints
    seen, masks, differ = Seen(), Masks(), False
    driver = listening(seen)
    for name in files:
        with open(name) as file:
            before = file.read().split("\n")[:-1]
        after = list(play(before, lambda words: run(driver, words + ["--endpoint-url", url]), masks))
        for line in difflib.unified_diff(before, after, name, "drydock today", lineterm=""):
            differ = True
            print(line)
        if write:
            with open(name, "w") as file:
                file.write("\n".join(after) + "\n")
    lacks = sorted(incomplete(url, seen))
    for line in lacks:
        print(line)
    print(f"{len(seen.done)} operations done, {len(seen.refused)} refused")
    return 1 if (differ and not write) or lacks else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
