"""The report as CSV, for a spreadsheet: one line a group, the columns of ``Report.to_frame``.

No text begins as a formula does: a spreadsheet would run it. An unknown number is an empty cell.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from io import StringIO
from typing import Any

from slokit.reporting.model import RECORD, Report
from slokit.text.escaping import visible
from slokit.text.format import Format
from slokit.text.moments import rfc3339

# What Excel, LibreOffice and Google Sheets take for the begin of a formula, also behind blanks.
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_TIMES = (
    *(f"{what}_{end}" for what in ("window", "period", "compare") for end in ("from", "to")),
    *(f"exhausted_{what}" for what in ("earliest", "likely", "latest")),
)


def render(report: Report, width: int) -> str:
    """All rows, in their order, below a line with the names of the columns."""
    return lines(RECORD, (_cells(row.record()) for row in report.rows))


def lines(names: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """The text of a file: a line with names, and a line for each row."""
    file = StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(rows)
    return file.getvalue()


def _cells(record: Mapping[str, Any]) -> list[str]:
    return [
        rfc3339(value) if name in _TIMES and value is not None else cell(value)
        for name, value in record.items()
    ]


def cell(value: str | float | None) -> str:
    """Text as text; a number in full, whose sign begins no formula."""
    if value is None:
        return ""
    return _inert(visible(value)) if isinstance(value, str) else repr(value)


def _inert(text: str) -> str:
    """A text that no spreadsheet takes for a formula: an apostrophe before what begins as one.

    >>> _inert("=HYPERLINK(1)"), _inert("a=b"), _inert(" @x")
    ("'=HYPERLINK(1)", 'a=b', "' @x")
    """
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text


FORMAT = Format("csv", render)
