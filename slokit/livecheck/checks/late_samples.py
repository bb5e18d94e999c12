"""Do samples come so late that nothing is there at the moment of an evaluation?

Finds SLK624, where the newest sample of a selector is between five minutes and an hour old, and its
targets did not end. What is older, or ended, is gone: metric_exists says so.
"""

import math
from collections.abc import Iterator

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding
from slokit.livecheck.checks.base import Check
from slokit.livecheck.engine import probes, wording
from slokit.livecheck.engine.batches import Query
from slokit.livecheck.engine.context import CheckContext
from slokit.livecheck.engine.missing import Missing, Seen
from slokit.livecheck.engine.series import LATEST
from slokit.promql.counting import offset

_MINUTE = 60
_SEEN_ON = 150
"""A series without new samples is seen for five minutes more, one that ended for a scrape."""


def run(context: CheckContext) -> Iterator[Finding]:
    """A finding for each selector whose samples come late, with the offset that it needs."""
    missing = [m for m in context.missing.all if _may_be_late(context, m)]
    context.batch.ask(query for m in missing for query in (_newest(m), _seen_last(m)))
    for one in missing:
        if seconds := lateness(context, one):
            yield _late(one, seconds)


def lateness(context: CheckContext, missing: Missing) -> int:
    """How many seconds late samples come, in whole minutes; 0 where they do not, or are gone."""
    if not _may_be_late(context, missing):
        return 0
    age = context.batch.answer(_newest(missing)).value
    last = context.batch.answer(_seen_last(missing)).value
    if age is None or last is None or age - last < _SEEN_ON:
        return 0
    minutes = math.ceil(age / _MINUTE) * _MINUTE
    return minutes if minutes <= LATEST else 0


def _late(missing: Missing, seconds: int) -> Finding:
    late, series = wording.seconds(seconds), missing.series
    name = missing.selector.metric() or str(missing.selector)
    message = f"'{name}' has no sample of now: its samples come {late} late"
    hint = f"set `offset: {late}`"
    if not series.is_selector:
        hint = f"write `{name} offset {late}`, with the offset behind its braces and range"
    elif series.slo.folding.offset:
        hint += f" instead of{offset(series.slo.folding.offset).removeprefix(' offset')}"
    return Finding(codes.LATE_SAMPLES, message, series.location, hint)


def _may_be_late(context: CheckContext, missing: Missing) -> bool:
    return not missing.series.is_rare and context.missing.seen(missing) is Seen.BEFORE


def _newest(missing: Missing) -> Query:
    return Query(probes.newest(str(missing.selector)), missing.series.subject)


def _seen_last(missing: Missing) -> Query:
    return Query(probes.seen_last(str(missing.selector)), missing.series.subject)


CHECK = Check("late-samples", (codes.LATE_SAMPLES,), run, __doc__)
