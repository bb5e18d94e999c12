"""Unit tests of a bundle's burn rates and alerts: what each window holds, and what each waits for.

The rules serve all SLOs, so a few of them suffice: one for each way in which the rules tell them
apart.
"""

from collections.abc import Hashable, Iterator
from fractions import Fraction
from itertools import chain

from slokit.compiler import names
from slokit.model.bundle import Bundle
from slokit.model.slo import Slo
from slokit.promql import build
from slokit.targets.promtool.claims import bundle_test
from slokit.targets.promtool.course import Course, Trouble, alert_claims, one_each, possible
from slokit.targets.promtool.expected import (
    FIRING,
    Shares,
    alert_samples,
    by_time,
    firing,
    row,
    usable,
)
from slokit.targets.promtool.scenarios.base import LedgerRow
from slokit.targets.promtool.setting import Setting, group_of
from slokit.targets.promtool.unit_test import Claim, UnitTest, between
from slokit.text.durations import format_duration

_ONE, _ALWAYS = Fraction(1), Fraction(-1)
_ABOVE, _BELOW = Fraction("1.02"), Fraction("0.98")
_QUIET = 2  # times the longest short window, so that a long one tells them apart
_STORM = 3  # times as fast as the fastest alert: over the shortest windows, not over longer ones


def window_tests(bundle: Bundle, setting: Setting) -> Iterator[UnitTest]:
    """The tests; none where nothing alerts."""
    alerted = [slo for slo in bundle.slos if usable(slo)]
    if not alerted:
        return
    if setting.windows.fast:
        yield _burst(setting, one_each(bundle.slos, lambda slo: slo.sli.measure))
    yield from _thresholds(setting, one_each(alerted, _kind))
    waiting = {slo.policy.name for slo in alerted} - {
        slo.policy.name for slo in alerted if not slo.min_bad_events
    }
    plain = [s for s in alerted if not s.min_bad_events or s.policy.name in waiting]
    few = one_each(plain, lambda slo: slo.policy.name)
    yield _recovery(setting, few)
    yield _new_storm(setting, few)


def _kind(slo: Slo) -> Hashable:
    return slo.policy.name, slo.window, slo.sli.measure, bool(slo.min_bad_events)


def _test(setting: Setting, title: str, courses: list[Course], claims: list[Claim]) -> UnitTest:
    end = max(claim.at for claim in claims)
    inputs = chain.from_iterable(course.inputs(end) for course in courses)
    return bundle_test(setting, title, inputs, claims)


def _burst(setting: Setting, slos: list[Slo]) -> UnitTest:
    """Bad events of one ledger window, as many as allowed, are in a window as long as it lasts."""
    window, spans = setting.project.ledger_window, setting.windows.fast
    begin = setting.whole(spans[-1]) + window
    courses = [Course(slo, setting, (_bad_window(slo, setting, begin),)) for slo in slos]
    claims = [
        claim for course in courses for span in spans for claim in _in_window(course, span, begin)
    ]
    for span in spans:
        later = begin + setting.whole(span) + 2 * window
        query = build.series(names.burn(span), {names.BUNDLE: setting.project.bundle})
        scene = f"the bad events are older than {format_duration(span)}"
        claims.append(Claim(later, "", f"{query} > 0", [], scene))
    return _test(setting, "a burst passes through the fast windows", courses, claims)


