"""An explanation as titled sections of sentences and code, for any format to print."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from slokit.compiler import names
from slokit.compiler.rules import AlertRule
from slokit.explain.facts import BurnFacts, Explanation, written_at
from slokit.model.alerting import SPENT
from slokit.model.ledger import CountedIn
from slokit.model.maintenance import ALERTS, LEDGER, when_text
from slokit.model.slo import Slo
from slokit.promql import build
from slokit.text.durations import format_duration, readable_duration
from slokit.text.numbers import readable, readable_percent
from slokit.text.words import counted, joined

_OUTAGE = Fraction(600)
_COUNTED = {
    CountedIn.EVENTS: "Total and bad are events per second",
    CountedIn.SECONDS: "A level counts for as long as it lasts: total and bad are levels",
    CountedIn.MEMBER_SECONDS: (
        "Each member counts for as long as it is there: total and bad are numbers of members"
    ),
    CountedIn.EVENTS_IN_TIME: "The total is time, the bad ones are events: both per second",
    CountedIn.TIME_OF_RATIO: "The total is 1 while there is a ratio, the bad side is that ratio",
    CountedIn.TIME_OF_MEMBERS: (
        "The total is 1 while any member has traffic, the bad side is what the method makes of"
        " their shares of bad"
    ),
    CountedIn.TIME_OF_SLICES: (
        "The total is 1 after a slice that was measured, the bad side is what that slice was"
    ),
    CountedIn.TIME_OF_BUSY_SLICES: (
        "The total is 1 after a slice with traffic, the bad side is what that slice was"
    ),
}


@dataclass(frozen=True, slots=True)
class Code:
    """Text that stands as it is, below a caption."""

    caption: str
    text: str


@dataclass(frozen=True, slots=True)
class Section:
    """A title and what stands below it; of a list, each sentence is an item of its own."""

    title: str
    parts: tuple[str | Code, ...]
    is_list: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """All that a format prints: one line, where it is written, and the sections below."""

    headline: str
    origin: str
    sections: tuple[Section, ...]


def page(facts: Explanation) -> Page:
    """The page about one SLO, its sections in the order in which a reader needs them."""
    made = [
        Section("What counts", tuple(_counts(facts))),
        Section("Error budget", tuple(_budget(facts))),
        Section(
            f"Alerts of the policy {facts.slo.policy.name}", tuple(_alerts(facts)), is_list=True
        ),
        Section("What they carry", tuple(_carried(facts))),
        Section("Error-budget policy", tuple(_budget_policy(facts)), is_list=True),
        Section("Maintenance", tuple(_maintenance(facts)), is_list=True),
        Section("Left out", tuple(_left_out(facts)), is_list=True),
        Section("Where it goes", tuple(_places(facts))),
        Section("To ask Prometheus", tuple(_queries(facts))),
    ]
    return Page(_headline(facts), _origin(facts), tuple(s for s in made if s.parts))


def _headline(facts: Explanation) -> str:
    """The SLO and what it promises, in one line."""
    promise = facts.slo.description or f"{facts.slo.sli.type}, {objective(facts)}"
    return f"{facts.slo.id}: {promise}"


def objective(facts: Explanation) -> str:
    """The objective and the window."""
    slo = facts.slo
    if facts.is_rate:
        return f"at most {slo.objective_text}, over {slo.window.described}"
    return f"{slo.objective_text} over {slo.window.described}"


def _origin(facts: Explanation) -> str:
    """Where it is written, and what belongs to its metadata."""
    slo = facts.slo
    metadata = {
        "bundle": facts.project.bundle,
        "category": slo.category,
        "owner": slo.owner,
        "runbook": slo.runbook,
        **slo.labels,
    }
    rest = [f"{name} {value}" for name, value in metadata.items() if value]
    return ", ".join([written_at(facts.file, facts.line, facts.use), *rest])


def _counts(facts: Explanation) -> Iterator[str | Code]:
    slo = facts.slo
    limit = f", {slo.sli.limit_text}" if slo.sli.limit_text and not facts.is_rate else ""
    yield f"An SLI of type {slo.sli.type}{limit}; {_groups(facts)}."
    yield f"{_COUNTED[slo.sli.counted_in]}, group by group."
    if caveat := slo.sli.counted_in.caveat:
        yield f"{caveat[:1].upper()}{caveat[1:]}."
    if slo.no_data_for:
        yield (
            "A group that had data and has none goes on with its last traffic, all of it bad, for"
            f" {readable_duration(slo.no_data_for)} (`no_data: bad`)."
        )
    if slo.no_data == "good":
        yield "A member that is expected and has no sample is good (`no_data: good`)."
    if slo.formerly:
        old = joined([f"{slo.service}/{name}" for name in slo.formerly])
        yield f"Reports go on with the history of {old} (`formerly`)."
    *supporting, total, bad, _, _ = facts.ledger
    yield from (Code(f"recorded first as {rule.record}", rule.expr) for rule in supporting)
    yield Code(f"total, recorded as {total.record}", total.expr)
    yield Code(f"bad, recorded as {bad.record}", bad.expr)


def _groups(facts: Explanation) -> str:
    labels = facts.slo.folding.group_by
    if not labels:
        return "one budget for everything"
    named = [g.name if g.name == g.source else f"{g.name} (taken from {g.source})" for g in labels]
    return f"one budget for each {joined(named)}"


def _budget(facts: Explanation) -> Iterator[str | Code]:
    slo = facts.slo
    yield f"Objective: {objective(facts)}."
    if facts.is_rate:
        yield from _event_budget(facts)
    else:
        yield from _share_budget(facts)
    burnt = f"bad / total / {build.number(slo.budget)}"
    yield Code("as formulas", f"burn rate   = {burnt}\nbudget left = {_left(slo)}")


def _left(slo: Slo) -> str:
    """The formula of what is left of a budget."""
    unit, budget = slo.window.name, build.number(slo.budget)
    if slo.window.is_rolling:
        return f"1 - bad of {unit} / (total of {unit} * {budget})"
    so_far = f"of this {unit} so far"
    return f"1 - bad {so_far} / (total {so_far} * {budget}) * the share of the {unit} that is over"


def _share_budget(facts: Explanation) -> Iterator[str]:
    slo, window = facts.slo, facts.slo.window
    of, is_time = slo.sli.counted_in.whole, slo.sli.counted_in.is_time
    yield f"{readable_percent(slo.budget)} of {of} may be bad: 1 in {readable(1 / slo.budget)}."
    even = "" if is_time else ", at even traffic"
    spent = readable_duration(facts.allowed)
    yield f"A total outage spends all of it in {spent} of {window.name}{even}."
    if not is_time:
        yield (
            f"At one event a second that is {readable(facts.allowed)} bad ones"
            f" of {readable(window.longest)}."
        )
    yield f"Ten minutes of total outage cost {readable_percent(_OUTAGE / facts.allowed)} of it."


def _event_budget(facts: Explanation) -> Iterator[str]:
    slo, window = facts.slo, facts.slo.window
    yield (
        f"{readable(facts.allowed)} event{'' if facts.allowed == 1 else 's'} may happen"
        f" in {window.name},"
        f" one every {readable_duration(1 / slo.budget)}."
    )
    burnt = [
        f"{readable(1 / (slo.budget * burns.alert.long))} over {format_duration(burns.alert.long)}"
        for burns in facts.burns
    ]
    yield f"One event costs {readable_percent(1 / facts.allowed)} of the budget."
    if slo.sli.unit:
        yield f"Reports call the events {slo.sli.unit} (`unit`)."
    if burnt:
        yield f"Its burn rate is {joined(burnt)}."


def _alerts(facts: Explanation) -> Iterator[str]:
    for burns in facts.burns:
        yield burn_sentence(facts, burns)
    severities = [burns.alert.severity for burns in facts.burns]
    if len(severities) > len(set(severities)):
        yield "The burn alerts of one severity are one alert, whichever of their windows burn."
    for rule in facts.alerts:
        yield f"{rule.labels['severity']} {rule.alert}: {when_sentence(facts, rule)}."
    yield from waiting_sentences(facts, facts.burns)


def waiting_sentences(facts: Explanation, found: Sequence[BurnFacts]) -> Iterator[str]:
    """What these burn alerts wait for besides their burn rates."""
    waits = max((burns.waits_for for burns in found), default=0)
    if waits:
        yield f"A page waits for {counted(waits, 'event')} in its long window (min_bad_events)."
    share, window = facts.slo.policy.min_budget_spent, facts.slo.window.name
    if share and any(facts.slo.policy.wants_spent(burns.alert) for burns in found):
        yield (
            f"A page waits until its long window holds {readable_percent(share)} of the {window}"
            " budget, in events (min_budget_spent)."
        )


def burn_sentence(facts: Explanation, burns: BurnFacts) -> str:
    """When a burn alert fires, and what that spends."""
    alert = burns.alert
    long, short = format_duration(alert.long), format_duration(alert.short)
    severity = facts.project.alerts.of(alert.severity).name
    head = f"{severity} {names.burn_alert(facts.slo)} {long}/{short}"
    head += f", burn rate above {alert.burn}"
    head += f" for {format_duration(alert.hold)}" if alert.hold else ""
    lasts = (
        f" It fires for {format_duration(alert.keep_firing)} more after the burn."
        if alert.keep_firing
        else ""
    )
    cost = (
        f"{readable_percent(burns.spends)} of the budget in {long};"
        f" all of it in {readable_duration(burns.empties_in)}"
    )
    return f"{head}: {_needs(facts, burns, long, short)}. That spends {cost}.{lasts}"


def _needs(facts: Explanation, burns: BurnFacts, long: str, short: str) -> str:
    if burns.bad_share is not None:
        counts = facts.slo.sli.counted_in
        of = f" of {counts.whole}" if counts.is_time else ""
        return f"more than {readable_percent(burns.bad_share)}{of} bad over {long} and over {short}"
    assert burns.events is not None
    in_long, in_short = burns.events
    # A page needs both: a burn rate above the threshold, and as many events as it waits for.
    enough = max(in_long, burns.waits_for)
    return f"{counted(enough, 'event')} or more within {long}, {in_short:,} or more within {short}"


def _exhausted(facts: Explanation, hold: Fraction) -> str:
    half = readable_duration(facts.slo.window.longest / 2)
    left = f"nothing is left of the {facts.slo.window.name} budget"
    return f"{left}, and history began at least {half} ago"


def _no_data(facts: Explanation, hold: Fraction) -> str:
    whose = "a group" if facts.slo.folding.group_by else "it"
    was = "had data within a day and was not idle when that ended"
    return f"{whose} has no sample for {readable_duration(hold)}, {was}"


def _spent(facts: Explanation, share: str) -> str:
    half = readable_duration(facts.slo.window.longest / 2)
    spent = f"{share} of the {facts.slo.window.name} budget are spent"
    return f"{spent}, and history began at least {half} ago"


_WHEN = {names.EXHAUSTED_ALERT: _exhausted, names.NO_DATA_ALERT: _no_data}


def when_sentence(facts: Explanation, rule: AlertRule) -> str:
    """When another alert on an SLO fires."""
    if rule.alert == names.SPENT_ALERT:
        return _spent(facts, rule.labels[SPENT])
    return _WHEN[rule.alert](facts, rule.hold)


def _carried(facts: Explanation) -> Iterator[str | Code]:
    """The labels that routes go by, and the texts that come from the spec."""
    identity = facts.identity
    if not facts.carried:
        return
    everywhere = joined([*identity, *facts.slo.folding.names])
    yield f"All have {everywhere}; burn alerts also have alert_policy."
    for severity, labels in facts.carried.items():
        own = {label: value for label, value in labels.items() if label not in identity}
        yield Code(f"besides, at severity {severity}", _listed(own))
    if facts.shown:
        yield Code("annotations from its metadata", _listed(facts.shown))


def _listed(pairs: Mapping[str, str]) -> str:
    return "\n".join(f"{name}: {value}" for name, value in pairs.items())


def _left_out(facts: Explanation) -> Iterator[str]:
    yield from (f"{reason}." for reason in facts.left_out)
    slo, made = facts.slo, {rule.alert for rule in facts.alerts}
    if slo.policy.is_silent:
        yield f"Every alert: the policy is {slo.policy.name}."
        return
    if slo.no_data == "ignore":
        yield f"{names.NO_DATA_ALERT}: the spec says `no_data: {slo.no_data}`."
    if names.EXHAUSTED_ALERT not in made:
        yield f"{names.EXHAUSTED_ALERT}: the policy {slo.policy.name} does not have it."


def _maintenance(facts: Explanation) -> Iterator[str]:
    """When something of the SLO is not counted, silent, or left out of reports."""
    slo = facts.slo
    for each in facts.project.maintenances:
        groups = each.group_matchers(slo.own_labels, slo.folding.names)
        if groups is None:
            continue
        of = f" of groups with {','.join(map(str, groups))}" if groups else ""
        effects = [_EFFECTS[to] for to in (LEDGER, ALERTS) if to in each.applies]
        if each.is_corrected:
            effects.append("reports leave out what was counted")
        yield f"{each.name}, {when_text(each)}{of}: {joined(effects)} ({each.reason})."


def _budget_policy(facts: Explanation) -> Iterator[str]:
    """What is done at which budget that is left, where slokit.yaml says so."""
    for rule in facts.project.budget_rules:
        note = f" ({rule.note})" if rule.note else ""
        yield f"Below {readable_percent(rule.below)} of the budget: {rule.action}{note}."


_EFFECTS = {LEDGER: "nothing is counted", ALERTS: "alerts are silent"}


def _places(facts: Explanation) -> Iterator[str | Code]:
    yield Code("files below the output directory", "\n".join(facts.files))
    yield Code("rule groups", "\n".join(facts.groups))
    own = [build.series(rule.record, facts.identity) for rule in facts.ledger]
    yield Code("series of its own", "\n".join(own))


def _queries(facts: Explanation) -> Iterator[Code]:
    window, ledger = facts.slo.window, facts.project.ledger_window
    labels = facts.identity
    left = build.series(names.BUDGET_REMAINING, {**labels, "window": window.name})
    yield Code("how much of the budget is left, 1 being all of it", left)
    if facts.burns:
        burn = build.series(names.burn(facts.burns[0].alert.long), labels)
        yield Code(f"how fast it burns, over {format_duration(facts.burns[0].alert.long)}", burn)
    bad = build.series(names.bad_events(ledger), labels)
    yield Code("how many were bad within 7d", f"sum_over_time({bad}[7d])")
