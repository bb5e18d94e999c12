"""A group's first day: since when it has data, and what that makes of its burn rates.

Time before a group's first sample counts as good, so a bad minute of a group that is an hour old is
a minute of its window, and no sixtieth of it. Gaps after the first sample stay unknown: nothing
here reads how much was measured.
"""

from fractions import Fraction

from slokit.compiler import names
from slokit.compiler.ledger import series
from slokit.compiler.windows import latest
from slokit.model.bundle import Project
from slokit.promql import build

# A group may be silent for a night, and the ruler may be down: its time is found again. Of each
# moment one sample is read, where a range over a week would read twenty thousand.
_EARLIER = ("1h", "1d", "7d")
_COUNTED_EARLIER = ("1h", "1d")
_OFTEN, _HOUR = Fraction(120), Fraction(3600)


def since(project: Project) -> str:
    """Since when each group has data, as Unix time; for as long as some SLO window knows of it.

    The rule carries on what it has recorded. What it does not know but what was counted an hour or
    a day ago, or has a budget, is older than the rule: 0, for long ago. All else is new, and its
    first sample is about the time since the evaluation before.

    >>> print(since(Project()))
    (
      last_over_time(slokit:since:timestamp{bundle="default"}[12m])
      or slokit:since:timestamp{bundle="default"} offset 1h
      or slokit:since:timestamp{bundle="default"} offset 1d
      or slokit:since:timestamp{bundle="default"} offset 7d
      or 0 * slokit:total:events5m{bundle="default"} offset 1h
      or 0 * slokit:total:events5m{bundle="default"} offset 1d
      or 0 * max without (window)
      (last_over_time(slokit:budget_remaining:ratio{bundle="default"}[12m]))
      or 0 * slokit:total:rate5m{bundle="default"} + (time() - 30)
    ) and (
      slokit:total:rate5m{bundle="default"}
      or slokit:total:events5m{bundle="default"} offset 1h
      or max without (window)
      (last_over_time(slokit:budget_remaining:ratio{bundle="default"}[12m]))
      or max without (window) (slokit:budget_remaining:ratio{bundle="default"} offset 7d)
    )
    """
    own, left = series(names.SINCE, project), series(names.BUDGET_REMAINING, project)
    total, counts = (
        series(name(project.ledger_window), project)
        for name in (names.total_rate, names.total_events)
    )
    # an edited window has both names for a while
    budget = f"max without (window) ({latest(left, project)})"
    known = [
        latest(own, project),
        *(f"{own} offset {ago}" for ago in _EARLIER),
        *(f"0 * {counts} offset {ago}" for ago in _COUNTED_EARLIER),
        f"0 * {budget}",
        f"0 * {total} + (time() - {build.number(project.interval)})",
    ]
    # Without an end the rule would prolong itself for ever. A week more than the window, for a
    # window that begins anew has no budget before its first event.
    # What was counted an hour ago needs a time before its first budget, which is made from it.
    wanted = [
        total,
        f"{counts} offset {_EARLIER[0]}",
        budget,
        f"max without (window) ({left} offset {_EARLIER[-1]})",
    ]
    before, after = ("\n  or ".join(each) for each in (known, wanted))
    return f"(\n  {before}\n) and (\n  {after}\n)"


def as_good(burn: str, window: Fraction, project: Project) -> str:
    """A burn rate over so many seconds where time before a group's first sample is good.

    Its traffic before is taken to be what it was since. An older group's burn rate is times 1.

    >>> as_good("slokit:burn", Fraction(3600), Project()).splitlines()[1]
    '* clamp_max((time() - slokit:since:timestamp{bundle="default"}) / 3600, 1)'
    """
    return f"{burn}\n* {passed(window, project)}"


def passed(window: Fraction, project: Project) -> str:
    """How much of a window is since a group's first sample: 1 of an older group.

    >>> passed(Fraction(3600), Project())
    'clamp_max((time() - slokit:since:timestamp{bundle="default"}) / 3600, 1)'
    """
    own = series(names.SINCE, project)
    # Long windows belong to other groups. Generated tests evaluate all groups once in a ledger
    # window, these first: then the time is as old as Prometheus 3 forgets it.
    is_fresh = window <= _HOUR and project.interval <= _OFTEN
    age = f"(time() - {own if is_fresh else latest(own, project)})"
    return f"clamp_max({age} / {build.number(window)}, 1)"
