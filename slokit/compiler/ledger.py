"""The ledger as rules, and how all other rules of a bundle read it.

A service's group records, for each SLO, its total, its bad events, its budget and its metadata.
Only identity labels stand on the first three: metadata, which people edit, lives on ``slokit:info``
and is joined where it is needed, so that no edit ever ends a series. Right after an edit old and
new series of ``slokit:info`` and ``slokit:budget:ratio`` both exist for five minutes, and every
shape here has to survive that. What each SLI type records is in docs/reference/ledger.md.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction

from slokit.compiler import maintenance, names
from slokit.compiler.rules import RecordingRule, RuleGroup, Ruler
from slokit.model.bundle import Project
from slokit.model.ledger import (
    BAD,
    SEEN,
    TOTAL,
    Ledger,
    Sli,
    SupportingRule,
    Terms,
    ledger_over,
    over_another,
)
from slokit.model.slo import Service, Slo
from slokit.promql import build
from slokit.promql.selector import Matcher, label_list
from slokit.text.durations import format_duration, open_range
from slokit.text.numbers import format_percent
from slokit.text.words import clip

_LONGEST_DESCRIPTION = 200


def identity(slo: Slo, project: Project) -> dict[str, str]:
    """The labels that name an SLO's series."""
    return {names.BUNDLE: project.bundle, names.SERVICE: slo.service, names.SLO: slo.name}


def terms(slo: Slo, project: Project, window: Fraction | None = None) -> Terms:
    """The terms in which an SLO's SLI says its ledger.

    ``window`` (seconds) is over how long its events are counted, the ledger window unless given:
    over another one a counter that is younger is counted from its first sample on.
    PromQL that the user wrote has the ledger window in it already.
    """
    length = window or project.ledger_window
    return Terms(
        folding=slo.folding,
        window=format_duration(length),
        window_seconds=length,
        interval=format_duration(project.interval),
        labels=identity(slo, project),
        series=names.ledger_rate("{}", project.ledger_window),
        scrape_interval=project.scrape_interval,
        interval_seconds=project.interval,
        counts_from_first=window is not None,
    )


def compile_ledgers(
    service: Service, project: Project, ruler: Ruler = Ruler.PROMETHEUS
) -> RuleGroup:
    """The group of one service: the ledgers of its SLOs, one after another.

    Those that read others come behind them, so that they read this evaluation's.
    """
    slos = sorted(service.slos, key=lambda slo: slo.depth)
    rules = [rule for slo in slos for rule in compile_ledger(slo, project, ruler)]
    return RuleGroup(
        names.ledger_group(project.bundle, service.name), project.interval, tuple(rules)
    )


def compile_ledger(
    slo: Slo, project: Project, ruler: Ruler = Ruler.PROMETHEUS
) -> tuple[RecordingRule, ...]:
    """What the SLI wants recorded first, then total, bad, budget and info, in this order.

    A group evaluates its rules one after another, so that the bad can read this evaluation's total
    instead of asking for the raw series again. Where the evaluator does not read its own writes at
    once, that total would be an earlier one: there its expression is repeated.
    """
    own, labels = terms(slo, project), identity(slo, project)

    def count(sli: Sli, terms: Terms) -> Ledger:
        return _as_recorded(replace(slo, sli=sli), project, ruler, terms)

    ledger = ledger_over(slo.sli, own, count)
    if over_another(slo.sli) and not ruler.reads_own_writes:
        own = replace(own, written_out={TOTAL: build.own(ledger.total)})
        ledger = ledger_over(slo.sli, own, count)
    window = project.ledger_window
    return (
        *(
            RecordingRule(names.ledger_rate(rule.name, window), rule.expr, labels)
            for rule in ledger.supporting
        ),
        RecordingRule(names.total_rate(window), ledger.total, labels),
        RecordingRule(names.bad_rate(window), ledger.bad, labels),
        # `vector()` has no labels and reads no series: the budget is known before any event, and
        # keeps no label but the rule's.
        RecordingRule(names.BUDGET, f"vector({build.number(slo.budget)})", labels),
        RecordingRule(names.INFO, "vector(1)", {**labels, **metadata(slo)}),
    )


def _as_recorded(slo: Slo, project: Project, ruler: Ruler, own: Terms) -> Ledger:
    """What an SLI counts, with what goes on without data and less what a maintenance stops."""
    reads_own_writes = ruler.reads_own_writes
    # good events of now below a total of a minute ago: each fall of traffic would be bad events
    ledger = slo.sli.ledger(own) if reads_own_writes else _repeated(slo, project)
    if slo.no_data_for:
        ledger = _going_on(slo, project, own, reads_own_writes=reads_own_writes)
    if not maintenance.is_stopped(slo, project):
        return ledger
    # both sides stop together: what has no total of this very evaluation has no bad events
    bad = (
        f"{build.own(ledger.bad)} and {build.IGNORING} {own.recorded_total}"
        if reads_own_writes
        else maintenance.counted(ledger.bad, slo, project, ruler)
    )
    total = maintenance.counted(ledger.total, slo, project, ruler)
    return replace(ledger, total=total, bad=bad)


