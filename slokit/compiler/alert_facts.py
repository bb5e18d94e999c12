"""What a burn alert says, as recorded series: one for each fact about what burns too fast.

The text of an alert looks them up by the labels of its group, and words stand on them as labels, so
that a template is short and all alerts say the same. There are facts of what burns, of nothing
else: while all is well they cost a look at a few samples of each group.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction

from slokit.compiler import names
from slokit.compiler.ledger import budgets, info, series, with_metadata
from slokit.compiler.rules import RecordingRule
from slokit.compiler.windows import in_order, is_fast, latest, look_back
from slokit.model.bundle import Bundle, Project
from slokit.model.slo import Slo
from slokit.model.window import Window, summed_over
from slokit.promql import build
from slokit.promql.selector import Matcher, label_list
from slokit.text.durations import format_duration, open_range

# In the order of their names an alert says them.
ABOUT, BAD, BAD_EVENTS, LEFT, GONE, SINCE = "about bad bad_events budget budget_gone since".split()

# From how many of the smaller unit on a time is said in the larger one.
_UNITS = (("minutes", 60, 120), ("hours", 3600, 48), ("days", 86_400, 0))
_OF_GROUP = label_list([names.ALERT_POLICY, names.LONG, names.SHORT])


def compile_facts(bundle: Bundle) -> tuple[RecordingRule, ...]:
    """The facts, behind what they read of this very evaluation: what burns too fast."""
    users = [slo for slo in bundle.slos if slo.burn_alerts]
    return tuple(_facts(users, bundle.project)) if users else ()


def _facts(users: Sequence[Slo], project: Project) -> Iterator[RecordingRule]:
    kinds = {slo.objective is None for slo in users}
    windows = in_order(slo.window for slo in users)
    too_fast, burning = series(names.BURN_TOO_FAST, project), _burning(project)
    yield RecordingRule(names.BUDGET_GONE, gone(windows, project))
    yield _fact(ABOUT, with_metadata(burning, names.WORDS, project))
    if False in kinds:
        percent = f"clamp_max(100 * {too_fast} * {build.ON} group_left () {budgets(project)}, 100)"
        rest = f"\nunless {build.ON} {_rates(project)}" if True in kinds else ""
        yield _fact(BAD, percent + rest)
    if True in kinds:
        longs = {a.long for slo in users if slo.objective is None for a in slo.burn_alerts}
        yield _fact(BAD_EVENTS, events(sorted(longs), project))
    left = _left(project)
    yield _fact(LEFT, f"100 * clamp_min({left}, 0)\nand ignoring (window) {burning}")
    yield _fact(GONE, _in_units(series(names.BUDGET_GONE, project)))
    yield _fact(SINCE, since(project))


def _fact(fact: str, expr: str) -> RecordingRule:
    return RecordingRule(names.BURN_ALERT_FACTS, expr, {names.FACT: fact})


def _left(project: Project, **labels: str) -> str:
    """What is left of budgets whose history is long enough to say anything."""
    left, old = (
        latest(series(name, project, **labels), project)
        for name in (names.BUDGET_REMAINING, names.HISTORY)
    )
    return f"({left} and {old})"


def gone(windows: Sequence[Window], project: Project) -> str:
    """Seconds until the budget of what burns too fast is gone: budget left * window / burn rate.

    By the highest burn rate of those that are too fast (SRE workbook, chapter 5).

    >>> from slokit.model.window import RollingWindow
    >>> print(gone([RollingWindow(Fraction(604_800))], Project()))
    (
      (last_over_time(slokit:budget_remaining:ratio{bundle="default",window="7d"}[12m])
       and last_over_time(slokit:history:bool{bundle="default",window="7d"}[12m])) * 604800
    ) / ignoring (window) group_left () max without (alert_policy, severity, long, short)
    (slokit:burn_alert:ratio{bundle="default"}) > 0

    A calendar window has a whole budget again at its boundary: what would last until then is not
    gone, and has no sample.
    """
    rolling = [each for each in windows if each.is_rolling]
    found = [_gone(rolling, project)] if rolling else []
    for each in windows:
        if not each.is_rolling:
            share = latest(series(names.WINDOW_ELAPSED, project, window=each.name), project)
            # `min`: right after a boundary the range holds the end of the old period as well
            rest = f"(1 - min {build.BY} ({share})) * {build.number(each.longest)}"
            found.append(f"{_gone([each], project)}\n< {build.ON} group_left () ({rest})")
    return "\nor ".join(found)


def _gone(windows: Sequence[Window], project: Project) -> str:
    left = [
        f"{_left(project, window=each.name)} * {build.number(each.longest)}" for each in windows
    ]
    # many to one: right after an edit of its window a group has two budgets
    every = "\n  or ".join(left)
    return f"(\n  {every}\n) / ignoring (window) group_left () {_burning(project)} > 0"


def _burning(project: Project) -> str:
    """The highest burn rate of each group that burns too fast for some alert."""
    too_fast = series(names.BURN_TOO_FAST, project)
    return f"max without ({label_list(names.OF_BURN_ALERTS)}) ({too_fast})"


def events(longs: Sequence[Fraction], project: Project) -> str:
    """How many bad events a rate has had, over the shortest of its windows that burn too fast.

    Counted, not burn rate * time: that would make up events for time without data.

    >>> print(events([Fraction(3600)], Project()))
    round(0 * slokit:burn_alert:ratio{bundle="default",long="1h"}
      + ignoring (alert_policy, severity, long, short) group_left ()
      sum_over_time(slokit:bad:rate5m{bundle="default"}[59m59s999ms]) * 30)
    and on (bundle, service, slo) slokit:info{bundle="default",objective=~".+/.+"}
    """
    counted = [
        f"0 * {series(names.BURN_TOO_FAST, project, **{names.LONG: format_duration(long)})}\n"
        f"  + ignoring ({label_list(names.OF_BURN_ALERTS)}) group_left ()"
        f" {_counted(long, project)}"
        for long in longs
    ]
    shortest = f"\n  or ignoring ({_OF_GROUP}) ".join(counted)
    return f"round({shortest})\nand {build.ON} {_rates(project)}"


def _counted(window: Fraction, project: Project) -> str:
    ledger = project.ledger_window
    if not is_fast(window):
        return summed_over(series(names.bad_events(ledger), project), window)
    rates = f"{series(names.bad_rate(ledger), project)}[{open_range(window)}]"
    return f"sum_over_time({rates}) * {build.number(project.interval)}"


def _rates(project: Project) -> str:
    """The SLOs that allow so many events in a time."""
    return info(project, Matcher(names.OBJECTIVE, "=~", ".+/.+"))


def _in_units(seconds: str) -> str:
    """A time as a whole number of the unit in which a person thinks of it, which is a label."""
    found = [
        f'label_replace(round({seconds} / {size}){f" < {most}" if most else ""}, "unit", "{unit}",'
        ' "", "")'
        for unit, size, most in _UNITS
    ]
    return "\nor ignoring (unit) ".join(found)


def since(project: Project) -> str:
    """Since when it burns too fast at a severity, as Unix time; pauses of some minutes are none.

    The rule carries on the earliest time that it has recorded lately.

    >>> print(since(Project(bundle="b")).splitlines()[2].strip())
    or 0 * max without (alert_policy, long, short) (slokit:burn_alert:ratio{bundle="b"}) + time()
    """
    own = series(names.BURN_ALERT_FACTS, project, **{names.FACT: SINCE})
    burning = f"max without ({_OF_GROUP}) ({series(names.BURN_TOO_FAST, project)})"
    known = f"min without ({names.FACT}) (min_over_time({own}[{look_back(project)}]))"
    return f"(\n  {known}\n  or 0 * {burning} + time()\n) and {burning}"
