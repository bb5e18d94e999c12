"""Latency, played on classic buckets; promtool cannot write native histograms."""

from fractions import Fraction
from typing import TYPE_CHECKING

from slokit.model.ledger import Side, Terms
from slokit.model.rehearsal import Act, Rehearsal, Steady
from slokit.sli.scenarios.stage import Given, OffStageError, Stage, merged

if TYPE_CHECKING:
    from slokit.sli.latency import Latency

_TOTAL, _NONE, _EXCESS, _DECOY = Fraction(120), Fraction(0), Fraction(150), Fraction(7)


def rehearse(sli: "Latency", terms: Terms) -> Rehearsal | None:
    """The acts; None for a native histogram."""
    if sli.native:
        return None
    try:
        return _rehearsal(sli, terms)
    except OffStageError:
        return None


def _rehearsal(sli: "Latency", terms: Terms) -> Rehearsal:
    buckets, counts = sli.buckets(), sli.counts()
    stage = Stage(terms, [buckets, counts])
    all_events, infos = _pour(stage, counts, _TOTAL), stage.infos(1)
    within = {number: _pour(stage, buckets, Fraction(number)) for number in (0, 105, 120, 150)}
    decoys = stage.decoys(merged([all_events, within[0], infos]), _DECOY)
    always = merged([all_events, infos, decoys])

    def act(title: str, fast: int, bad: int) -> Act:
        return Act(title, merged([always, within[fast]]), Steady(_TOTAL, Fraction(bad)))

    idle = dict.fromkeys(merged([all_events, within[0]]), _NONE)
    acts = (
        act("total outage: all events beyond the limit", 0, 120),
        act("recovery", 120, 0),
        act("one event in eight beyond the limit", 105, 15),
        Act("no bucket at the limit", always, None),
        act("a bucket that counts more than all events", 150, 0),
        Act("idle", merged([idle, infos, decoys]), Steady(_NONE, _NONE)),
    )
    return Rehearsal(stage.group, acts)


def _pour(stage: Stage, side: Side, amount: Fraction) -> Given:
    weight = Fraction(2, len(side.parts) * (len(side.parts) + 1))
    return merged(
        stage.give_parts(side, part, number * weight * amount)
        for number, part in enumerate(side.parts, start=1)
    )
