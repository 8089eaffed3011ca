"""What is typed on the device of stage.cc: each command line, and what comes of it."""
import json
import os
import pathlib
import subprocess

FOLDER = pathlib.Path(os.environ["KEDGE_FOLDER"])
CONFIG = os.environ["KEDGE_CONFIG"]
KEDGE = [os.environ["KEDGE"]]

DOCUMENT = {
    "version": "1.0",
    "steps": [
        {"action": {"name": "write", "type": "runCommand", "input": {"command": "touch,/srv/it"}, "protect": {"files": ["/srv"]},
                    "timeoutSeconds": 60, "runAsUser": "root"}},
        {"action": {"name": "echo", "type": "runHandler", "input": {"handler": "echo", "args": ["a word"]},
                    "ignoreStepFailure": True}},
        {"action": {"name": "\u001b[31mred\u001b[0m \u202etfel", "type": "runCommand", "input": {"command": "true"}}},
    ],
}


def kedge(words):
    has_own = words[0] == "import-config" or "--config" in words
    return [*KEDGE, words[0], *([] if has_own else ["--config", CONFIG]), *words[1:]]


def piped(words):
    environment = {**os.environ, "TERM": "xterm-256color", "TZ": "UTC", "LANG": "C.UTF-8"}
    return subprocess.run(kedge(words), stdin=subprocess.DEVNULL, capture_output=True, text=True, env=environment, timeout=60)


def prepare():
    (FOLDER / "document.json").write_text(json.dumps(DOCUMENT))
    (FOLDER / "refused.json").write_text('{"version": "1.0", "steps": [{"action": {"name": "x"}}]}')
    (FOLDER / "client.conf").write_text(json.dumps({
        "endpoint": "localhost", "cert": "/etc/c.pem", "key": "/etc/k.pem", "root-ca": "/etc/ca.pem", "thing-name": "pi-1",
        "jobs": {"enabled": True, "handler-directory": "/etc/handlers"}}))
    # Of `kedge run`, which needs a journal of its own beside this device's.
    protect = {"files": [str(FOLDER / "kept")]}
    (FOLDER / "run.json").write_text(json.dumps({"version": "1.0", "steps": [
        {"action": {"name": "greet", "type": "runCommand", "input": {"command": "echo,hello"}, "protect": protect}},
        {"action": {"name": "fail", "type": "runCommand", "input": {"command": "ls,/nonexistent"}, "protect": protect}}]}))
    own = pathlib.Path(CONFIG).read_text()
    for name in ("state", "run"):
        own = own.replace(f"{FOLDER.parent}/{name}", str(FOLDER / "local" / name))
    (FOLDER / "local.yaml").write_text(own)
    (FOLDER / "kept").write_text("kept")
    handler = FOLDER / "handler"
    handler.mkdir()
    for verb in ("run", "rollback", "verify"):
        (handler / verb).write_text("#!/bin/sh\nexit 0\n")
        (handler / verb).chmod(0o755)


def broker():
    values = {line["key"]: line["value"] for line in json.loads(piped(["config", "broker", "--json"]).stdout)}
    return ["--endpoint", "localhost", "--port", values["broker.port"], "--cert", values["broker.certificate"], "--key",
            values["broker.key"], "--ca", values["broker.ca"]]


class Command:
    def __init__(self, *words, status=0, raw=False, lines=False, steady=True, until_interrupted=False, schema=None):
        self.words = [str(word) for word in words]
        self.status = status  # None: it depends
        self.raw = raw  # it prints what others have written, as it is: of any width
        self.lines = lines  # its JSON is an object a line
        self.steady = steady  # it says the same each time
        self.verb = words[0]
        self.schema = schema or words[0]
        # It goes on until Ctrl-C; when it has written this, there is something to look at.
        self.until = {"watch": "\x1b[J", "logs": "unpacking app.tar"}[self.verb] if until_interrupted else None

    def statuses(self):
        return {0, 1} if self.status is None else {self.status}

    def __str__(self):
        return "kedge " + " ".join(self.words)


def yes():
    """A cancel that asks whoever is at a terminal is told beforehand."""
    help_text = subprocess.run([*KEDGE, "cancel", "--help"], capture_output=True, text=True, check=True).stdout
    return ["--yes"] if "--yes" in help_text else []


def doctors(table):
    """What it finds is the machine's affair; what to type may be as long as a path is."""
    if "doctor" not in table:
        return []
    programs = ["--kedge-link", os.environ["KEDGE_LINK"], "--kedged", pathlib.Path(KEDGE[0]).parent / "kedged"]
    return [Command("doctor", "--offline", *programs, status=None, raw=True, steady=False)]


def commands(table):
    trial = ["setup", "--check", "--config", FOLDER / "trial.yaml", "--thing", "pi-1", "--client-id", "pi-1-trial", "--user", "root",
             "--kedge-link", os.environ["KEDGE_LINK"], *broker()]
    return [
        Command("status"),
        Command("watch", lines=True, until_interrupted=True),
        Command("history"),
        Command("history", "--status", "FAILED"),
        Command("history", "--job", "nothing-*"),
        Command("history", "--limit", "1"),
        Command("show", "firmware-41"),
        Command("show", "firmware-42"),
        Command("show", "firmware-43"),
        Command("show", "set-colour", raw=True),
        Command("show", "nothing", status=1),
        Command("logs", "set-colour", raw=True, lines=True),
        Command("logs", "firmware-41", raw=True, lines=True),
        Command("logs", "firmware-43", "--follow", raw=True, lines=True, until_interrupted=True),
        Command("check", FOLDER / "document.json"),
        Command("check", FOLDER / "refused.json", status=1),
        Command("run", FOLDER / "document.json", "--dry-run", schema="check"),
        Command("run", FOLDER / "run.json", status=1, raw=True, lines=True, steady=False),
        Command("run", FOLDER / "run.json", "--config", FOLDER / "local.yaml", status=1, raw=True, lines=True, steady=False),
        Command("config"),
        Command("config", "broker", "jobs.sync"),
        Command("config", "nonsense", status=1),
        Command("metrics", raw=True),
        Command("import-config", FOLDER / "client.conf", raw=True),
        Command("wait", "recovered"),
        Command("wait", "idle", "--timeout", "1", status=1, steady=False),
        Command("report", "--html", "firmware-42", "--output", FOLDER / "report.html"),
        Command("report", "--offline", "--output", FOLDER / "report.tar.gz", steady=False),
        Command("handler-test", FOLDER / "handler", "--rounds", "1", steady=False),
        Command(*trial),
        # What changes something, and is refused as often as it is asked; only at the end one that is not.
        Command("cancel", "nothing", *yes(), status=1),
        Command("rollback", "--retry", status=1),
        Command("clear", status=1),
        Command("reload"),
        Command("cancel", "firmware-43", "--yes", "--status-details", "ticket=4711", "--client-token", "t-1", steady=False),
        Command("cancel", "firmware-43", "--force", "--wait-for-state", "CANCELED", status=None, raw=True, steady=False),
        Command("status"),
        *doctors(table),
    ]
