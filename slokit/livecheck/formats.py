"""What SLIs are worth, beside the findings: lines for people, and a key of the JSON document.

Other formats are about findings alone. Of each SLO the worst groups come first; people see few.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from slokit.livecheck.engine.measures import Amount, Measured, is_sampled
from slokit.model.ledger import BAD, TOTAL
from slokit.model.slo import Slo
from slokit.text.escaping import visible
from slokit.text.numbers import measured_percent
from slokit.text.words import clip, counted

_MOST_GROUPS = 3
_WINDOWS = {
    "7d": "a week",
    "week": "a week",
    "30d": "a month",
    "month": "a month",
    "quarter": "a quarter",
    "year": "a year",
}


def with_measured(form: str, findings: str, measured: Sequence[Measured]) -> str:
    """What a format shows of a check: the drawn findings, and where it can the SLIs."""
    if form == "json":
        document = {**json.loads(findings), "slis": [_sli(each) for each in _worst_first(measured)]}
        return json.dumps(document, indent=2, allow_nan=False) + "\n"
    if form == "text" and measured:
        lines = "\n".join(text_lines(measured))
        return f"{lines}\n\n{findings}" if findings else f"{lines}\n"
    return findings


def text_lines(measured: Sequence[Measured]) -> Iterator[str]:
    """A line for each of the worst groups of an SLO, and how many more there are."""
    for slo_id, found in groupby(_worst_first(measured), key=lambda each: each.slo.id):
        groups = list(found)
        for each in groups[:_MOST_GROUPS]:
            yield visible(_line(each))
        if more := groups[_MOST_GROUPS:]:
            yield f"{slo_id} and {counted(len(more), 'more group')}, none of them worse"


def _worst_first(measured: Iterable[Measured]) -> Iterator[Measured]:
    """In the order of the SLOs; of each the group first that spends most."""
    for _, groups in groupby(measured, key=lambda each: each.slo.id):
        yield from sorted(groups, key=lambda m: (m.contradiction is None, -m.spent))


def _line(measured: Measured) -> str:
    slo = measured.slo
    group = " ".join(f"{name}={clip(value)}" for name, value in measured.group.items())
    head = f"{slo.id} {group}".rstrip()
    if measured.contradiction:
        return f"{head} no SLI: {_contradiction(measured)}"
    if measured.day.total <= 0:
        return f"{head} idle: no {slo.sli.counted_in.total.plural} in the last day"
    pace = f"at this pace {_spent(measured.spent)} of the budget {_per_window(slo)}"
    hour = measured.hour
    recent = f"; last hour: {_amount(slo, hour)}" if hour and hour.total > 0 else ""
    return f"{head} {_amount(slo, measured.day)}, {pace}{recent}"


def _amount(slo: Slo, amount: Amount) -> str:
    """``99.97 %, 34 bad of 118,000 events``, or ``3 events in 86,400 seconds``."""
    unit = slo.sli.counted_in
    bad, total = (
        _number(value, whole=not kind.is_time and not is_sampled(slo, name))
        for value, kind, name in ((amount.bad, unit.bad, BAD), (amount.total, unit.total, TOTAL))
    )
    if slo.objective is None:
        word = unit.bad.singular if amount.bad == 1 else unit.bad.plural
        return f"{bad} {word} in {total} {unit.total.plural}"
    word = unit.total.singular if amount.total == 1 else unit.total.plural
    digits = max(2, len(slo.objective_text.removesuffix("%").partition(".")[2]) + 1)
    return f"{measured_percent(amount.sli, digits)}, {bad} bad of {total} {word}"


def _contradiction(measured: Measured) -> str:
    found = measured.contradiction
    assert found
    unit = measured.slo.sli.counted_in.total.plural
    return f"{_number(found.part)} {found.key} of {_number(found.whole)} {unit} is impossible"


def _number(value: float, *, whole: bool = False) -> str:
    """A count; of events as a whole number where it is one and more, for no event happens in part.

    >>> _number(5.04, whole=True), _number(0.4, whole=True), _number(2.5), _number(1203334.2)
    ('5', '0.4', '2.5', '1,203,334')
    """
    is_whole = value >= 10 or value == round(value) or (whole and value >= 1)
    return f"{value:,.0f}" if is_whole else f"{value:,.3g}"


def _spent(share: float) -> str:
    if 0 < share < 0.001:
        return "less than 0.1 %"
    return f"{share * 100:,.0f} %" if share >= 0.1 or share == 0 else f"{share * 100:.1f} %"


def _per_window(slo: Slo) -> str:
    return _WINDOWS.get(slo.window.name, f"in {slo.window.name}")


def _sli(measured: Measured) -> dict[str, Any]:
    slo, found = measured.slo, measured.contradiction
    unit = slo.sli.counted_in
    return {
        "service": slo.service,
        "slo": slo.name,
        "group": dict(measured.group),
        "objective": slo.objective_text,
        "window": slo.window.name,
        "bad_unit": unit.bad.plural,
        "total_unit": unit.total.plural,
        "last_hour": _measure(measured, measured.hour),
        "last_day": _measure(measured, measured.day),
        "budget_spent_ratio": None if found or measured.day.total <= 0 else measured.spent,
        "impossible": _contradiction(measured) if found else None,
    }


def _measure(measured: Measured, amount: Amount | None) -> dict[str, float | None] | None:
    if amount is None:
        return None
    is_share = measured.slo.objective is not None and amount.total > 0
    is_known = is_share and measured.contradiction is None
    return {
        "bad": amount.bad,
        "total": amount.total,
        "sli": amount.sli if is_known else None,
    }
