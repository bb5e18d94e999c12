"""What commands print, how wide, and the exit codes that a CI job may rely on."""

import os
import shutil
import sys
import time
from collections.abc import Mapping
from enum import IntEnum
from typing import TYPE_CHECKING, Self, TextIO

from slokit.text.escaping import inert, visible
from slokit.text.words import counted, first_few

if TYPE_CHECKING:
    from slokit.api import Loaded

_SLOW = 2.0
_CLEAR = "\r\033[K"


class Exit(IntEnum):
    """The exit codes: docs/reference/exit-codes.md says when each comes."""

    FINE = 0
    ERRORS = 1
    USAGE = 2
    NO_SPECS = 3
    ENVIRONMENT = 4
    BREACHED = 5
    UNKNOWN = 6


def screen_width(piped: int) -> int:
    """The columns of the terminal; ``piped`` where standard output is none."""
    is_screen = getattr(sys.stdout, "isatty", bool)()  # a closed one is None
    return shutil.get_terminal_size().columns if is_screen else piped


def say(line: str, stream: TextIO | None = None) -> None:
    """Print a line with a name in it that slokit did not choose; no name steers what shows it."""
    print(inert(visible(line)), file=stream or sys.stdout)


def show_findings(loaded: "Loaded", form: str = "text", stream: TextIO | None = None) -> None:
    """Write the findings to a stream; standard error by default."""
    from slokit import api

    stream = stream or sys.stderr
    if text := api.render(loaded, form, colour=has_colour(stream, os.environ)):
        print(text.rstrip("\n"), file=stream)


def has_colour(stream: TextIO, environment: Mapping[str, str]) -> bool:
    """Whether a stream takes colours: a terminal does, unless the environment says otherwise.

    NO_COLOR turns them off and FORCE_COLOR on (https://no-color.org, https://force-color.org);
    an empty one says nothing. A dumb terminal has none.
    """
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR"):
        return True
    is_screen = getattr(stream, "isatty", bool)()
    return is_screen and environment.get("TERM") != "dumb"


def show_skipped(loaded: "Loaded", most: int = 5) -> None:
    """Name the YAML documents that were passed over, on standard output."""
    if loaded.skipped:
        files = first_few(list(dict.fromkeys(loaded.skipped)), most)
        say(f"skipped {counted(len(loaded.skipped), 'YAML document')}, no slokit specs: {files}")


def show_elsewhere(loaded: "Loaded") -> None:
    """Say on standard error that files which were not named have errors; they count for nothing."""
    if errors := loaded.errors_elsewhere:
        files = counted(len({f.place.file for f in errors if f.place}), "file")
        print(
            f"{counted(len(errors), 'error')} in {files} that were not named:"
            " `slokit validate` shows all",
            file=sys.stderr,
        )


def has_failed(loaded: "Loaded", *, strict: bool) -> bool:
    """Whether the findings are errors, or warnings where those count."""
    from slokit.api import Severity

    bad = {Severity.ERROR, Severity.WARNING} if strict else {Severity.ERROR}
    return any(finding.level in bad for finding in loaded.findings)


class Progress:
    """Says on a terminal what goes on, once a command takes longer than two seconds."""

    def __init__(self) -> None:
        self._begun = time.monotonic()
        self._has_spoken = False

    def __call__(self, text: str) -> None:
        """Say it, over what was said before."""
        if sys.stderr.isatty() and time.monotonic() - self._begun > _SLOW:
            line = text[: shutil.get_terminal_size().columns - 1]
            print(f"{_CLEAR}{line}", end="", file=sys.stderr, flush=True)
            self._has_spoken = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_fault: object) -> None:
        if self._has_spoken:
            print(_CLEAR, end="", file=sys.stderr, flush=True)
