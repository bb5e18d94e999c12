"""Do the series have the labels that name their members?

Finds SLK648, where no series has a label that `member` names: all of them are one member then, and
one of them that vanishes is not missed. Labels that an expression keeps are not looked into.
"""

from collections.abc import Iterator
from dataclasses import replace

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding
from slokit.livecheck.checks.base import Check
from slokit.livecheck.engine import probes, wording
from slokit.livecheck.engine.batches import Query
from slokit.livecheck.engine.context import CheckContext
from slokit.livecheck.engine.missing import labels_of
from slokit.livecheck.engine.series import InputSeries
from slokit.promql.counting import offset
from slokit.promql.selector import Matcher
from slokit.text.similar_names import did_you_mean_one_of


def run(context: CheckContext) -> Iterator[Finding]:
    """A finding for each label that no series of a side has."""
    wanted = [
        (series, label)
        for series in context.series
        for label in context.questions(series.slo).named_by
        if series.is_selector
        and series.side.role != "member"
        and context.exists(series)
        and not _is_asked_elsewhere(series, label)
    ]
    named = context.batch.ask(_with_label(series, label) for series, label in wanted)
    nameless = [each for each in wanted if named[_with_label(*each)].is_empty]
    context.batch.ask(_any_series(series) for series, _ in nameless)
    for series, label in nameless:
        has = labels_of(context.batch, _any_series(series))
        hint = did_you_mean_one_of(label, has) or f"they have {wording.quoted(has, 8)}"
        message = f"no series of {series.name} has the label '{label}', which names its members"
        location = series.slo.sli_location.at("member")
        yield Finding(codes.NO_MEMBER_LABEL, message, location, hint)


def _is_asked_elsewhere(series: InputSeries, label: str) -> bool:
    """Whether a join adds the label, or group_labels looks at it, as it is a group's, too."""
    join = series.slo.folding.join
    if label in (*series.slo.folding.names, *series.slo.folding.sources):
        return True
    return series.is_joined and join is not None and label in join.labels


def _with_label(series: InputSeries, label: str) -> Query:
    selector, late = series.selectors[0]
    named = replace(selector, matchers=(*selector.matchers, Matcher(label, "!=", "")))
    return Query(probes.exists(f"{named}{offset(late)}"), series.subject)


def _any_series(series: InputSeries) -> Query:
    return Query(probes.any_series(series.promql), series.subject)


CHECK = Check("member-labels", (codes.NO_MEMBER_LABEL,), run, __doc__)
