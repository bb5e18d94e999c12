"""Unit tests of what a bundle's rules must survive: lost data, edits, another bundle's series."""

from collections.abc import Iterator
from fractions import Fraction

from slokit.compiler import names
from slokit.compiler.ledger import identity, metadata
from slokit.model.bundle import Bundle
from slokit.model.slo import Slo
from slokit.promql import build
from slokit.promql.selector import Matcher
from slokit.targets.promtool.claims import after, alert_claim, bundle_test
from slokit.targets.promtool.course import Course, Trouble, one_each, possible
from slokit.targets.promtool.expected import FIRING, usable
from slokit.targets.promtool.setting import Setting, group_of, steps
from slokit.targets.promtool.unit_test import Claim, Input, UnitTest, label_text

_ONE, _ALWAYS = Fraction(1), Fraction(-1)
_MINUTE, _HOUR, _DAY = Fraction(60), Fraction(3600), Fraction(86_400)
_ELSEWHERE = "elsewhere"
_OTHERS = Fraction(777)


def survival_tests(bundle: Bundle, setting: Setting) -> Iterator[UnitTest]:
    """The tests."""
    yield from _no_data(bundle, setting)
    yield from _edited(bundle, setting)
    yield from _neighbour(bundle, setting)


def _no_data(bundle: Bundle, setting: Setting) -> Iterator[UnitTest]:
    """A group that had data is told for a day, then its SLO is; silence may be meant."""
    slos = one_each(bundle.slos, lambda slo: (slo.no_data, slo.policy.no_data))
    told = [slo for slo in slos if slo.alerts_on_no_data]
    window = setting.project.ledger_window
    gone = setting.whole(_HOUR + 2 * window)
    soon, late = after(setting, gone, 10 * _MINUTE), setting.whole(gone + _DAY - _HOUR) - window
    end = after(setting, gone + _DAY, _HOUR + 3 * window)
    samples, before = setting.samples(end) + 1, setting.samples(gone) + 1
    inputs = []
    for slo in slos:
        ledger = setting.ledger(slo)
        values = f"{steps((_ONE, before))} stale"
        inputs += [*ledger.rows(values, values), *ledger.terms(steps((_ONE, samples)), samples)]
    groups = [{**_of_slo(slo, setting), **group_of(slo)} for slo in told]
    alone = [_of_slo(slo, setting) for slo in told]
    name = names.NO_DATA_ALERT
    claims = [
        alert_claim(gone, name, [], "data"),
        alert_claim(gone + window, name, [], "no data, but not for long"),
        alert_claim(soon, name, groups, "no data for more than ten minutes"),
        alert_claim(late, name, groups, "no data for nearly a day"),
        alert_claim(end, name, alone, "no data for more than a day"),
    ]
    yield bundle_test(setting, "no data any more", inputs, claims)
    inputs = [
        line for slo in slos for line in setting.ledger(slo).terms(steps((_ONE, samples)), samples)
    ]
    claims = [alert_claim(soon, name, alone, "never any data")]
    yield bundle_test(setting, "never any data", inputs, claims)


def _of_slo(slo: Slo, setting: Setting) -> dict[str, str]:
    """The labels of an alert on missing data of an SLO."""
    told = metadata(slo)
    carried = {label: told.get(label, "") for label in setting.project.alert_labels}
    return {**identity(slo, setting.project), **carried, "severity": slo.policy.no_data}


def _edited(bundle: Bundle, setting: Setting) -> Iterator[UnitTest]:
    """While old and new metadata overlap after a restart, an alert fires once, as edited."""
    slo = _alerting(bundle)
    if slo is None:
        return
    free = [key for key in setting.project.alert_labels if key == "owner" or key in slo.labels]
    if not free:
        return
    label = free[0]
    at = 3 * setting.project.ledger_window
    course = _outage(slo, setting, at)
    samples = setting.samples(at) + 1
    edited = {**identity(slo, setting.project), **metadata(slo), label: "edited"}
    old, *rest = reversed(course.inputs(at))
    new = Input(names.INFO + label_text(edited), f"_x{samples - 1} 1")
    inputs = [*rest, old._replace(values=steps((_ONE, samples - 1))), new]
    labels = {"alertname": names.BURN_ALERT, names.BUNDLE: setting.project.bundle}
    query = build.series("ALERTS", {**labels, **FIRING})
    claims = [
        Claim(
            at,
            "edited",
            f"count by ({label}) ({query})",
            [
                (
                    label_text({label: "edited"}),
                    str(sum(bool(course.fires(a, at)) for a in usable(slo))),
                )
            ],
        )
    ]
    yield bundle_test(setting, f"an edited {label} counts at once", inputs, claims)


def _alerting(bundle: Bundle) -> Slo | None:
    """An SLO that alerts, and rather one that waits for no number of events."""
    found = sorted((slo for slo in bundle.slos if usable(slo)), key=lambda slo: slo.min_bad_events)
    return next(iter(found), None)


def _outage(slo: Slo, setting: Setting, end: Fraction) -> Course:
    bad = possible(slo, 100 * max(slo.budget, _ONE))
    return Course(slo, setting, (Trouble(_ALWAYS, end, bad),))


def _neighbour(bundle: Bundle, setting: Setting) -> Iterator[UnitTest]:
    """An outage in a bundle of another name on the same Prometheus is none of ours."""
    slo = _alerting(bundle)
    if slo is None:
        return
    at = 3 * setting.project.ledger_window
    samples = setting.samples(at) + 1
    own, theirs = (f'{names.BUNDLE}="{b}"' for b in (setting.project.bundle, _ELSEWHERE))
    inputs = [
        line._replace(series=line.series.replace(own, theirs), name="")
        for line in _outage(slo, setting, at).inputs(at)
    ]
    labels = {**identity(slo, setting.project), names.BUNDLE: _ELSEWHERE, **group_of(slo)}
    theirs_recorded = _recorded(slo, setting)
    values = steps((_OTHERS, samples))
    inputs += [Input(name + label_text(labels), values) for name in theirs_recorded]
    foreign = {names.BUNDLE: _ELSEWHERE}
    pattern = Matcher("__name__", "=~", "|".join(theirs_recorded))
    claims = [
        Claim(at, "", f"{build.series('', foreign, pattern)} != {_OTHERS}", []),
        Claim(at, "", build.series(names.BUDGET_REMAINING, foreign), []),
        Claim(at, "", build.series("ALERTS", foreign), []),
    ]
    yield bundle_test(setting, "another bundle's outage is none of ours", inputs, claims)


def _recorded(slo: Slo, setting: Setting) -> list[str]:
    """The series that a bundle's rules record for an SLO, but for what is left of its budget."""
    window = setting.project.ledger_window
    alerting = {(w, names.burn(w)) for w in (*setting.windows.fast, *setting.windows.slow)}
    burns = alerting | {(slo.window.longest, names.window_burn(slo.window.name))}
    return [
        names.total_events(window),
        names.bad_events(window),
        *(name for _, name in sorted(burns)),
    ]
