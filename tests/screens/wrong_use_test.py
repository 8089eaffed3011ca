"""Wrong use of every verb of kedge: exactly one line, on stderr, that says what to type instead; exit status 2; nothing else is
done. The verbs and their options are read from the help.

wrong_use_test.py KEDGE
"""
import re
import subprocess
import sys

KEDGE = sys.argv[1]
# No such file: what would be done in spite of wrong use could not be.
NOWHERE = "/nonexistent/kedge.yaml"

# Values that an option or an operand cannot have. Whatever is not here takes any text, or a file's name.
BAD_VALUES = {
    "history": [["--status", "DONE"], ["--status", "QUEUED"], ["--verdict", "fine"], ["--since", "soon"],
                ["--until", "2026-02-30"], ["--limit", "0"], ["--limit", "many"], ["--page", "-1"], ["--limit", "99999999999999999999"]],
    "show": [["a job"], ["job#0"], ["job#x"], [""], ["\x1b[31mred"]],
    "logs": [["a job"], ["x" * 65]],
    "cancel": [["a job"]],
    "report": [["--html", "job#x"], ["job"], ["--html"], ["--jobs", "many"], ["--html", "job", "--offline"]],
    "rollback": [[]],
    "wait": [["dinner"], ["idle", "--timeout", "0"], ["idle", "--timeout", "soon"]],
    "setup": [["--port", "many", "--yes", "--json"]],
    "handler-test": [["x", "--rounds", "0"], ["x", "--seed", "-1"], ["x", "--limit", "soon"], ["x", "--grace", "9999"],
                     ["x", "y"]],
}
# Without operands they do something, or ask.
NEEDS_NOTHING = {"setup", "status", "watch", "history", "clear", "reload", "config", "metrics", "doctor", "report"}
TAKES_ANY = {"config"}

wrong = []
tried = 0


def help_of(*words):
    return subprocess.run([KEDGE, *words, "--help"], capture_output=True, text=True, check=True).stdout


def refuse(*words, names):
    """`names`: what the line has to tell to type."""
    global tried
    tried += 1
    done = subprocess.run([KEDGE, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    lines = done.stderr.splitlines()
    good = (done.returncode == 2 and done.stdout == "" and len(lines) == 1 and done.stderr.endswith("\n")
            and lines[0].startswith("kedge: ") and re.search(rf"\b(?:[Tt]ype|add): .*{names}", lines[0])
            and not re.search(r"[\x00-\x1f\x7f]", lines[0]))
    if not good:
        wrong.append(f"{words}: exit status {done.returncode}\n{done.stdout}{done.stderr}")


def options_of(verb):
    """(option, whether it takes a value), from the help; of several on a line nobody can tell."""
    text = re.split(r"\nExamples?:", help_of(verb))[0]
    for option, value in re.findall(r"^  (?:-[a-z], )?(--[a-z-]+)(?: ([A-Z]+))?(?![a-z,-])", text, re.MULTILINE):
        yield option, bool(value)


def main():
    listed = help_of().split("\nCommands:\n")[1].split("\nOptions:")[0]
    table = re.findall(r"^  ([a-z][a-z-]*)(?: (.*?))?(?:  |$)", listed, re.MULTILINE)
    refuse(names="kedge ")
    refuse("stauts", names="kedge status")
    refuse("hitsory", "--limit", "5", names="kedge history")
    refuse("Show", "job", names="kedge show JOB")
    refuse("quite-another-thing", names="kedge .*status")
    refuse("\x1b]0;owned\x07", names="kedge .*status")
    refuse("--no-such-option", names="kedge")
    for verb, usage in table:
        refuse(verb, "--no-such-option", names=f"kedge {verb}")
        refuse(verb, "--no-such-option=value", names=f"kedge {verb}")
        refuse(verb, "--\x1b]0;owned\x07\nno", names=f"kedge {verb}")
        # Of another verb.
        if verb not in ("history", "handler-test"):
            refuse(verb, "--rounds", "3", names=f"kedge {verb}")
        if verb not in NEEDS_NOTHING:
            refuse(verb, names=f"kedge {verb}")
        if verb not in TAKES_ANY:
            refuse(verb, *([] if verb in NEEDS_NOTHING else usage.split()[-1:]), "too", "much", names=f"kedge {verb}")
        for option, takes_value in options_of(verb):
            refuse(verb, *([option] if takes_value else [option + "=value"]), names=f"kedge {verb}")
        for values in BAD_VALUES.get(verb, []):
            refuse(verb, *values, *(["--config", NOWHERE] if verb != "import-config" else []), names=f"kedge {verb}")
    if wrong:
        print("\n".join(wrong), file=sys.stderr)
        raise SystemExit(f"{len(wrong)} of {tried} are wrong")
    print(f"{tried} kinds of wrong use of {len(table)} verbs: one line each, and exit status 2.")


if __name__ == "__main__":
    main()