def _bad_window(slo: Slo, setting: Setting, begin: Fraction) -> Trouble:
    """A ledger window of bad events; levels are twice as bad at first and then good at once.

    So the newest level says nothing about the window, while its mean does.
    """
    window, interval = setting.project.ledger_window, setting.project.interval
    half = interval * (setting.samples(window) // 2)
    lasting = half if slo.sli.measure == "level" else window
    return Trouble(begin, begin + lasting, possible(slo, slo.budget * window / lasting))


def _in_window(course: Course, span: Fraction, begin: Fraction) -> Iterator[Claim]:
    """Where the burst is the newest, where it is just older, and where it is the oldest."""
    setting, window = course.setting, course.setting.project.ledger_window
    is_level = course.slo.sli.measure == "level"
    # A sample more or less, and a little for rounding: of the window, or of the newest mean.
    one, mean = (Fraction(11, 10) * setting.share_of_a_sample(s) for s in (span, window))
    one = one if span > window else Fraction(1, 10_000)
    yield _burn(course, span, begin + window, mean if is_level else one)
    if span >= 2 * window and not is_level:
        yield _burn(course, span, begin + 2 * window, one)
    if span >= 4 * window and span == setting.whole(span):
        yield _burn(course, span, begin + span - window, one)


def _burn(course: Course, span: Fraction, at: Fraction, tolerance: Fraction) -> Claim:
    slo, project = course.slo, course.setting.project
    query = build.series(names.burn(span), {names.SERVICE: slo.service, names.SLO: slo.name})
    ranged = f"group without () ({between(query, course.burn(span, at), tolerance)})"
    return Claim(at, "", ranged, [(row(slo, project, group_of(slo)), "1")])


def _thresholds(setting: Setting, slos: list[Slo]) -> Iterator[UnitTest]:
    """A steady burn just above and just below each alert."""
    for burn in sorted({alert.burn for slo in slos for alert in usable(slo)}, reverse=True):
        for word, factor in (("above", _ABOVE), ("below", _BELOW)):
            shares = [
                (slo, Fraction(burn) * factor * slo.budget)
                for slo in slos
                if any(alert.burn == burn and alert.reaches(slo.objective) for alert in usable(slo))
            ]
            possibles = [(slo, bad) for slo, bad in shares if possible(slo, bad) == bad]
            for at, found in by_time(possibles, setting):
                yield _steady(setting, f"a burn just {word} {burn}", at, found)


def _steady(setting: Setting, title: str, at: Fraction, shares: Shares) -> UnitTest:
    courses = [Course(slo, setting, (Trouble(_ALWAYS, at, bad),)) for slo, bad in shares]
    samples = [
        sample
        for slo, bad in shares
        for sample in alert_samples(
            slo, setting.project, group_of(slo), firing(slo, LedgerRow(_ONE, bad), at)
        )
    ]
    own = {names.BUNDLE: setting.project.bundle, "alertname": names.BURN_ALERT}
    query = build.series("ALERTS", {**own, **FIRING})
    return _test(setting, title, courses, [Claim(at, "alerts", query, samples)])


def _recovery(setting: Setting, slos: list[Slo]) -> UnitTest:
    """After a total outage each alert ends when its short window is clean."""
    window = setting.project.ledger_window
    end = 3 * window
    courses = [
        Course(slo, setting, (Trouble(_ALWAYS, end, possible(slo, 100 * max(slo.budget, _ONE))),))
        for slo in slos
    ]
    shorts = sorted({alert.short for slo in slos for alert in usable(slo)})
    claims = alert_claims(courses, end, "a total outage")
    for short in shorts:
        scene = f"no bad events for {format_duration(short)}"
        claims += alert_claims(courses, setting.whole(end + short) + 2 * window, scene)
    return _test(setting, "alerts end one after another", courses, claims)


def _new_storm(setting: Setting, slos: list[Slo]) -> UnitTest:
    """Bad events of a few minutes after a quiet time set off no alert that looks back longer."""
    window = setting.project.ledger_window
    longest = max(alert.short for slo in slos for alert in usable(slo))
    begin = setting.whole(_QUIET * longest)
    end = begin + 2 * window
    courses = []
    for slo in slos:
        fastest = max(Fraction(alert.burn) for alert in usable(slo))
        bad = possible(slo, _STORM * fastest * slo.budget)
        courses.append(Course(slo, setting, (Trouble(begin, end, bad),)))
    scene = f"bad events for {format_duration(2 * window)}, after a long time without"
    claims = alert_claims(courses, end, scene)
    claims += alert_claims(courses, end + window, "one more ledger window without")
    return _test(setting, "a short storm after a quiet time", courses, claims)
