"""How a command tells findings, and whether they let it go on."""

import sys
from typing import TextIO

from slokit.api import Loaded, Severity, render


def show(loaded: Loaded, form: str = "text", stream: TextIO | None = None) -> None:
    """Write the findings to a stream; standard error by default."""
    if text := render(loaded, form):
        print(text.rstrip("\n"), file=stream or sys.stderr)


def has_failed(loaded: Loaded, *, strict: bool) -> bool:
    """Whether the findings are errors, or warnings where those count."""
    bad = {Severity.ERROR, Severity.WARNING} if strict else {Severity.ERROR}
    return any(finding.level in bad for finding in loaded.findings)
