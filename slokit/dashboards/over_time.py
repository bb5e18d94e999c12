"""Graphs of budgets and events. The groups in them are chosen once, for the whole time range."""

import re
from collections.abc import Callable
from fractions import Fraction

from slokit.compiler import names
from slokit.dashboards.budgets import LEFT
from slokit.dashboards.choices import about_numbers
from slokit.dashboards.panels import COUNT, GREEN, MOST_LINES, Graph, Link, Query, Shown, Step
from slokit.dashboards.queries import AT_END, Ledger
from slokit.model.bundle import Bundle
from slokit.model.ledger import CountedIn, LedgerUnit
from slokit.promql.selector import Matcher
from slokit.text.durations import format_duration


def budgets_over_time(bundle: Bundle, ledger: Ledger, link: Link) -> tuple[Graph, ...]:
    """Budget left and SLI."""
    which = f"The {MOST_LINES} groups with the least budget at the end of the time range."
    return (
        Graph(
            key="budget-over-time",
            title="Budget left over time",
            description=(
                "What was left of each error budget. It falls with every error and rises as old"
                " errors leave the window; below 0 the SLO is broken. Beyond -100 % the axis is"
                f" logarithmic. {which}"
            ),
            width=8,
            height=10,
            shown=LEFT,
            queries=(Query(f"{ledger.left()}\nand {ledger.least_left()}", ledger.legend()),),
            resolution=2 * ledger.project.ledger_window,
            has_limits=True,
            is_low_worst=True,
            is_logarithmic=True,
            link=link,
        ),
        Graph(
            key="sli-over-time",
            title="SLI over time",
            description=(
                "The share of good events in each moment. SLOs that allow a number of events, such"
                f" as elections, have no such share: see bad events below.{about_numbers(bundle)}"
                f" {which}"
            ),
            width=8,
            height=10,
            shown=Shown("percentunit", 2, (Step(GREEN),)),
            is_low_worst=True,
            queries=(Query(ledger.worst(ledger.sli_now()), ledger.legend()),),
            resolution=2 * ledger.project.ledger_window,
            link=link,
        ),
    )


def events_over_time(bundle: Bundle, ledger: Ledger, link: Link) -> tuple[Graph, ...]:
    """Bad events, all events, and the bad share of time: what is counted in which unit is apart."""
    caveats = about_numbers(bundle)
    of_bad = _counted(bundle, lambda counted: counted.bad)
    of_total = _counted(bundle, lambda counted: counted.total)
    of_time = _times(bundle)
    kinds = (
        (
            "bad-events",
            "Bad events per hour",
            "Requests that failed or were slow, elections, restarts: what the SLO counts.",
            ledger.bad_per_hour(),
            of_bad,
            COUNT,
        ),
        (
            "events",
            "Events per hour",
            "All of them, good and bad. A line that falls to nothing is a service at rest or gone.",
            ledger.total_per_hour(),
            of_total,
            COUNT,
        ),
        (
            "bad-time",
            "Bad share of the time",
            f"Of SLOs that count seconds: how much of each moment was bad.{caveats}",
            ledger.bad_share(),
            of_time,
            _SHARE,
        ),
    )
    return tuple(
        Graph(
            key=key,
            title=title,
            description=f"{about} The {MOST_LINES} groups with the least budget at the end of the"
            " time range.",
            width=8,
            height=8,
            shown=shown,
            empty=_NOT_COUNTED,
            queries=(Query(ledger.worst(vector, *which), ledger.legend()),),
            resolution=2 * ledger.project.ledger_window,
            link=link,
        )
        for key, title, about, vector, which, shown in kinds
        if which
    )


_SLI = Shown("percentunit", 2, (Step(GREEN),))
_SHARE = Shown("percentunit", 1, (Step(GREEN),))
_LEVEL = "level"
_NOT_COUNTED = "none of the chosen SLOs counts this"


def _counted(bundle: Bundle, unit: Callable[[CountedIn], LedgerUnit]) -> tuple[Matcher, ...]:
    """Labels of the info series of SLOs that count events on a side: of levels, all are times."""
    types = {s.sli.type for s in bundle.slos if not unit(s.sli.counted_in).is_time}
    return _of_types(types, Matcher("measure", "!=", _LEVEL))


def _times(bundle: Bundle) -> tuple[Matcher, ...]:
    """Labels of those whose bad ones are seconds or member-seconds, by their levels or types."""
    types = {s.sli.type for s in bundle.slos if s.sli.counted_in.bad.is_time}
    mixed = {s.sli.type for s in bundle.slos if not s.sli.counted_in.bad.is_time}
    levels = (Matcher("measure", "=", _LEVEL),) if types & mixed else ()
    return _of_types(types, *levels)


