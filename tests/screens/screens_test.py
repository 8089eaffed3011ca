"""Every command of kedge on a real device (stage.cc): in a terminal of 80 and of 160 columns, with and without colour; into a
pipe; as JSON against its schema; and README and the manual page against what the terminal showed.

screens_test.py SOURCE JSON-SAMPLE [--write] [--print]    --write: the pages get what is shown now.
"""
import json
import os
import pathlib
import re
import subprocess
import sys

import pages
import terminal
from schema import Schema
from typed import FOLDER, KEDGE, Command, commands, kedge, piped, prepare

SOURCE = pathlib.Path(sys.argv[1])
SAMPLE = sys.argv[2]
WRITE = "--write" in sys.argv[3:]
WIDTHS = (80, 160)
# Colours and nothing else that a terminal obeys; `watch` draws over what was there.
COLOURED = ["status", "watch", "history", "show", "logs", "check", "config"]

wrong = []


def note(what):
    wrong.append(what)
    print(f"WRONG: {what}", file=sys.stderr)


# --- in a terminal


def show(command, columns, colour, rows=50):
    if not command.until:
        return terminal.run(kedge(command.words), columns, rows, colour)
    shown = terminal.run(kedge(command.words), columns, rows, colour, until=lambda text: command.until in text)
    if shown.status != -2:
        note(f"{command}: Ctrl-C ends it with {shown.status}")
    # What was drawn first, or all before that key.
    text = shown.text.split("\x1b[2J\x1b[H")[-1].split("\x1b[J")[0].split("^C")[0]
    return terminal.Shown(0, terminal.DRAWING.sub("", text))


def too_wide(text, columns):
    for line in text.split("\n"):
        # What has no blank to be broken at stays whole, so that it can be copied.
        if terminal.width(line) > columns and " " in line.strip():
            yield line


def words_of(text):
    return " ".join(pages.likeness(text)).split()


def look(command):
    """In terminals and in a pipe. Gives the coloured texts by width."""
    shown = {}
    for columns in WIDTHS if command.steady else WIDTHS[:1]:
        coloured = show(command, columns, True)
        plain = show(command, columns, False)
        text = terminal.plain(coloured.text)
        where = f"{command}, {columns} columns"
        if not {coloured.status, plain.status} <= command.statuses():
            note(f"{where}: exit status {coloured.status} and {plain.status}, not {command.statuses()}:\n{text}")
        if command.status == 0 and command.verb in COLOURED and command.words[-1] != "nothing-*" and coloured.text == text:
            note(f"{where}: has no colour")
        if terminal.COLOUR.search(plain.text):
            note(f"{where}: has colours in spite of NO_COLOR")
        for danger in terminal.dangers(text) + terminal.dangers(terminal.plain(plain.text)):
            note(f"{where}: {danger} gets to the terminal")
        if command.steady and pages.likeness(text) != pages.likeness(terminal.plain(plain.text)):
            note(f"{where}: says another thing in colour:\n{text}\n--- and without:\n{plain.text}")
        for line in [] if command.raw else too_wide(text, columns):
            note(f"{where}: too wide: {line}")
        shown[columns] = text
    if command.steady and not command.until:
        into_pipe(command, shown[WIDTHS[-1]])
    return shown


def into_pipe(command, shown):
    result = piped(command.words)
    if "\x1b" in result.stdout + result.stderr:
        note(f"{command}: has escape codes in a pipe")
    if words_of(result.stdout + result.stderr) != words_of(shown):
        note(f"{command}: says another thing in a pipe:\n{result.stdout}{result.stderr}\n--- in a terminal:\n{shown}")
    if command.status != 0 and (result.stdout == "") == (result.stderr == ""):
        note(f"{command}: a failure has to be told once: on stderr, or as the answer on stdout")


def look_at_dumb_terminal():
    shown = terminal.run(kedge(["status"]), 80, kind="dumb")
    if "\x1b" in shown.text or "Thing: pi-1" not in shown.text:
        note(f"kedge status, TERM=dumb: {shown.text!r}")


def look_at_low_terminal():
    """What is higher than the screen could not be drawn over: `watch` cuts it, and says so."""
    rows = 9
    shown = show(Command("watch", until_interrupted=True), 80, False, rows)
    lines = shown.text.rstrip("\n").split("\n")
    if len(lines) > rows - 1 or lines[-1] != "..." or "Thing: pi-1" not in lines[0]:
        note(f"kedge watch, {rows} rows: {lines}")


# --- as JSON


def help_of(*words):
    return subprocess.run([*KEDGE, *words, "--help"], capture_output=True, text=True, check=True).stdout


def verbs():
    table = help_of().split("\nCommands:\n", 1)[1].split("\nOptions:", 1)[0]
    return re.findall(r"^  ([a-z][a-z-]*)", table, re.MULTILINE)


def schemas():
    """By verb."""
    found = {path.name.removesuffix(".schema.json"): path for path in SOURCE.glob("agent/**/*.schema.json")}
    found.pop("common")
    return found