def _going_on(slo: Slo, project: Project, own: Terms, *, reads_own_writes: bool) -> Ledger:
    """A ledger in which a group that had data goes on for a while, and all of it is bad.

    What was measured is recorded apart, for what goes on must not prolong itself. The last total
    counts: what was idle goes on idle, and spends nothing.
    """
    on = f"on ({label_list(slo.folding.names)})"
    present = slo.sli.ledger(replace(own, asks_presence=True)).present
    seen, gone = own.recorded(SEEN), _gone(slo, project)
    if reads_own_writes:
        # the zeros of the bad are those of groups that were measured
        measured = slo.sli.ledger(replace(own, written_out={own.named(TOTAL): seen}))
        bad = f"{build.own(measured.bad)} and {build.IGNORING} {seen}"
        rest = own.recorded_total
    else:
        measured = _repeated(slo, project)
        bad, rest = measured.bad, gone
    total = measured.total
    if present:
        total = f"{build.own(total)} and {on} {present}"
        bad = bad if reads_own_writes else f"{build.own(bad)} and {on} {present}"
    return Ledger(
        total=f"{seen if reads_own_writes else total}\nor {build.IGNORING} {gone}",
        bad=f"{bad}\nor {build.IGNORING} {rest}",
        supporting=(*measured.supporting, SupportingRule(SEEN, total)),
    )


def _gone(slo: Slo, project: Project) -> str:
    """The last total of the groups that were measured lately, and are not now.

    Two scrapes may fail before a group is gone. The rules must have run meanwhile: after a restart
    Prometheus looks at its rules before it has scraped anything.
    """
    hold = 2 * max(project.scrape_interval, project.interval)
    seen = terms(slo, project).recorded(SEEN)
    last, lately = (
        f"last_over_time({seen}[{open_range(seconds)}])" for seconds in (slo.no_data_for, hold)
    )
    budget = build.series(names.BUDGET, identity(slo, project))
    evaluated = f"count_over_time({budget}[{open_range(hold + 2 * project.interval)}])"
    return (
        f"({last}\n  unless {lately}\n"
        f"  and {build.ON} {evaluated} > {build.number(hold / project.interval)})"
    )


def _repeated(slo: Slo, project: Project) -> Ledger:
    """The ledger of an SLO, with what its own rules record written out in it.

    What others record is read as ever: their two sides are of one evaluation, if of an earlier one.
    """
    return raw_ledger(replace(slo, members=()), project)


def raw_ledger(
    slo: Slo,
    project: Project,
    window: Fraction | None = None,
    counted: Callable[[Slo, str], str] | None = None,
) -> Ledger:
    """The ledger over raw series alone: what rules record and read back is written out in it.

    Over the ledger window, or over another ``window`` in seconds. ``counted`` leaves of a side what
    is in no maintenance, where that decides what a ledger is made of: of members, and of slices.
    """
    own = terms(slo, project, window)
    written: dict[str, str] = {}

    def count(sli: Sli, terms: Terms) -> Ledger:
        ledger = sli.ledger(terms)
        if counted is None or sli is slo.sli:
            return ledger
        return replace(
            ledger, total=counted(slo, ledger.total), bad=counted(slo, build.own(ledger.bad))
        )

    for member in slo.members:
        theirs = raw_ledger(member, project, window, counted)
        total = theirs.total
        if counted and not over_another(member.sli):
            total = counted(member, total)
        written[f"{member.id} {TOTAL}"] = build.own(_labelled(total, member))
        # No share is asked of a member that is idle, so that no zero need stand for its bad events.
        # Prometheus 2 takes four times as long for an expression that is twice as long.
        bad = theirs.apart.bad if theirs.apart and theirs.apart.adds_up else theirs.bad
        written[f"{member.id} {BAD}"] = build.own(_labelled(bad, member))
    if written:
        own = replace(own, written_out=written)
    ledger = ledger_over(slo.sli, own, count)
    for number in range(len(ledger.supporting)):
        # each may read those before it, which are written out in it by now
        rule = ledger.supporting[number]
        written = {**written, rule.name: build.own(rule.expr)}
        ledger = ledger_over(slo.sli, replace(own, written_out=written), count)
    written = {**written, TOTAL: build.own(ledger.total)}
    ledger = ledger_over(slo.sli, replace(own, written_out=written), count)
    return replace(ledger, supporting=())


def _labelled(vector: str, slo: Slo) -> str:
    """The vector with a label by which the series of SLOs differ, as those of rules do by two."""
    return f'label_replace({vector}, "{names.SLO}", "{slo.id}", "", "")'


