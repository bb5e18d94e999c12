"""The PromQL of dashboards: recorded series only, of what the variables at the top select.

On a store, labels that it adds stay on every vector, so that each cluster is a row and a line of
its own: vectors are matched by ``ignoring`` what is known of theirs, as the names of added labels
are not. Of replicas one is read, the same in all panels, and their labels are taken off.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from slokit.compiler import alert_labels, names
from slokit.compiler.windows import is_fast, look_back
from slokit.dashboards.panels import MOST_LINES
from slokit.model.bundle import Bundle, Project
from slokit.model.slo import Slo
from slokit.promql import build
from slokit.promql.selector import Matcher, label_list, quote
from slokit.text.durations import format_duration

DATA_SOURCE = "datasource"
OWNER = "owner"
FILTERS = "filters"
AT_END = " @ end()"
GROUP = "group"
_MINUTE, _DAY = Fraction(60), Fraction(86_400)
_MOST_VARIABLES = 12  # one line at the top of a wide screen
_WINDOW = "window"
_RANKS = {label: rank for rank, label in enumerate(("cluster", "region", "namespace"))}
_NO_NAME = re.compile(r"\W")


def group_labels(bundle: Bundle) -> tuple[str, ...]:
    """Every group label of the bundle, the usual ones first, then by name.

    Not by how many SLOs have them, which changes with every service.
    """
    found = {label for slo in bundle.slos for label in slo.folding.names}
    return tuple(sorted(found, key=lambda label: (_RANKS.get(label, len(_RANKS)), label)))


@dataclass(frozen=True, slots=True)
class Ledger:
    """The recorded series of a bundle, as its dashboards select them.

    Every vector has the labels bundle, service, slo and the group's; ``at`` is empty or AT_END,
    which takes the value at the end of the time range for the whole of it.
    """

    project: Project
    groups: tuple[str, ...]
    burn_alerts: tuple[str, ...] = (names.BURN_ALERT,)
    on_alerts: tuple[str, ...] = ()
    has_calendar: bool = False
    has_owners: bool = False

    @property
    def chosen_groups(self) -> Mapping[str, str]:
        """The group labels that have a variable, and its name: all, as far as a line holds them.

        A variable of Grafana is named by letters, digits and underscores: ``http.route`` is chosen
        by ``http_route``.
        """
        used = {DATA_SOURCE, FILTERS, names.BUNDLE, names.SERVICE, names.SLO, *self.groups}
        found: dict[str, str] = {}
        for group in [g for g in self.groups if g not in (DATA_SOURCE, FILTERS)][:_MOST_VARIABLES]:
            name = _NO_NAME.sub("_", group)
            while name != group and name in used:
                name += "_"
            used.add(name)
            found[group] = name
        return found

    @property
    def has_replicas(self) -> bool:
        """Whether the store holds what several replicas measured of the same."""
        return bool(self.project.replica_labels)

    @property
    def seen(self) -> str:
        """The series of which every measured group has one, less the choice of groups."""
        return self._of_slos(names.total_rate(self.project.ledger_window))

    def series(self, name: str, *patterns: Matcher, **labels: str) -> str:
        """A selector of a series that has group labels."""
        chosen = [Matcher(group, "=~", f"${name}") for group, name in self.chosen_groups.items()]
        return self._of_slos(name, *chosen, *patterns, **labels)

    def info(self, *patterns: Matcher, **labels: str) -> str:
        """The info series of the selected SLOs."""
        return self._of_slos(names.INFO, *patterns, **labels)

    def owned(self, vector: str) -> str:
        """The vector less what belongs to other owners than those that are chosen.

        What belongs to no SLO, as alerts of slokit's watch over itself, stays; while all owners are
        chosen nothing is read for it.
        """
        if not self.has_owners:
            return vector
        of_others = Matcher(OWNER, "!~", f"${OWNER}")
        own = {names.BUNDLE: f"${names.BUNDLE}"}
        return f"({vector})\nunless {build.ON} {build.series(names.INFO, own, of_others)}"

    def owned_raw(self, vector: str, slo: Slo) -> str:
        """The same for raw series of one SLO, which have no labels of it."""
        if not self.has_owners:
            return vector
        of_other = {
            names.BUNDLE: f"${names.BUNDLE}",
            names.SERVICE: slo.service,
            names.SLO: slo.name,
        }
        info = build.series(names.INFO, of_other, Matcher(OWNER, "!~", f"${OWNER}"))
        return f"({vector})\nunless on () {info}"

    def of(self, vector: str, *which: Matcher) -> str:
        """The vector of the SLOs whose info series has such labels."""
        return f"({vector})\nand {build.ON} {self.info(*which)}"

    def worst(self, vector: str, *which: Matcher) -> str:
        """The vector of the few groups that have the least budget at the end of the time range."""
        return f"{vector}\nand ignoring ({_WINDOW}) {self.least_left(*which)}"

    def least_left(self, *which: Matcher) -> str:
        """What these groups have left, at the end of the time range."""
        left = self.owned(self.recorded_left(AT_END))
        return f"bottomk({MOST_LINES}, {self.of(left, *which) if which else left})"

    def now(self) -> str:
        """Events per second of every group that is measured."""
        return self.one_replica(self.series(names.total_rate(self.project.ledger_window)))

    def recorded_left(self, at: str = "", **labels: str) -> str:
        """The share of the budget that was recorded last; the label window says of which one."""
        return self.one_replica(self._latest(self.series(names.BUDGET_REMAINING, **labels), at))

    def left(self, **labels: str) -> str:
        """The share of the budget that is left to groups with data, or that may be silent.

        Of others it is not known.
        """
        recorded = self.recorded_left(**labels)
        return (
            f"({recorded}\n  and ignoring ({_WINDOW}) {self.now()}"
            f"\n  or {recorded} and {build.ON} {self._expecting_silence()})"
        )

    def unknown(self) -> str:
        """The last budget of groups that have no data, and may not be silent."""
        return (
            f"({self.recorded_left()}\n  unless ignoring ({_WINDOW}) {self.now()}"
            f"\n  unless {build.ON} {self._expecting_silence()})"
        )

    def burn(self, window: Fraction, at: str = "") -> str:
        """The burn rate over a window."""
        series = self.series(names.burn(window))
        return self.one_replica(f"{series}{at}" if is_fast(window) else self._latest(series, at))

    def slower_burn(self, long: Fraction, short: Fraction, at: str = "") -> str:
        """The lower one of two burn rates: above a threshold when both of them are.

        Without a name, so that a group is one line wherever its value comes from.
        """
        slow, fast = self.burn(long, at), self.burn(short, at)
        return f"0 + ({slow}\n  < {fast}\n  or {fast})"

    def sli(self) -> str:
        """The share of good events over the SLO's window, out of what is left of its budget."""
        # Not recorded: what is spent, times what is allowed, is the share of bad events.
        own = label_list([_WINDOW, *self.groups])
        spent = f"(1 - {self.left()})"
        if self.has_calendar:
            spent = f"({self._since_boundary(spent)})"
        return self.shares_only(f"1 - {spent} * ignoring ({own}) group_left () {self._budgets()}")

    def elapsed(self) -> str:
        """Which share of its calendar window has passed for each SLO that has one."""
        off = label_list([names.WINDOW_PERIOD, *self.project.replica_labels])
        return f"min without ({off}) ({self._latest(self._of_slos(names.WINDOW_ELAPSED), '')})"

    def _since_boundary(self, spent: str) -> str:
        """What is spent of what was allowed so far; a calendar window's budget is all of it."""
        share = self.elapsed()
        ignoring = f"ignoring ({label_list(self.groups)})"
        of_calendars = f"{spent} / {ignoring} group_left () ({share} > 0)"
        return f"{of_calendars}\n  or {spent} unless {ignoring} {share}"

    def sli_now(self) -> str:
        """The share of good events in each step of a graph."""
        return self.shares_only(f"1 - {self.bad_share()}")

    def bad_share(self) -> str:
        """The share of bad events in each step of a graph."""
        bad, total = (
            self.one_replica(f"sum_over_time({series}[$__interval])")
            for series in (self._bad(), self._total())
        )
        return f"{bad} / ({total} > 0)"

    def sli_at_end(self) -> str:
        """The share of good events now."""
        bad, total = (
            self.one_replica(self.series(name(self.project.ledger_window)))
            for name in (names.bad_rate, names.total_rate)
        )
        return self.shares_only(f"1 - {bad} / ({total} > 0)")

    def sli_in_a_day(self) -> str:
        """The share of good events of the last day."""
        return self.shares_only(f"1 - {self.bad_in_a_day()} / ({self.total_in_a_day()} > 0)")

    def objective(self) -> str:
        """The lowest share of good events that the chosen SLOs promise."""
        return f"min({self.owned(self.shares_only(f'1 - {self._budgets()}'))})"

    def bad_within(self, seconds: Fraction) -> str:
        """How many bad events the last so many seconds held."""
        span = format_duration(seconds - _MINUTE)
        return self.one_replica(f"sum_over_time({self._bad()}[{span}])")

    def bad_within_hours(self, seconds: Fraction) -> str:
        """The same out of the sums of full hours, which large bundles record."""
        hours = self.series(names.hourly(names.bad_events(self.project.ledger_window)))
        return self.one_replica(f"sum_over_time({hours}[{format_duration(seconds - _MINUTE)}])")

    def bad_now(self) -> str:
        """Bad events per second of groups that have any."""
        bad = self.series(names.bad_rate(self.project.ledger_window))
        return f"{self.one_replica(bad)} > 0"

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
        lately, ever = (
            self.one_replica(f"last_over_time({self._latest(series)}[1d:30m])")
            for series in (mine, total)
        )
        gone = f"{lately} unless {self.now()} unless {build.ON} {self._expecting_silence()}"
        # the budget has the SLO's labels and those that a store adds, and is there without events
        mute = " unless ".join(
            [
                f"0 * {self._budgets()} + 1",
                *(
                    f"ignoring ({label_list(self.groups)}) {vector}"
                    for vector in (self.one_replica(self.seen), ever, self._resting(self._of_slos))
                ),
            ]
        )
        return f"({gone})\nor ({mute})"

    def resting(self) -> str:
        """What is left of groups that have no data now, and may be silent."""
        return f"({self._resting(self.series)} unless {self.now()})"

    def _resting(self, of: Callable[[str], str]) -> str:
        left = self.one_replica(self._latest(of(names.BUDGET_REMAINING)))
        expected = f"and {build.ON} {self._expecting_silence()}"
        return f"(max without ({_WINDOW}) ({left}) {expected})"

    def young(self) -> str:
        """What is left where history began less than half of a window ago: it says little."""
        return f"{self.left()} unless {self.one_replica(self._latest(self.series(names.HISTORY)))}"

    def firing(self, *patterns: Matcher, **labels: str) -> str:
        """The alerts that fire, slokit's watch over itself among them."""
        return self._alerts("max", names.ALERTS, *patterns, alertstate="firing", **labels)

    def firing_at(self, severity: str) -> str:
        """The alerts of a severity that fire; of page or ticket, whatever those are called."""
        return self.firing(severity=self.project.alerts.of(severity).name)

    def burning(self) -> str:
        """The burn alerts that fire."""
        firing = {"alertstate": "firing"}
        if len(self.burn_alerts) == 1:
            burning = self.series(names.ALERTS, alertname=self.burn_alerts[0], **firing)
        else:
            called = Matcher("alertname", "=~", "|".join(self.burn_alerts))
            burning = self.series(names.ALERTS, called, **firing)
        return self._once("max", burning)

    def firing_since(self, *patterns: Matcher) -> str:
        """Since when the alerts fire, in milliseconds since the epoch."""
        since = self._alerts("min", names.ALERTS_SINCE, *patterns)
        # Grafana's times are milliseconds. ALERTS_FOR_STATE has alerts that only wait, too.
        return f"1000 * {since} and ignoring (alertstate) {self.firing(*patterns)}"

    def with_info(self, vector: str, labels: Iterable[str]) -> str:
        """The vector with labels of the newest info series of each SLO."""
        wanted = label_list(labels)
        if not wanted:
            return vector
        # As the rules do for alerts: two info series after an edit, of which the newer one counts;
        # `^ 0` makes a 1 of its time.
        newest = f"(topk {build.BY} (1, timestamp({self.info()})) ^ 0)"
        return f"{vector}\n* {build.ON} group_left ({wanted}) {newest}"

    def rows(self, vector: str, *labels: str, less: Iterable[str] = (_WINDOW,)) -> str:
        """One sample for each group: service, slo, the group's values in one label, and others.

        ``less`` are labels of the vector that are taken off; all that a store adds stay.
        """
        if self.groups:
            vector = (
                f'label_join(\n{vector}\n, "{GROUP}", " ", {", ".join(map(quote, self.groups))})'
            )
        vector = self.owned(vector)
        known = [names.BUNDLE, *self.groups, *less]
        gone = dict.fromkeys(label for label in known if label not in (*labels, GROUP))
        return f"max without ({label_list(gone)}) ({vector})"

    def rows_by(self, vector: str, *labels: str) -> str:
        """One sample for each service, SLO and the other labels, as far as the vector has them."""
        return f"max by ({label_list([names.SERVICE, names.SLO, *labels])}) ({vector})"

    def one_replica(self, vector: str) -> str:
        """The vector as one replica recorded it, without the labels that tell replicas apart.

        It is the one that recorded most SLOs now and over a day, at the end of the time range: no
        number is made of what two of them measured, whose events fall on the slots differently.
        """
        if not self.has_replicas:
            return vector
        own = label_list([names.SERVICE, names.SLO, *self.groups, _WINDOW])
        return self._once("max", f"\n{vector}\nand ignoring ({own}) {self._replica()}\n")

    def _replica(self) -> str:
        """One replica of each set of other labels that the store adds."""
        own = label_list([names.SERVICE, names.SLO, *self.groups])
        budgets = build.series(names.BUDGET, {names.BUNDLE: f"${names.BUNDLE}"})
        now = f"count without ({own}) ({budgets}{AT_END})"
        # A replica of less than an hour has no sample at the steps of the subquery; one that is
        # gone is taken where all are.
        lately = f"sum_over_time((count without ({own}) ({budgets}))[1d:1h]{AT_END})"
        rank = f"{lately} * {now} or {now} or 0 * {lately}"
        return f"topk without ({label_list(self.project.replica_labels)}) (1, {rank})"

    def _once(self, operation: str, vector: str) -> str:
        """The vector without the labels of replicas."""
        if not self.has_replicas:
            return vector
        return f"{operation} without ({label_list(self.project.replica_labels)}) ({vector})"

    def _budgets(self) -> str:
        """What each SLO allows, in each part of a store."""
        own = [*self.groups, *self.project.replica_labels]
        budget = self._of_slos(names.BUDGET)
        # where the store adds a label by which an SLO is grouped, too
        return f"min without ({label_list(own)}) ({budget})" if own else budget

    def same_group(self) -> str:
        """The matching of a group with the alerts on it."""
        return f"ignoring ({label_list(self.on_alerts)})"

    def legend(self) -> str:
        """The name of a group's line."""
        groups = "".join(f" {{{{{group}}}}}" for group in self.groups)
        return f"{{{{{names.SERVICE}}}}}/{{{{{names.SLO}}}}}{groups}"

    def number_of(self, vector: str) -> str:
        """How many samples a vector has; 0 when it has none although rules are loaded."""
        # `count` of nothing is no sample. Without rules there is no zero either, as tiles show.
        return f"count({self.owned(vector)})\nor 0 * count({self.info()})"

    def _of_slos(self, name: str, *patterns: Matcher, **labels: str) -> str:
        own = {names.BUNDLE: f"${names.BUNDLE}", **labels}
        chosen = [Matcher(label, "=~", f"${label}") for label in (names.SERVICE, names.SLO)]
        return build.series(name, own, *chosen, *patterns)

    def _latest(self, series: str, at: str = "") -> str:
        return f"last_over_time({series}[{look_back(self.project)}]{at})"

    def _alerts(self, operation: str, name: str, *patterns: Matcher, **labels: str) -> str:
        """A series about alerts; those on spent budgets are evaluated as seldom as budgets are.

        An alert that two replicas fire is one; a replica that lags takes none away.
        """
        seldom = f"{names.EXHAUSTED_ALERT}|{names.SPENT_ALERT}"
        fast = self.series(name, Matcher("alertname", "!~", seldom), *patterns, **labels)
        spent = self.series(name, Matcher("alertname", "=~", seldom), *patterns, **labels)
        return self._once(operation, f"({fast} or {self._latest(spent)})")

    def _expecting_silence(self) -> str:
        return self.info(no_data="ignore")

    def _bad(self) -> str:
        return self.series(names.bad_events(self.project.ledger_window))

    def _total(self) -> str:
        return self.series(names.total_events(self.project.ledger_window))

    def _per_hour(self, events: str) -> str:
        slots = build.number(3600 / self.project.ledger_window)
        # A mean of counts, not their sum: a step of the graph has any length, and may lack some.
        return f"{slots} * {self.one_replica(f'avg_over_time({events}[$__interval])')}"

    def _over_a_day(self, function: str, events: str) -> str:
        # A minute short, as in the rules, so that all versions read the same number of counts.
        return self.one_replica(f"{function}({events}[{format_duration(_DAY - _MINUTE)}])")


def ledger_of(bundle: Bundle) -> Ledger:
    """The recorded series of a bundle."""
    return Ledger(
        bundle.project,
        group_labels(bundle),
        names.burn_alerts(bundle),
        alert_labels.on_alerts(bundle),
        any(not slo.window.is_rolling for slo in bundle.slos),
        any(slo.owner for slo in bundle.slos),
    )
