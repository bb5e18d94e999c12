"""The queries about where raw history begins: what is empty is not asked for slot by slot.

A server evaluates an expression at each moment, whether it has data or not. So a few coarse looks
say where the series that an expression reads may begin, and one exact question about each says that
nothing was there before. Only then is the time before left out, and no number can change. The
reading of the answers is in read/beginnings.py.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from slokit.compiler.ledger import raw_ledger
from slokit.promql.presence import NEVER_ABSENT, OF_HISTOGRAMS
from slokit.promql.tokens import Token, selectors_in, tokens_of
from slokit.reporting.plan.query import InstantQuery, labelled
from slokit.reporting.plan.raw import RawPlan
from slokit.text.durations import format_duration, parse_duration

_MOST_CHARACTERS = 12_000
# History may begin at ages each half as long as the one before: few ages make few queries, and no
# more than twice the slots that hold anything are asked for.
_AGES = 8
_LOOKS = 256
_IF_YOUNG = "a series was seen late; up to where it may begin, such as half of the time"
# What an instant selector looks back, however the server is set.
_LOOK_BACK = 3600


def first_needed(plan: RawPlan) -> float:
    """The first moment (Unix seconds) that a slot or a look of a raw query may be about."""
    return min(plan.over.start, plan.period.end - 1.5 * float(plan.slo.window.longest))


def series_of(plan: RawPlan) -> tuple[frozenset[str], int] | None:
    """The selectors of all that is asked of an SLO, and how many seconds they look back at most.

    None where something may be there without any series.
    """
    found: set[str] = set()
    reach = 0
    for text in (*plan.sides().values(), raw_ledger(plan.slo, plan.project).bad):
        tokens = tokens_of(text)
        if _is_unsure(tokens):
            return None
        found.update(selectors_in(text, tokens))
        # never less than the ranges and offsets around any one selector
        own = sum(parse_duration(token.text) for token in tokens if token.kind == "duration")
        reach = max(reach, int(own) + _LOOK_BACK)
    return frozenset(found), reach


def selectors_of(
    plans: Sequence[RawPlan],
) -> tuple[dict[str, frozenset[str]], list[str], float, float] | None:
    """The selectors of each SLO, all of them in order, and from when to when they are looked for.

    None where it is of no use to look.
    """
    read = {plan.slo.id: found for plan in plans if (found := series_of(plan))}
    if not read:
        return None
    start = min(map(first_needed, plans)) - max(reach for _, reach in read.values())
    by_slo = {slo: texts for slo, (texts, _) in read.items()}
    return by_slo, sorted(set().union(*by_slo.values())), start, plans[0].period.end


def queries_of_beginnings(plans: Sequence[RawPlan], condition: str) -> Iterator[InstantQuery]:
    """The coarse looks of a report, and the exact ones at what was before.

    Up to when those look, the answers to the first ones say: planned is half of the time.
    """
    if found := selectors_of(plans):
        _, selectors, start, end = found
        yield from (replace(q, condition=condition) for q in plan_beginnings(selectors, start, end))
        half = (start + end) / 2
        before = {number: (text, start, half) for number, text in enumerate(selectors)}
        if_young = "; ".join([*([condition] if condition else []), _IF_YOUNG])
        yield from (replace(q, condition=if_young) for q in plan_before(before, end))


def _is_unsure(tokens: Sequence[Token]) -> bool:
    words = [token.text.lower() for token in tokens if token.kind == "word"]
    looks_ahead = any(
        one.text.lower() == "offset" and two.text == "-" for one, two in pairwise(tokens)
    )
    return (
        looks_ahead
        or any(
            token.kind == "bad" or (token.kind == "operator" and token.text == "@")
            for token in tokens
        )
        # of native histograms the looks may see nothing
        or any(word in NEVER_ABSENT or word.startswith(OF_HISTOGRAMS) for word in words)
    )


def plan_beginnings(selectors: Sequence[str], start: float, end: float) -> Iterator[InstantQuery]:
    """The oldest sample that coarse looks see; the label ``side`` has the selector's position.

    >>> [query] = plan_beginnings(["up"], 0, 2_592_000)
    >>> query.promql
    'label_replace(min_over_time(min(timestamp(up))[30d:2h40m]), "side", "0", "", "")'
    """
    length = format_duration(Fraction(int(end - start)))
    step = format_duration(Fraction(max(int((end - start) / _LOOKS) // 600, 1) * 600))
    looks = (
        f"min_over_time(min(timestamp({selector}))[{length}:{step}])" for selector in selectors
    )
    yield from _asked("where the series of raw history begin", dict(enumerate(looks)), end)


def plan_before(
    empty: Mapping[int, tuple[str, float, float]], end: float
) -> Iterator[InstantQuery]:
    """Whether a selector finds anything over a time range; the label ``side`` has its number.

    >>> [query] = plan_before({3: ("up", 0, 86_400)}, 172_800)
    >>> query.promql
    'label_replace(group(present_over_time(up[1d] offset 1d)), "side", "3", "", "")'
    """
    looks = {}
    for number, (selector, first, last) in empty.items():
        length, age = (format_duration(Fraction(int(s))) for s in (last - first, end - last))
        looks[number] = f"group(present_over_time({selector}[{length}] offset {age}))"
    yield from _asked("whether raw history has anything before that", looks, end)


def beginning(oldest: float | None, start: float, end: float) -> float:
    """The moment before which nothing is expected, by the oldest sample that a look saw."""
    ages = [(end - start) / 2**number for number in range(1, _AGES)]
    step = (end - start) / _LOOKS
    return max(
        (end - age for age in ages if oldest is None or end - age <= oldest - 2 * step),
        default=start,
    )


def _asked(purpose: str, looks: Mapping[int, str], end: float) -> Iterator[InstantQuery]:
    """As many in one query as it has room for."""
    chosen: list[str] = []
    for number, look in looks.items():
        term = labelled(look, str(number))
        if chosen and sum(map(len, chosen)) + len(term) > _MOST_CHARACTERS:
            yield InstantQuery(purpose, "\nor\n".join(chosen), end)
            chosen = []
        chosen.append(term)
    if chosen:
        yield InstantQuery(purpose, "\nor\n".join(chosen), end)