def _of_types(types: set[str], *more: Matcher) -> tuple[Matcher, ...]:
    return (Matcher("sli", "=~", "|".join(sorted(types))), *more) if types else ()


def groups_over_time(ledger: Ledger) -> Graph:
    """How many groups were measured."""
    now = ledger.owned(ledger.now())
    measured, idle = f"count({now})", f"count(({now}) == 0)"
    return Graph(
        key="measured-groups",
        title="Groups measured over time",
        description=(
            "How many groups had data, and in how many of them nothing happened. A step down"
            " is a service, an exporter or a scrape that went away."
        ),
        width=8,
        height=8,
        shown=COUNT,
        queries=(Query(measured, "measured"), Query(f"{idle}\nor 0 * {measured}", "idle")),
        resolution=2 * ledger.project.ledger_window,
        is_stepped=True,
    )


def sli_of(ledger: Ledger, categories: tuple[str, ...], link: Link) -> Graph:
    """The SLIs of a category or of several, the worst budgets among them."""
    if len(categories) == 1:
        (about,) = categories
        which = Matcher("category", "=", about)
    else:
        about = "anything else"
        which = Matcher("category", "=~", "|".join(map(re.escape, categories)))
    return Graph(
        key=f"{about}-slis",
        title="SLI over time",
        description=(
            f"The share of good events or time in each moment, of SLOs about {about}. The"
            f" {MOST_LINES} groups with the least budget at the end of the time range."
        ),
        width=12,
        height=9,
        shown=_SLI,
        queries=(Query(ledger.worst(ledger.sli_now(), which), ledger.legend()),),
        resolution=2 * ledger.project.ledger_window,
        is_low_worst=True,
        link=link,
    )


_PLACES = ("region", "cluster")


def reliability(bundle: Bundle, ledger: Ledger) -> tuple[Graph, ...]:
    """Availability by place, latency by service, and budgets over the shortest SLO window."""
    places = [label for label in _PLACES if label in ledger.groups] or [names.SERVICE]
    kinds = [
        *(("availability", place, f"Lowest availability by {place}") for place in places),
        ("latency", names.SERVICE, "Latency: lowest share in time by service"),
    ]
    held = {slo.category for slo in bundle.slos}
    graphs = [
        Graph(
            key=f"{category}-by-{label}",
            title=title,
            description=(
                f"The worst SLI of the category {category} in each {label}, in each moment. A line"
                f" that falls alone is the {label} to look at."
            ),
            width=8,
            height=8,
            shown=_SLI,
            queries=(Query(_lowest(ledger, category, label), f"{{{{{label}}}}}"),),
            resolution=2 * ledger.project.ledger_window,
            is_low_worst=True,
        )
        for category, label, title in kinds
        if category in held
    ]
    windows = [slo.window.longest for slo in bundle.slos if slo.window.is_rolling]
    return (*graphs, *((_trend(ledger, min(windows)),) if windows else ()))


def _lowest(ledger: Ledger, category: str, label: str) -> str:
    of_category = ledger.of(ledger.sli_now(), Matcher("category", "=", category))
    lowest = f"min by ({label}) ({ledger.owned(of_category)})"
    if label == names.SERVICE:
        return f"bottomk({MOST_LINES}, {lowest})"
    # of SLOs that are not kept by the label there is a line without a name
    rate = names.total_rate(ledger.project.ledger_window)
    return f"{lowest}\nand on ({label}) {ledger.series(rate, Matcher(label, '!=', ''))}"


def _trend(ledger: Ledger, window: Fraction) -> Graph:
    span = format_duration(window)
    by = f"by ({names.SERVICE})"
    lowest = f"min {by} ({ledger.owned(ledger.recorded_left())})"
    at_end = f"min {by} ({ledger.owned(ledger.recorded_left(AT_END))})"
    return Graph(
        key="budget-trend",
        title=f"Lowest budget of each service over {span}",
        description=(
            "Where budgets are heading, over the whole window whatever time range is chosen. A line"
            " that falls steadily needs a plan; one that fell at once was an incident. Beyond"
            " -100 % the axis is logarithmic."
            f" The {MOST_LINES} services with the least budget."
        ),
        width=8,
        height=8,
        shown=LEFT,
        queries=(
            Query(f"{lowest}\nand bottomk({MOST_LINES}, {at_end})", f"{{{{{names.SERVICE}}}}}"),
        ),
        resolution=12 * ledger.project.ledger_window,
        always_over=window,
        is_low_worst=True,
        is_logarithmic=True,
        has_limits=True,
    )
