"""Runs a program in a terminal of its own, of a given size, and gives what it has written there."""
import dataclasses
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
import unicodedata

PATIENCE = 30  # seconds

# What a program may use to colour and to draw; anything else that begins with ESC came from elsewhere.
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
DRAWING = re.compile(r"\x1b\[(?:2J|H|K|J)")


@dataclasses.dataclass
class Shown:
    status: int
    text: str  # as written, but for the terminal's own carriage returns


def run(argv, columns, rows=50, colour=True, until=None, kind="xterm-256color"):
    """To its end; or, with `until`, a function of the text so far, to the moment when that is true: then Ctrl-C is typed."""
    environment = {**os.environ, "TERM": kind, "TZ": "UTC", "LANG": "C.UTF-8"}
    environment.pop("NO_COLOR", None)
    if not colour:
        environment["NO_COLOR"] = "1"
    pid, terminal = pty.fork()
    if pid == 0:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # who was started in the background has it ignored
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        os.execvpe(argv[0], argv, environment)
    written = b""
    deadline = time.monotonic() + PATIENCE
    typed = False
    try:
        while True:
            if until and not typed and until(_text(written)):
                os.write(terminal, b"\x03")
                typed = True
            ready, _, _ = select.select([terminal], [], [], max(0, deadline - time.monotonic()))
            if not ready:
                raise TimeoutError(f"{argv} has not ended within {PATIENCE} s:\n{_text(written)}")
            try:
                part = os.read(terminal, 65536)
            except OSError:  # how Linux says that the last writer has closed it
                break
            if not part:
                break
            written += part
    except BaseException:
        os.kill(pid, signal.SIGKILL)
        raise
    finally:
        os.close(terminal)
        _, status = os.waitpid(pid, 0)
    return Shown(os.waitstatus_to_exitcode(status), _text(written))


def _text(written):
    return written.decode("utf-8", "surrogateescape").replace("\r\n", "\n")


def plain(text):
    return COLOUR.sub("", text)


def width(line):
    """In columns, of a line without colours."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line
    )


def dangers(text):
    """Characters that a terminal would obey, or that turn the direction of writing."""
    return sorted(
        {hex(ord(c)) for c in text if c != "\n" and (unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp"))}
    )
