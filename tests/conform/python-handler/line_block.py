"""A block of lines in a text file, and a tree of folders: one step that can be undone at any instant.

Arguments of every verb: FILE NAME LINE FOLDER...
    FILE      absolute; the block goes to its end. It is made when it is not there
    NAME      letters, digits and '-': marks the block
    LINE      what stands in it
    FOLDER... absolute; each is made, parents first as they are given

What the state folder holds: `plan.json`, which is there before anything is changed and says what was there,
and `was`, a copy of FILE with its metadata. Without a plan nothing was changed.
"""

import json
import os
import re
import shutil
import sys

STATE = os.environ.get("KEDGE_STATE_DIR", "")
PLAN = os.path.join(STATE, "plan.json")
WAS = os.path.join(STATE, "was")


class Refused(Exception):
    """The reason why it cannot be done, for the operator."""


def sync_folder(path):
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def sync_file(path):
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def copy(source, target):
    """Content and metadata, durable when it returns."""
    shutil.copyfile(source, target, follow_symlinks=False)
    found = os.lstat(source)
    os.chown(target, found.st_uid, found.st_gid)
    shutil.copystat(source, target, follow_symlinks=False)
    sync_file(target)


def tell(line):
    """To the agent, if it listens. A dead agent is no reason to fail: it will undo all this."""
    try:
        os.write(int(os.environ["KEDGE_STATUS_FD"]), (line + "\n").encode())
    except (KeyError, ValueError, OSError):
        pass


def read_arguments(args):
    if len(args) < 3:
        raise Refused("expected FILE NAME LINE FOLDER...; %d arguments are given" % len(args))
    file, name, line, *folders = args
    for path in [file, *folders]:
        if not os.path.isabs(path) or os.path.normpath(path) != path:
            raise Refused("%r is not an absolute path in its shortest form" % path)
    if not re.fullmatch(r"[A-Za-z0-9-]+", name):
        raise Refused("the block's name %r has other characters than letters, digits and -" % name)
    if "\n" in line:
        raise Refused("a line has no line end in it")
    return file, name, line, folders


def block(name, line):
    return ("# begin %s\n%s\n# end %s\n" % (name, line, name)).encode(errors="surrogateescape")


def temporary(file):
    return file + ".line-block"


def content(path):
    with open(path, "rb") as file:
        return file.read()


def facts(path):
    found = os.lstat(path)
    return [found.st_mode, found.st_uid, found.st_gid, found.st_mtime_ns]


def read_plan():
    """None: nothing was changed yet."""
    try:
        return json.loads(content(PLAN))
    except FileNotFoundError:
        return None


def make_plan(file, folders):
    """Everything that rollback needs, durable before the first change."""
    there = os.path.lexists(file)
    if there:
        copy(file, WAS)
    plan = {"file": file, "there": there, "folders": [f for f in folders if not os.path.lexists(f)]}
    with open(PLAN + ".new", "w", encoding="ascii") as new:
        json.dump(plan, new)
        new.flush()
        os.fsync(new.fileno())
    os.rename(PLAN + ".new", PLAN)
    sync_folder(STATE)
    return plan


def check(args):
    file, _, _, folders = read_arguments(args)
    if os.path.lexists(file):
        found = os.lstat(file)
        if not os.path.isfile(file) or os.path.islink(file):
            raise Refused("%s is not a plain file" % file)
        if found.st_nlink > 1:
            raise Refused("%s has other names, which a new file would lose" % file)
    elif not os.path.isdir(os.path.dirname(file)):
        raise Refused("the folder of %s does not exist" % file)
    for folder in folders:
        if os.path.lexists(folder) and not os.path.isdir(folder):
            raise Refused("%s is there and is no folder" % folder)


def run(args):
    check(args)
    file, name, line, folders = read_arguments(args)
    plan = read_plan() or make_plan(file, folders)
    tell("step=making folders")
    for i, folder in enumerate(folders):
        if not os.path.isdir(folder):
            os.mkdir(folder, 0o755)
            sync_folder(os.path.dirname(folder))
        tell("progress=%d" % (50 * (i + 1) // len(folders)))
    tell("step=writing the block")
    old = content(WAS) if plan["there"] else b""
    with open(temporary(file), "wb") as new:
        new.write(old + block(name, line))
    if plan["there"]:
        found = os.lstat(file)
        os.chown(temporary(file), found.st_uid, found.st_gid)
        os.chmod(temporary(file), found.st_mode & 0o7777)
    sync_file(temporary(file))
    os.rename(temporary(file), file)
    sync_folder(os.path.dirname(file))
    tell("progress=100")


def rollback(_):
    plan = read_plan()
    if plan is None:
        return
    file = plan["file"]
    if plan["there"]:
        copy(WAS, temporary(file))
        os.rename(temporary(file), file)
    else:
        for path in (file, temporary(file)):
            if os.path.lexists(path):
                os.unlink(path)
    sync_folder(os.path.dirname(file))
    for folder in reversed(plan["folders"]):
        if os.path.isdir(folder):
            os.rmdir(folder)  # what somebody else has put in it is not ours to remove: this fails and says so
            sync_folder(os.path.dirname(folder))


def verify_done(args):
    file, name, line, folders = read_arguments(args)
    differences = []
    if not os.path.isfile(file) or block(name, line) not in content(file):
        differences.append("%s: without the block %s, was written with it" % (file, name))
    differences += ["%s: absent, was made" % folder for folder in folders if not os.path.isdir(folder)]
    return differences


def verify_undone(_):
    plan = read_plan()
    if plan is None:
        return []
    file = plan["file"]
    differences = []
    if not plan["there"]:
        if os.path.lexists(file):
            differences.append("%s: is there, was absent" % file)
    elif not os.path.lexists(file):
        differences.append("%s: absent, was there" % file)
    elif content(file) != content(WAS):
        differences.append("%s: %d bytes, was %d bytes of another content"
                           % (file, os.path.getsize(file), os.path.getsize(WAS)))
    elif facts(file) != facts(WAS):
        differences.append("%s: %s, was %s" % (file, facts(file), facts(WAS)))
    if os.path.lexists(temporary(file)):
        differences.append("%s: is there, was absent" % temporary(file))
    differences += ["%s: is there, was absent" % f for f in plan["folders"] if os.path.lexists(f)]
    return differences


def verify(args):
    ways = {"done": verify_done, "undone": verify_undone}
    expected = os.environ.get("KEDGE_EXPECT", "")
    if expected not in ways:
        raise Refused("KEDGE_EXPECT is %r" % expected)
    return ways[expected](args)


def main(verb):
    """Exit status 0 done or as expected, 1 failed or differences, 2 refused (verify: cannot tell)."""
    try:
        differences = verb(sys.argv[1:])
    except Refused as why:
        print("line-block: %s" % why, file=sys.stderr)
        sys.exit(2)
    except OSError as why:
        print("line-block: %s" % why, file=sys.stderr)
        sys.exit(3 if verb is verify else 1)
    for difference in differences or []:
        print(difference)
    sys.exit(1 if differences else 0)
