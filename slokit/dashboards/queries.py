"""The PromQL of dashboards: recorded series only, of what the variables at the top select."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from slokit.compiler import names
from slokit.compiler.windows import is_fast, look_back
from slokit.model.bundle import Bundle, Project
from slokit.promql import build
from slokit.promql.selector import Matcher, is_label_name, label_list
from slokit.text.durations import format_duration

DATA_SOURCE = "datasource"
AT_END = " @ end()"
GROUP = "group"
_MINUTE, _DAY = Fraction(60), Fraction(86_400)
_MOST_VARIABLES = 4


def group_labels(bundle: Bundle) -> tuple[str, ...]:
    """Every group label of the bundle, the most used first."""
    used = Counter(label for slo in bundle.slos for label in slo.folding.names)
    return tuple(sorted(used, key=lambda label: (-used[label], label)))


@dataclass(frozen=True, slots=True)
class Ledger:
    """The recorded series of a bundle, as its dashboards select them.

    Every vector has the labels bundle, service, slo and the group's; ``at`` is empty or AT_END,
    which takes the value at the end of the time range for the whole of it.
    """

    project: Project
    groups: tuple[str, ...]
    burn_alerts: tuple[str, ...] = (names.BURN_ALERT,)

    @property
    def chosen_groups(self) -> tuple[str, ...]:
        """The group labels that have a variable: the most used ones, for a bar of one line.

        A name that stands in quotes is no name of a variable.
        """
        return tuple(g for g in self.groups if g != DATA_SOURCE and is_label_name(g))[
            :_MOST_VARIABLES
        ]

    @property
    def seen(self) -> str:
        """The series of which every measured group has one, less the choice of groups."""
        return self._of_slos(names.total_rate(self.project.ledger_window))

    def series(self, name: str, *patterns: Matcher, **labels: str) -> str:
        """A selector of a series that has group labels."""
        chosen = [Matcher(group, "=~", f"${group}") for group in self.chosen_groups]
        return self._of_slos(name, *chosen, *patterns, **labels)

    def info(self, *patterns: Matcher, **labels: str) -> str:
        """The info series of the selected SLOs."""
        return self._of_slos(names.INFO, *patterns, **labels)

    def now(self) -> str:
        """Events per second of every group that is measured."""
        return self.series(names.total_rate(self.project.ledger_window))

    def left(self, at: str = "", **labels: str) -> str:
        """The share of the budget that is left; the label window says of which one."""
        return self._latest(self.series(names.BUDGET_REMAINING, **labels), at)

    def burn(self, window: Fraction, at: str = "") -> str:
        """The burn rate over a window."""
        series = self.series(names.burn(window))
        return f"{series}{at}" if is_fast(window) else self._latest(series, at)

    def slower_burn(self, long: Fraction, short: Fraction, at: str = "") -> str:
        """The lower one of two burn rates: above a threshold when both of them are.

        Without a name, so that a group is one line wherever its value comes from.
        """
        slow, fast = self.burn(long, at), self.burn(short, at)
        return f"0 + ({slow}\n  < {fast}\n  or {fast})"

    def sli(self) -> str:
        """The share of good events over the SLO's window, out of what is left of its budget."""
        # Not recorded: what is spent, times what is allowed, is the share of bad events.
        # `min` as in the rules: after an edit the old budget is there for five minutes, too.
        budget = f"min {build.BY} ({self._of_slos(names.BUDGET)})"
        spent = f"(1 - {self.left()})"
        return self.shares_only(f"1 - {spent} * {build.ON} group_left () {budget}")

    def sli_now(self) -> str:
        """The share of good events in each step of a graph."""
        bad, total = (f"sum_over_time({s}[$__interval])" for s in (self._bad(), self._total()))
        return self.shares_only(f"1 - {bad} / ({total} > 0)")

    def shares_only(self, vector: str) -> str:
        """Without SLOs that allow a number of events: they have no share of good ones."""
        # The objective of a rate is a number of events in a time, which has no percent sign.
        percent = self.info(Matcher("objective", "=~", ".+%"))
        return f"{vector}\nand {build.ON} {percent}"

    def bad_per_hour(self) -> str:
        """Bad events per hour in each step of a graph."""
        return self._per_hour(self._bad())

    def total_per_hour(self) -> str:
        """Events per hour in each step of a graph."""
        return self._per_hour(self._total())

    def bad_in_a_day(self) -> str:
        """How many bad events the last day held."""
        return self._over_a_day("sum_over_time", self._bad())

    def total_in_a_day(self) -> str:
        """How many events the last day held."""
        return self._over_a_day("sum_over_time", self._total())

    def measured_in_a_day(self) -> str:
        """The share of the last day's ledger windows that hold data."""
        slots = build.number(_DAY / self.project.ledger_window)
        return f"{self._over_a_day('count_over_time', self._total())} / {slots}"

    def silent(self) -> str:
        """Events per second, a day old at most, of groups that have none now; 1 for mute SLOs.

        Not of SLOs that expect silence, as long as there is something in their window.
        """
        total = self._of_slos(names.total_events(self.project.ledger_window))
        mine = self._total()
        # As in the alert on missing data: 48 looks of a subquery instead of a day of counts.
        lately, ever = (f"last_over_time({self._latest(s)}[1d:30m])" for s in (mine, total))
        expected = self._expecting_silence()
        gone = f"{lately} unless {self.now()} unless {build.ON} {expected}"
        mute = f"group {build.BY} ({self.info()}) unless {build.ON} {self.seen}"
        left = self._latest(self._of_slos(names.BUDGET_REMAINING))
        resting = f"({left} and {build.ON} {expected})"
        return f"({gone})\nor ({mute} unless {build.ON} {ever} unless {build.ON} {resting})"

    def resting(self) -> str:
        """What is left of groups that have no data now, and may be silent."""
        left = f"max without (window) ({self.left()})"
        return f"({left} and {build.ON} {self._expecting_silence()} unless {self.now()})"

    def young(self) -> str:
        """What is left where history began less than half of a window ago: it says little."""
        return f"{self.left()} unless {self._latest(self.series(names.HISTORY))}"

    def firing(self, **labels: str) -> str:
        """The alerts that fire, slokit's watch over itself among them."""
        return self._alerts(names.ALERTS, alertstate="firing", **labels)

    def firing_at(self, severity: str) -> str:
        """The alerts of a severity that fire; of page or ticket, whatever those are called."""
        return self.firing(severity=self.project.alerts.of(severity).name)

    def burning(self) -> str:
        """The burn alerts that fire."""
        firing = {"alertstate": "firing"}
        if len(self.burn_alerts) == 1:
            return self.series(names.ALERTS, alertname=self.burn_alerts[0], **firing)
        called = Matcher("alertname", "=~", "|".join(self.burn_alerts))
        return self.series(names.ALERTS, called, **firing)

    def firing_since(self) -> str:
        """Since when the alerts fire, in milliseconds since the epoch."""
        since = self._alerts(names.ALERTS_SINCE)
        # Grafana's times are milliseconds. ALERTS_FOR_STATE has alerts that only wait, too.
        return f"1000 * {since} and ignoring (alertstate) {self.firing()}"

    def with_info(self, vector: str, labels: Iterable[str]) -> str:
        """The vector with labels of the newest info series of each SLO."""
        wanted = label_list(labels)
        if not wanted:
            return vector
        # As the rules do for alerts: two info series after an edit, of which the newer one counts;
        # `^ 0` makes a 1 of its time.
        newest = f"(topk {build.BY} (1, timestamp({self.info()})) ^ 0)"
        return f"{vector}\n* {build.ON} group_left ({wanted}) {newest}"

    def rows(self, vector: str, *labels: str) -> str:
        """One sample for each group: service, slo, the group's values in one label, and others."""
        by = (names.SERVICE, names.SLO, *labels)
        if self.groups:
            joined = ", ".join(f'"{group}"' for group in self.groups)
            vector = f'label_join(\n{vector}\n, "{GROUP}", " ", {joined})'
            by = (*by, GROUP)
        return f"max by ({label_list(by)}) ({vector})"

    def on_group(self) -> str:
        """The matching of one group's vectors whatever other labels they carry."""
        return f"on ({', '.join([*names.IDENTITY, *self.groups])})"

    def legend(self) -> str:
        """The name of a group's line."""
        groups = "".join(f" {{{{{group}}}}}" for group in self.groups)
        return f"{{{{{names.SERVICE}}}}}/{{{{{names.SLO}}}}}{groups}"

    def number_of(self, vector: str) -> str:
        """How many samples a vector has; 0 when it has none although rules are loaded."""
        # `count` of nothing is no sample. Without rules there is no zero either, as tiles show.
        return f"count({vector})\nor 0 * count({self.info()})"

    def _of_slos(self, name: str, *patterns: Matcher, **labels: str) -> str:
        own = {names.BUNDLE: f"${names.BUNDLE}", **labels}
        chosen = [Matcher(label, "=~", f"${label}") for label in (names.SERVICE, names.SLO)]
        return build.series(name, own, *chosen, *patterns)

    def _latest(self, series: str, at: str = "") -> str:
        return f"last_over_time({series}[{look_back(self.project)}]{at})"

    def _alerts(self, name: str, **labels: str) -> str:
        """A series about alerts; those on spent budgets are evaluated as seldom as budgets are."""
        fast = self.series(name, Matcher("alertname", "!=", names.EXHAUSTED_ALERT), **labels)
        slow = self._latest(self.series(name, alertname=names.EXHAUSTED_ALERT, **labels))
        return f"({fast} or {slow})"

    def _expecting_silence(self) -> str:
        return self.info(no_data="ignore")

    def _bad(self) -> str:
        return self.series(names.bad_events(self.project.ledger_window))

    def _total(self) -> str:
        return self.series(names.total_events(self.project.ledger_window))

    def _per_hour(self, events: str) -> str:
        slots = build.number(3600 / self.project.ledger_window)
        # A mean of counts, not their sum: a step of the graph has any length, and may lack some.
        return f"{slots} * avg_over_time({events}[$__interval])"

    def _over_a_day(self, function: str, events: str) -> str:
        # A minute short, as in the rules, so that all versions read the same number of counts.
        return f"{function}({events}[{format_duration(_DAY - _MINUTE)}])"
