"""How a command tells findings, and whether they let it go on."""

import sys
from typing import TextIO

from slokit.api import Loaded
from slokit.findings import format_named
from slokit.spec.diagnostics import Severity


def show(loaded: Loaded, form: str = "text", stream: TextIO | None = None) -> None:
    """Write the findings to a stream; standard error by default."""
    target = stream or sys.stderr
    chosen = format_named(form)
    assert chosen is not None
    text = chosen.render(loaded.findings, loaded.texts)
    if text:
        print(text.rstrip("\n"), file=target)


def has_failed(loaded: Loaded, *, strict: bool) -> bool:
    """Whether the findings are errors, or warnings where those count."""
    bad = {Severity.ERROR, Severity.WARNING} if strict else {Severity.ERROR}
    return any(finding.level in bad for finding in loaded.findings)
