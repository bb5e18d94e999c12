"""An SLI as a spec has it, and the two expressions that it comes down to."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

from slokit.model.ledger import TOTAL, Folding, GroupLabel, Join, Ledger, Sli, Terms
from slokit.promql.reading import read_matchers
from slokit.sli import SLI_TYPES
from slokit.sli.base import Reader, Surroundings

# The recorded total is called R, as in the tables of the documentation. Counters are counted by
# rate, whose short text shows how sides go together; EXACT counts as specs do unless they say so.
TERMS = Terms(
    folding=Folding((), (), (), None, is_exact=False),
    window="5m",
    window_seconds=Fraction(300),
    interval="30s",
    labels={},
    series="slokit:{}:rate5m",
    written_out={TOTAL: "R"},
)
EXACT = replace(TERMS, folding=replace(TERMS.folding, is_exact=True))


def growth(counter: str) -> str:
    """What a counter grew by in five minutes, exactly, as slokit writes it."""
    return (
        f"(clamp_min({counter} - {counter} offset 5m, 0) >= 0 < Inf\n"
        f"  unless (resets({counter}[6m]) > 0"
        f" unless min_over_time({counter}[5m]) > 0.5 * {counter} offset 6m))\n"
        f"or increase({counter}[5m]) >= 0 < Inf"
    )


def terms(
    group_by: str = "", *, selector: str = "", match: str = "", join: Join | None = None
) -> Terms:
    """Terms of an SLO: group labels as ``cluster=scope region``, matchers as in braces."""
    labels = (name.partition("=") for name in group_by.split())
    folding = Folding(
        group_by=tuple(GroupLabel(name, source or name) for name, _, source in labels),
        selector=read_matchers(selector) if selector else (),
        match=read_matchers(match) if match else (),
        join=join,
        is_exact=False,
    )
    return replace(TERMS, folding=folding)


def sli_of(
    kind: str, within: Terms = TERMS, /, *, is_silence_good: bool = False, **body: Any
) -> Sli:
    """The SLI of a spec: its type and the body below it, numbers as text."""
    found = next(each for each in SLI_TYPES if each.name == kind)
    surroundings = Surroundings(
        within.folding,
        within.window,
        within.window_seconds,
        within.interval,
        is_silence_good=is_silence_good,
    )
    reader = Reader(surroundings)
    sli = found.resolve(found.body.model_validate(body), reader)
    assert sli is not None, reader.findings
    return sli


def ledger_of(kind: str, within: Terms = TERMS, /, **body: Any) -> Ledger:
    """Its two expressions."""
    return sli_of(kind, within, **body).ledger(within)
