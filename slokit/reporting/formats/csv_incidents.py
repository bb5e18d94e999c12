"""The incidents of a report as CSV, for a spreadsheet: one line each of each group that one hit.

No column of a group has room for them. Cells are written as in the report's own CSV.
"""

from collections.abc import Iterator

from slokit.reporting.formats.csv import cell, lines
from slokit.reporting.incidents import CLUSTER, chains
from slokit.reporting.model import Report
from slokit.text.format import Format
from slokit.text.moments import rfc3339

INCIDENT = (
    *("incident", "start", "end", "seconds", "is_ongoing", "service", "slo", "group", "owner"),
    *("bad", "bad_unit", "budget_share", "peak_burn", "alerts", "first_alert_seconds"),
)
"""The columns of incidents; those of one chain have one number, by what the chain cost."""


def render(report: Report, width: int) -> str:
    """All incidents of all groups, those together that belong together, the costliest first."""
    return lines(INCIDENT, _incidents(report))


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
            yield [cell(value) for value in cells]


FORMAT = Format("csv-incidents", render)
