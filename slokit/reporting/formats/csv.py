"""The report as CSV, for a spreadsheet: one line a group, the columns of ``Report.to_frame``.

And its incidents, one line each of each group, which no column of a group has room for. No text
begins as a formula does: a spreadsheet would run it. An unknown number is an empty cell.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import StringIO
from typing import Any

from slokit.reporting.incidents import CLUSTER, chains
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
    return _lines(RECORD, (_cells(row.record()) for row in report.rows))


INCIDENT = (
    *("incident", "start", "end", "seconds", "is_ongoing", "service", "slo", "group", "owner"),
    *("bad", "bad_unit", "budget_share", "peak_burn", "alerts", "first_alert_seconds"),
)
"""The columns of incidents; those of one chain have one number, by what the chain cost."""


def render_incidents(report: Report, width: int) -> str:
    """All incidents of all groups, those together that belong together, the costliest first."""
    return _lines(INCIDENT, _incidents(report))


def _incidents(report: Report) -> Iterator[list[str]]:
    apart = {CLUSTER, *report.added}
    for number, chain in enumerate(chains(report), start=1):
        slos = {link.row.id for link in chain.links}
        hit = [
            (each, row)
            for row in report.rows
            if row.id in slos
            and chain.cluster == {n: v for n, v in row.group.items() if n in apart}
            for each in row.incidents
            if chain.over.start <= each.start and each.end <= chain.over.end
        ]
        for each, row in sorted(hit, key=lambda pair: pair[0].start):
            record = row.record()
            first = min(each.alerts_after.values(), default=None)
            cells = (
                *(number, rfc3339(each.start), rfc3339(each.end), each.end - each.start),
                *(str(each.is_ongoing).lower(), row.service, row.slo, record["group"], row.owner),
                *(each.bad, row.bad_unit.plural, each.budget_share, each.peak_burn),
                *(" ".join(each.alerts), first),
            )
            yield [_cell(value) for value in cells]


def _lines(names: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    file = StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(lines)
    return file.getvalue()


def _cells(record: Mapping[str, Any]) -> list[str]:
    return [
        rfc3339(value) if name in _TIMES and value is not None else _cell(value)
        for name, value in record.items()
    ]


def _cell(value: str | float | None) -> str:
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
INCIDENTS = Format("csv-incidents", render_incidents)