def answer_as_json(command):
    words = [*command.words, "--json"]
    if command.until:
        begun = "\n" if command.verb == "watch" else '"event":"output"'
        shown = terminal.run(kedge(words), 80, until=lambda text: begun in text and text.endswith("\n"))
        return "\n".join(line for line in shown.text.split("^C")[0].split("\n") if line)
    result = piped(words)
    if result.returncode not in command.statuses():
        note(f"{command} --json: exit status {result.returncode}, not {command.statuses()}: {result.stderr}")
    return result.stdout


def as_json(command, schema):
    text = answer_as_json(command)
    # A failure before there is an answer is said on stderr.
    if not text and command.status != 0:
        return
    for document in text.splitlines() if command.lines else [text]:
        try:
            for problem in schema.look(json.loads(document)):
                note(f"{command} --json: {problem}")
        except ValueError as failure:
            note(f"{command} --json: no JSON ({failure}): {document[:200]!r}")


# Members that neither this device nor the sample has: the tests of these verbs bring them about.
ELSEWHERE = {"logs": {"bytes"}, "setup": {"answer", "error"}, "handler-test": {"notTested", "cases.[].seen"}}


def look_at_samples(loaded):
    """Every member that the schemas know has been in some JSON; every event of the source is in the schema."""
    folder = FOLDER / "samples"
    folder.mkdir()
    subprocess.run([SAMPLE, folder], check=True)
    for file in sorted(folder.iterdir()):
        for verb in ("status", "watch") if file.name.startswith("status.") else (file.name.split(".")[0],):
            for problem in loaded[verb].look(json.loads(file.read_text())):
                note(f"json_sample, {file.name}: {problem}")
    for verb, schema in loaded.items():
        if verb == "doctor":  # which has a sample of its own
            continue
        unseen = set(schema.unseen()) - ELSEWHERE.get(verb, set())
        # An event's details are those of show.
        for member in unseen if verb != "run" else {name for name in unseen if not name.startswith("detail.")}:
            note(f"{schema.path.name} has '{member}', which no JSON had")
    source = "".join(path.read_text() for path in SOURCE.glob("agent/core/*.cc"))
    common = json.loads((SOURCE / "agent/commands/schemas/common.schema.json").read_text())
    events = set(common["definitions"]["event"]["properties"]["event"]["enum"])
    for event in set(re.findall(r'\bNote\(\s*"([a-z-]+)"', source)) ^ events:
        note(f"the event '{event}' is in the source or in common.schema.json, and not in both")


# --- help


def look_at_help(*words):
    name = " ".join(["kedge", *words, "--help"])
    for columns in WIDTHS:
        shown = terminal.run([*KEDGE, *words, "--help"], columns)
        if shown.status != 0:
            note(f"{name}: exit status {shown.status}")
        # Examples are there to be copied, line by line.
        text = re.sub(r"^Examples:\n(  .*\n)*", "", shown.text, flags=re.MULTILINE)
        for line in too_wide(text, columns):
            note(f"{name}, {columns} columns: too wide: {line}")
        if shown.text.split() != help_of(*words).split():
            note(f"{name}, {columns} columns: says another thing than in a pipe")


# --- the pages


def hold_pages():
    """README is read on a screen, the manual page in a terminal of 80 columns, with a margin on either side."""
    screens = {"status": ["status"], "watch": ["watch"], "history": ["history"], "show": ["show", "firmware-42"]}
    found = set()
    for page, columns in (("README.md", 120), ("agent/operator/kedge.1", 73)):
        now = {}
        for name, words in screens.items():
            text = terminal.plain(show(Command(*words, until_interrupted=name == "watch"), columns, False).text)
            # How steps are contained is the machine's affair.
            now[name] = re.sub(r"^      Note: .*\n(?: {12}.*\n)*", "", text, flags=re.MULTILINE)
            if pages.likeness(now[name]) == pages.likeness(now[name].replace("firmware", "software", 1)):
                note(f"{name}: the pages are not held to it")
        stale, names = pages.hold(SOURCE / page, now, WRITE)
        for difference in stale:
            note(f"{page} is stale; after a look at it: screens_stage ... --write, see tests/screens/README.md\n{difference}")
        found |= names
    for name in screens.keys() - found:
        note(f"no page shows the screen '{name}'")


def main():
    if os.geteuid() != 0:
        print("skipped: the journal, and what setup looks at, are root's")
        return 77
    prepare()
    table = verbs()
    found = schemas()
    with_json = [verb for verb in table if "--json" in help_of(verb)]
    for verb in set(with_json) ^ found.keys():
        note(f"{verb}: has no schema" if verb in with_json else f"{verb}: has a schema, and no --json")
    loaded = {verb: Schema(path) for verb, path in found.items()}
    hold_pages()
    look_at_dumb_terminal()
    look_at_low_terminal()
    tried = commands(table)
    for verb in set(table) - {command.verb for command in tried}:
        note(f"{verb}: this test does not try it")
    for command in tried:
        for columns, text in look(command).items():
            if "--print" in sys.argv:
                print(f"--- {command}, {columns} columns\n{text}")
        if command.verb in with_json:
            as_json(command, loaded[command.schema])
    look_at_samples(loaded)
    look_at_help()
    for verb in table:
        look_at_help(verb)
    if wrong:
        raise SystemExit(f"{len(wrong)} wrong")
    print(f"{len(tried)} commands of {len(table)} verbs: as they should be.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
