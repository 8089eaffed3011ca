"""The screens that README and the manual pages show, held to what the programs print.

A screen stands in a page behind a line that names it: in Markdown `<!-- screen: status -->` before a block of code, in mdoc
`.\\" screen: status` before `.Bd -literal`. What it shows was printed by a device once; whatever differs from one run to the
next (times, lengths of time, sizes, the version) may differ from what is printed now, and so may the line breaks and the
columns' widths that hang on them. Every word else, its line and its order have to be the same.

pages.py [--write] [--exact] PAGE... -- NAME=FILE...    FILE: what is printed now. --write puts it into the pages. --exact: of
what does not differ from run to run, every character counts.
"""
import difflib
import pathlib
import re
import sys

MARKER = re.compile(r'^(?:<!-- screen: (\S+) -->|\.\\" screen: (\S+))$')
NAMES = ("status", "watch", "history", "show", "doctor")

FIGURES = [
    # What was too short or too little to be measured is not told.
    (re.compile(r"; took \d+ m?s(, \d+ m?s of processor time)?(, at most [\d.]+ \w+ of memory)?"), "; took USAGE"),
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"), "TIME"),
    (re.compile(r"\b\d+[dhm] \d\d[hms]\b|\b\d+(\.\d+)?s\b|\b\d+ ms\b|\b\d+\.\d s\b"), "SPAN"),
    (re.compile(r"\b\d+(\.\d+)? (B|KiB|MiB|GiB)\b"), "SIZE"),
    (re.compile(r"\b\d+\.\d+\.\d+\b"), "VERSION"),
]
# A line that goes on with the one before: it is indented, and has no label.
CONTINUED = re.compile(r"^ {4,}(?! *[A-Z][a-z ]*: )\S")


def likeness(screen):
    """What two runs of the same have in common, a line each."""
    lines = []
    for line in screen.splitlines():
        if CONTINUED.match(line) and lines:
            lines[-1] += " " + line.strip()
        else:
            lines.append(line)
    return [_without_figures(line) for line in lines]


def _without_figures(line):
    indent = line[: len(line) - len(line.lstrip(" "))]
    line = re.sub(r" +", " ", line.strip())
    for figure, word in FIGURES:
        line = figure.sub(word, line)
    return indent + line


def to_mdoc(line):
    line = line.replace("\\", "\\e")
    return "\\&" + line if line.startswith((".", "'")) else line


def from_mdoc(line):
    return line.removeprefix("\\&").replace("\\e", "\\")


def blocks(lines):
    """(name, first line of the screen, the line behind its last)."""
    for i, line in enumerate(lines):
        marker = MARKER.match(line)
        if not marker:
            continue
        name = marker[1] or marker[2]
        first = i + 2
        begins = lines[i + 1].startswith("```") if marker[1] else lines[i + 1].startswith(".Bd -literal")
        end = "```" if marker[1] else ".Ed"
        if not begins or name not in NAMES:
            raise SystemExit(f"the screen '{name}' is not known, or no block stands behind its line")
        yield name, first, lines.index(end, first)


def hold(path, screens, write, like=likeness):
    """What is stale in the page."""
    page = pathlib.Path(path)
    lines = page.read_text().splitlines()
    is_mdoc = page.suffix != ".md"
    stale = []
    found = set()
    for name, first, behind in reversed(list(blocks(lines))):
        found.add(name)
        if name not in screens:
            continue
        shown = [from_mdoc(line) if is_mdoc else line for line in lines[first:behind]]
        # The first line is what was typed.
        now = [shown[0], *screens[name].rstrip("\n").split("\n")]
        if write:
            lines[first:behind] = [to_mdoc(line) if is_mdoc else line for line in now]
        elif like("\n".join(shown)) != like("\n".join(now)):
            before, after = like("\n".join(shown)), like("\n".join(now))
            stale.append("\n".join(difflib.unified_diff(before, after, str(page), "printed now", lineterm="")))
    if write:
        page.write_text("\n".join(lines) + "\n")
    return stale, found


def main(words):
    write = "--write" in words
    like = str.splitlines if "--exact" in words else likeness
    words = [word for word in words if word not in ("--write", "--exact")]
    cut = words.index("--")
    screens = {name: pathlib.Path(file).read_text() for name, file in (word.split("=", 1) for word in words[cut + 1 :])}
    stale, found = [], set()
    for page in words[:cut]:
        more, names = hold(page, screens, write, like)
        stale += more
        found |= names
    stale += [f"no page shows the screen '{name}'" for name in screens if name not in found]
    print("\n".join(stale), end="\n" if stale else "", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