def metadata(slo: Slo) -> dict[str, str]:
    """The labels that only the info series carries; empty ones are left out."""
    called = names.burn_alert(slo)
    labels = {
        "category": slo.category,
        "sli": slo.sli.type,
        "measure": slo.sli.measure,
        names.OBJECTIVE: slo.objective_text,
        **slo.window.labels,
        "alert_policy": slo.policy.name,
        "min_bad_events": str(slo.min_bad_events or ""),
        "owner": slo.owner,
        "unit": slo.sli.unit,
        "runbook": slo.runbook,
        "no_data": "ignore" if slo.no_data == "ignore" else "",
        names.ALERT_NAME: "" if called == names.BURN_ALERT else called,
        **_words(slo),
    }
    # Sorted: the order of keys in a spec is no part of what it means, and outputs are compared.
    own = {label: slo.labels[label] for label in sorted(slo.labels)}
    routed = {names.routing(label): slo.routing[label] for label in sorted(slo.routing)}
    return {label: value for label, value in {**labels, **own, **routed}.items() if value}


def settings(slo: Slo) -> dict[str, str]:
    """The metadata that a spec sets: less the words for alerts, which follow from the rest."""
    return {label: value for label, value in metadata(slo).items() if label not in names.WORDS}


def _words(slo: Slo) -> dict[str, str]:
    """What its burn alerts say besides numbers: texts that no rule of the bundle could know."""
    fails, may = slo.sli.failing(slo.name)
    allowed = slo.objective_text.replace("/", " in ")
    if slo.objective is not None:
        allowed = format_percent(1 - slo.objective)
    # one line, and within what stores allow a label's value
    described = clip(" ".join(slo.description.split()), _LONGEST_DESCRIPTION).rstrip(".")
    return dict(zip(names.WORDS, (fails, f"{allowed} {may}", described), strict=True))


def series(name: str, project: Project, **labels: str) -> str:
    """One of slokit's series, of every SLO of the bundle.

    >>> series("slokit:burn:1h", Project())
    'slokit:burn:1h{bundle="default"}'
    """
    return build.series(name, {names.BUNDLE: project.bundle, **labels})


def info(project: Project, *patterns: Matcher, **labels: str) -> str:
    """The info series of the SLOs with this metadata; an empty value is a label that is missing.

    >>> info(Project(), Matcher("window", "=~", "7d|30d"), no_data="")
    'slokit:info{bundle="default",no_data="",window=~"7d|30d"}'
    """
    return build.series(names.INFO, {names.BUNDLE: project.bundle, **labels}, *patterns)


def only(vector: str, project: Project, **labels: str) -> str:
    """The samples of the SLOs whose info has these labels.

    A semi-join: ``and`` takes any number of info series on its right side, where ``* on`` would
    fail while the two of an edit overlap.

    >>> only("slokit:burn:1d", Project(), window="30d")
    'slokit:burn:1d and on (bundle, service, slo) slokit:info{bundle="default",window="30d"}'
    """
    return f"{vector} and {build.ON} {info(project, **labels)}"


def with_metadata(vector: str, labels: Sequence[str], project: Project) -> str:
    r"""The vector with labels of the info series, for alerts to carry.

    ``group_left`` fails where an SLO has two info series, as it has after an edit: ``topk`` by the
    time of their last samples keeps the newer one. That time is a large number, and the value of
    the vector must not change: ``^ 0`` makes it 1.

    >>> print(with_metadata("slokit:burn:1h > 6", ["owner"], Project()))
    slokit:burn:1h > 6
    * on (bundle, service, slo) group_left (owner) (topk by (bundle, service, slo)
    (1, timestamp(slokit:info{bundle="default"})) ^ 0)
    """
    if not labels:
        return vector
    newest = f"(topk {build.BY} (1, timestamp({info(project)})) ^ 0)"
    return f"{vector}\n* {build.ON} group_left ({label_list(labels)}) {newest}"


def budgets(project: Project) -> str:
    """Allowed bad per total of every SLO.

    ``min`` leaves one series an SLO where an edited objective overlaps with the old one: the
    stricter of the two counts until the old one is forgotten.

    >>> budgets(Project())
    'min by (bundle, service, slo) (slokit:budget:ratio{bundle="default"})'
    """
    return f"min {build.BY} ({series(names.BUDGET, project)})"


def per_budget(ratio: str, project: Project) -> str:
    """A ratio of bad to total as a burn rate; many groups share the one budget of their SLO.

    >>> print(per_budget("bad / total", Project()))
    bad / total
    / on (bundle, service, slo) group_left () min by (bundle, service, slo)
    (slokit:budget:ratio{bundle="default"})
    """
    return f"{ratio}\n/ {build.ON} group_left () {budgets(project)}"
