"""An alert as the user gives it: labels that were pasted, a file, or standard input."""

from pathlib import Path

from slokit.diagnostics.errors import UsageError
from slokit.project.workspace import STDIN, read_file
from slokit.text.words import clip


def alert_text(given: str) -> str:
    """The text itself.

    Raises:
        UsageError: it is no file, and no labels either; or the file is no text.
        BrokenEnvironmentError: the file cannot be read.
    """
    if given != STDIN and not _is_file(given):
        if given.lstrip().startswith(("{", "[")) or "=" in given:
            return given
        raise UsageError(f"no such file {clip(given)!r}, and no labels of an alert")
    text, findings = read_file(Path(given))
    if findings:
        raise UsageError(f"{clip(given)}: {findings[0].message}")
    return text


def _is_file(given: str) -> bool:
    try:
        return Path(given).is_file()
    except (OSError, ValueError):  # labels are longer than any name, or no name at all
        return False
