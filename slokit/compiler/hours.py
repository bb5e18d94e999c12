"""Hours of counts, for reports on many SLOs: a month has 720 of them, and 8,640 ledger windows.

Owns which bundles record them, and what marks an hour as recorded. They say nothing that the counts
do not say: a report reads the counts of all other times, so that an hour which no rule was there to
add up is missing nowhere.
"""

from slokit.compiler import names
from slokit.compiler.ledger import series
from slokit.compiler.rules import RecordingRule
from slokit.model.bundle import Bundle, Project
from slokit.promql import build
from slokit.text.durations import open_range

_HOUR = 3600
# Of fewer SLOs a server reads the counts of a month in less than a second.
_MANY = 200


def has_hours(bundle: Bundle) -> bool:
    """Whether a bundle records hours: one of many SLOs, in whose hours fit whole ledger windows."""
    ledger = bundle.project.ledger_window
    return len(bundle.slos) >= _MANY and ledger * 4 <= _HOUR and _HOUR % ledger == 0


def compile_hours(bundle: Bundle) -> tuple[RecordingRule, ...]:
    """Both sides of each full hour, how many counts it has, and that it was recorded.

    None of a bundle that does without.
    """
    if not has_hours(bundle):
        return ()
    project, ledger = bundle.project, bundle.project.ledger_window
    total, bad = names.total_events(ledger), names.bad_events(ledger)
    own = {names.BUNDLE: project.bundle}
    return (
        RecordingRule(names.hourly(total), of_an_hour("sum_over_time", total, project)),
        RecordingRule(names.hourly(bad), of_an_hour("sum_over_time", bad, project)),
        RecordingRule(names.HOUR_COUNTS, of_an_hour("count_over_time", total, project)),
        RecordingRule(names.HOUR_GROUPS, recorded(project), own),
    )


def of_an_hour(function: str, counts: str, project: Project) -> str:
    """The counts of the full hour that ended a ledger window ago, once an hour.

    One ledger window later than they could be: on servers that write apart from where they read,
    the newest count may not be there yet.

    >>> print(of_an_hour("sum_over_time", "slokit:bad:events5m", Project()))
    sum_over_time(slokit:bad:events5m{bundle="default"}[59m59s999ms] offset 5m)
    and on () (vector(time() % 3600) >= 300 < 600)
    """
    of_one = f"{series(counts, project)}[{open_range(_HOUR)}] offset {project.ledger_window_name}"
    return f"{function}({of_one})\n{_evaluation(1, project)}"


def recorded(project: Project) -> str:
    """How many groups the hour has that ended two ledger windows ago: it is there with all sides.

    >>> print(recorded(Project()))
    count(last_over_time(slokit:total:events5m:hour{bundle="default"}[9m59s999ms]))
    and count(last_over_time(slokit:bad:events5m:hour{bundle="default"}[9m59s999ms]))
    and count(last_over_time(slokit:counts:hour{bundle="default"}[9m59s999ms]))
    and on () (vector(time() % 3600) >= 600 < 900)
    """
    ledger = project.ledger_window
    sides = names.hourly(names.total_events(ledger)), names.hourly(names.bad_events(ledger))
    lately = open_range(2 * ledger)
    there = [
        f"count(last_over_time({series(name, project)}[{lately}]))"
        for name in (*sides, names.HOUR_COUNTS)
    ]
    return "\nand ".join(there) + f"\n{_evaluation(2, project)}"


def _evaluation(number: int, project: Project) -> str:
    """Only in the evaluation so many ledger windows after the first one of each hour."""
    start, end = (build.number(project.ledger_window * n) for n in (number, number + 1))
    return f"and on () (vector(time() % {_HOUR}) >= {start} < {end})"
