"""Do the series have the labels that the SLO is grouped and joined by?

Finds SLK606: an error where no series has a label, a warning where some lack it. Whether both sides
have the same values of them is asked by same_groups.
"""

from collections import defaultdict
from collections.abc import Iterator

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding, Location, Severity
from slokit.livecheck.checks.base import Check
from slokit.livecheck.engine import probes, wording
from slokit.livecheck.engine.batches import Query
from slokit.livecheck.engine.context import CheckContext
from slokit.livecheck.engine.missing import labels_of
from slokit.livecheck.engine.series import INFO, InputSeries
from slokit.text.similar_names import did_you_mean_one_of


def run(context: CheckContext) -> Iterator[Finding]:
    """A finding for each label that all or some of the series lack."""
    by_label: dict[tuple[str, str], list[InputSeries]] = defaultdict(list)
    for series in context.series:
        for label in series.needed_labels:
            if _share_without(context, series, label):
                by_label[series.slo.id, label].append(series)
    context.batch.ask(_any_series(series) for found in by_label.values() for series in found)
    for (_, label), found in by_label.items():
        yield _of_label(context, label, found)


def _of_label(context: CheckContext, label: str, found: list[InputSeries]) -> Finding:
    location, role = _role(label, found[0])
    none = [series for series in found if _share_without(context, series, label) == 1]
    names = ", ".join(dict.fromkeys(series.name for series in none or found))
    if none:
        has = sorted({n for s in none for n in labels_of(context.batch, _any_series(s))})
        hint = did_you_mean_one_of(label, has) or f"they have {wording.quoted(has, 8)}"
        message = f"no series of {names} has the label '{label}', {role}"
        return Finding(codes.NO_GROUP_LABEL, message, location, hint)
    share = max(_share_without(context, series, label) for series in found)
    message = f"some series of {names} lack the label '{label}', {role}"
    hint = f"{share:.0%} of the label combinations: they fall into a group without a name"
    return Finding(codes.NO_GROUP_LABEL, message, location, hint, severity=Severity.WARNING)


def _role(label: str, series: InputSeries) -> tuple[Location, str]:
    slo, join = series.slo, series.slo.folding.join
    if series.side.role == INFO and join is not None:
        does = "adds" if label in join.sources else "matches by"
        return slo.location_of("join"), f"which the join {does}"
    if join is not None and label in join.by and label not in slo.folding.sources:
        return slo.location_of("join"), "which the join matches by"
    return slo.location_of("group_by"), "which the SLO is grouped by"


def _share_without(context: CheckContext, series: InputSeries, label: str) -> float:
    """The share of what is there that lacks a label: 0 none, 1 all."""
    rows = context.labels(series).samples
    lacking = sum(1 for row in rows if not row.labels.get(label))
    return lacking / len(rows) if rows else 0.0


def _any_series(series: InputSeries) -> Query:
    return Query(probes.any_series(series.promql), series.subject)


CHECK = Check("group-labels", (codes.NO_GROUP_LABEL,), run, __doc__)
