"""The key ``alert_policies`` of slokit.yaml: policies of the bundle's own.

A policy says no more than what differs from the one that it extends. What a policy means for an SLO
window is the model's; that an SLO names one that does not exist is reported where it does.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import Field, PlainValidator, WithJsonSchema, create_model

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding, Location
from slokit.model.alerting import (
    DEFAULT,
    NONE,
    PRESETS,
    SEVERITIES,
    AlertPolicy,
    BudgetAlert,
    BurnAlert,
    ShareAlert,
)
from slokit.source.decode import Decoded
from slokit.source.fields import Duration, Name, Written, fault, pattern
from slokit.text import InvalidTextError
from slokit.text.durations import format_duration
from slokit.text.numbers import PERCENT_TEXT, parse_number, parse_percent
from slokit.text.similar_names import did_you_mean
from slokit.text.words import clip

KEY = "alert_policies"
# What stands for a required key that is missing or faulty: such an alert is never built.
FILL: Mapping[str, object] = {"severity": SEVERITIES[0], "long": "1h", "spent": "50%"}

_LONGEST = Fraction(365 * 86_400)
_HALF = Fraction(1, 2)
_NAMES_OF_PRESETS = tuple(policy.name for policy in PRESETS)
_HINT = "such as `{severity: page, long: 1h, short: 5m, burn: 14.4}`"


def _burn(value: object) -> Decimal:
    try:
        burn = parse_number(str(value))
    except InvalidTextError as cause:
        message, hint = "a burn rate is a number", "1 is a budget that lasts exactly one window"
        raise fault(codes.BAD_VALUE, message, hint) from cause
    if isinstance(value, bool) or burn <= 0:
        hint = "1 is a budget that lasts exactly one window"
        raise fault(codes.BAD_VALUE, "a burn rate is above 0", hint)
    return burn


def _share(value: object) -> Fraction:
    if not isinstance(value, str):
        raise fault(codes.BAD_VALUE, "a share of the budget is a percentage", "write it like 10%")
    try:
        share = Fraction(parse_percent(value))
    except InvalidTextError as cause:
        raise fault(codes.BAD_VALUE, str(cause), "write it like 10%") from cause
    if not 0 < share <= 1:
        message = f"{clip(value)} is not above 0% and at most 100%"
        raise fault(codes.BAD_VALUE, message, "write it like 10%")
    return share


def _least_share(value: object) -> Fraction:
    if value == "0%":
        return Fraction(0)
    share = _share(value)
    if share > _HALF:
        message = "a page would wait until half of the budget is spent"
        raise fault(codes.BAD_VALUE, message, "take 50% or less, such as 1%")
    return share


_PERCENT = pattern("a percentage such as 10%", PERCENT_TEXT)
Burn = Annotated[
    Decimal, PlainValidator(_burn), WithJsonSchema({"type": "number", "exclusiveMinimum": 0})
]
Share = Annotated[Fraction, PlainValidator(_share), WithJsonSchema(_PERCENT)]
LeastShare = Annotated[Fraction, PlainValidator(_least_share), WithJsonSchema(_PERCENT)]
SeverityKey = Literal["page", "ticket"]


class BurnAlertBody(Written):
    """One burn alert: it holds while both windows burn too fast."""

    severity: SeverityKey = Field(description="`page` or `ticket`.")
    long: Duration = Field(description="The window that says that it matters.")
    short: Duration | None = Field(
        None, description="The window that says that it goes on; a twelfth of `long` unless given."
    )
    burn: Burn | None = Field(
        None, description="The burn rate that both windows exceed: this or `budget`."
    )
    budget: Share | None = Field(
        None,
        description="The share of the budget that `long` spends, at most 50%: a burn rate for each"
        " SLO window, 1 or more.",
    )
    keep_firing_for: Duration | None = Field(
        None, description="How long the alert goes on after the burn; ends at once unless given."
    )


# `for` is a word of Python's own: a class cannot have it as an attribute.
_FOR: Any = {
    "for": (
        Duration | None,
        Field(None, description="How long it must burn first; fires at once unless given."),
    )
}
BurnAlertWritten = create_model(
    "BurnAlertWritten", __base__=BurnAlertBody, __doc__=BurnAlertBody.__doc__, **_FOR
)


class BudgetAlertWritten(Written):
    """An alert on how much of the budget is spent."""

    severity: SeverityKey = Field(description="`page` or `ticket`.")
    spent: Share = Field(
        description="The share that is spent, such as 75%; at 100% it is `SLOBudgetExhausted`."
    )


class PolicyWritten(Written):
    """When an SLO alerts; what is not written is that of the policy that it extends."""

    extends: Name | None = Field(
        None,
        description="The policy that this one differs from: a preset or one of these; `default`,"
        " or the preset of its own name, unless given.",
    )
    burn_alerts: list[BurnAlertWritten] | None = Field(
        None, description="All of its burn alerts, in place of those that it extends."
    )
    budget_alerts: list[BudgetAlertWritten] | None = Field(
        None, description="All of its alerts on a spent budget, in place of those that it extends."
    )
    min_bad_events: Annotated[int, Field(ge=0)] | None = Field(
        None,
        description="How many bad events the long window of a page must hold, of SLOs that count"
        " events and do not say it themselves.",
    )
    min_budget_spent: LeastShare | None = Field(
        None,
        description="The share of the budget, in events, that the long window of a page must hold:"
        " what fails at night is a large part of its hour, and little of a month. At most 50%;"
        " none unless given.",
    )
    no_data: Literal["page", "ticket", "none"] | None = Field(
        None, description="The severity of missing data, or `none`."
    )


def policies(
    written: Mapping[str, PolicyWritten],
    ledger_window: Fraction,
    location: Location,
    decoded: Decoded[Any],
) -> tuple[tuple[AlertPolicy, ...], list[Finding]]:
    """The policies that are written, each whole, and what does not go together in them.

    ``location`` is the key's; what merely follows from a value that cannot be read is not reported.
    """
    findings: list[Finding] = []
    for name, policy in written.items():
        if name == NONE.name:
            where = location.at(name, of_key=True)
            message, hint = "the policy 'none' is that of no alerts", "give this one another name"
            findings.append(Finding(codes.BAD_POLICY, message, where, hint))
        elif not decoded.is_faulty(KEY, name):
            findings += _faults(policy, ledger_window, location.at(name))
    order, more = _in_order(written, location)
    findings += more
    faulty = {f.location.keys[1] for f in findings if f.location and len(f.location.keys) > 1}
    found = {policy.name: policy for policy in PRESETS}
    for name in order:
        base = found.get(_extended(name, written[name]), DEFAULT)
        is_whole = name not in faulty and not decoded.is_faulty(KEY, name)
        # that it is there is known, so that SLOs that name it are not at fault as well
        found[name] = _policy(name, written[name], base) if is_whole else AlertPolicy(name)
    return tuple(found[name] for name in order if name != NONE.name), findings


def _extended(name: str, written: PolicyWritten) -> str:
    return written.extends or (name if name in _NAMES_OF_PRESETS else DEFAULT.name)


def _in_order(
    written: Mapping[str, PolicyWritten], location: Location
) -> tuple[list[str], list[Finding]]:
    """The policies, each behind the one that it extends; and those that extend none, or a circle.

    A policy that has the name of a preset and extends that name differs from the preset.
    """
    order: list[str] = []
    findings: list[Finding] = []
    known = dict.fromkeys([*_NAMES_OF_PRESETS, *written])
    for name, policy in written.items():
        way: list[str] = []
        step = name
        while step in written and step not in order and step not in way:
            way.append(step)
            # of its own name there is only the preset left to extend
            step = _extended(step, written[step]) if _extended(step, written[step]) != step else ""
        where = location.at(name, "extends")
        if step in way and step == name:
            message = f"the policy {clip(name)!r} extends itself"
            if len(way) > 1:
                message += f", by way of {' and '.join(clip(each) for each in way[1:])}"
            findings.append(Finding(codes.BAD_POLICY, message, where, "extend a preset"))
        elif policy.extends is not None and (
            policy.extends not in known
            or (policy.extends == name and name not in _NAMES_OF_PRESETS)
        ):
            others = [each for each in known if each != name]
            hint = did_you_mean(policy.extends, others, f"one of {', '.join(others)}")
            message = f"unknown alert policy {clip(policy.extends)!r}"
            if policy.extends == name:
                message = f"the policy {clip(name)!r} extends itself"
            findings.append(Finding(codes.UNKNOWN_POLICY, message, where, hint))
        order += [each for each in reversed(way) if each not in order]
    return order, findings


def _policy(name: str, written: PolicyWritten, base: AlertPolicy) -> AlertPolicy:
    found = replace(base, name=name)
    if written.burn_alerts is not None:
        own = tuple(map(_burn_alert, written.burn_alerts))
        found = replace(found, burn_alerts=own, shrinks=False)
    if written.budget_alerts is not None:
        spent = tuple(BudgetAlert(each.severity, each.spent) for each in written.budget_alerts)
        found = replace(found, spent=spent)
    if written.min_bad_events is not None:
        found = replace(found, min_bad_events=written.min_bad_events)
    if written.min_budget_spent is not None:
        found = replace(found, min_budget_spent=written.min_budget_spent)
    if written.no_data is not None:
        found = replace(found, no_data="" if written.no_data == "none" else written.no_data)
    return found


def _burn_alert(written: BurnAlertBody) -> BurnAlert | ShareAlert:
    windows = (written.severity, written.long, _short(written))
    times = _times(written)
    if written.burn is not None:
        return BurnAlert(*windows, written.burn, *times)
    return ShareAlert(*windows, written.budget or Fraction(1), *times)


def _short(written: BurnAlertBody) -> Fraction:
    return written.long / 12 if written.short is None else written.short


def _times(written: BurnAlertBody) -> tuple[Fraction, Fraction]:
    return (getattr(written, "for") or Fraction(0), written.keep_firing_for or Fraction(0))


def _faults(
    written: PolicyWritten, ledger_window: Fraction, location: Location
) -> Iterator[Finding]:
    alerts = written.burn_alerts or []
    for number, alert in enumerate(alerts):
        where = location.at("burn_alerts", number)
        yield from _rate_faults(alert, where)
        yield from _window_faults(alert, ledger_window, where)
        windows = (alert.severity, alert.long, _short(alert))
        if any((a.severity, a.long, _short(a)) == windows for a in alerts[:number]):
            message = f"a second {alert.severity} over these windows"
            hint = "keep the one with the lower burn rate: it fires whenever the other one does"
            yield Finding(codes.BAD_POLICY, message, where, hint)
    yield from _time_faults(alerts, location.at("burn_alerts"))
    shares = [each.spent for each in written.budget_alerts or ()]
    for number, share in enumerate(shares):
        if share in shares[:number]:
            where = location.at("budget_alerts", number, "spent")
            message = "a second alert on this share of the budget"
            yield Finding(codes.BAD_POLICY, message, where, "keep one of them")


def _rate_faults(written: BurnAlertBody, location: Location) -> Iterator[Finding]:
    if written.burn is not None and written.budget is not None:
        message = "`burn` and `budget` both say how fast is too fast"
        yield Finding(
            codes.BAD_POLICY, message, location.at("budget", of_key=True), "keep one of them"
        )
    elif written.burn is None and written.budget is None:
        message = "the burn alert does not say how fast is too fast"
        yield Finding(codes.BAD_POLICY, message, location, f"add `burn:` or `budget:`, {_HINT}")
    elif written.budget is not None and written.budget > _HALF:
        message = "it would fire only after half of the budget is spent"
        hint = "take 50% or less, or an alert under `budget_alerts`"
        yield Finding(codes.BAD_POLICY, message, location.at("budget"), hint)


def _window_faults(
    written: BurnAlertBody, ledger_window: Fraction, location: Location
) -> Iterator[Finding]:
    short, slot = _short(written), format_duration(ledger_window)
    at_short = location.at("short" if written.short is not None else "long")
    if short >= written.long:
        message = f"the short window of {format_duration(short)} is not shorter than the long one"
        hint = f"take a twelfth of {format_duration(written.long)}, or leave it out"
        yield Finding(codes.BAD_POLICY, message, at_short, hint)
        return
    if written.long > _LONGEST:
        message = f"a window of {format_duration(written.long)} is longer than a year"
        yield Finding(codes.BAD_POLICY, message, location.at("long"), "1y at most")
    for which, length, where in (
        ("long", written.long, location.at("long")),
        ("short", short, at_short),
    ):
        if (length / ledger_window).denominator != 1:
            said = format_duration(length) if length.denominator == 1 else f"{float(length):g}s"
            message = f"the {which} window of {said} is no whole number of ledger windows"
            hint = f"take a multiple of {slot}"
            if which == "short" and written.short is None:
                hint = f"add `short:`, a multiple of {slot}"
            yield Finding(codes.BAD_POLICY, message, where, hint)


def _time_faults(alerts: list[Any], location: Location) -> Iterator[Finding]:
    """Alerts of one severity that wait or last unequally: they are one alert, with one time."""
    first: dict[str, tuple[Fraction, Fraction]] = {}
    for number, alert in enumerate(alerts):
        times = first.setdefault(alert.severity, _times(alert))
        for key, own, wanted in zip(("for", "keep_firing_for"), _times(alert), times, strict=True):
            if own == wanted:
                continue
            given = location.at(number, key) if own else location.at(number)
            message = (
                f"the burn alerts of severity {alert.severity} are one alert, which has one {key!r}"
            )
            hint = f"set `{key}: {format_duration(wanted or own)}` on all of them"
            yield Finding(codes.BAD_POLICY, message, given, hint)
