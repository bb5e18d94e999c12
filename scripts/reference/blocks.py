"""What stands between the marks of pages that are otherwise written by hand.

`<!-- written: NAME ARGUMENT -->` begins a block and `<!-- /written -->` ends it; `make docs` puts
between them what the function of this name says today.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction

import yaml

from scripts.reference import json_keys
from scripts.reference.sample import bundle_of, example_bundle, example_program, ledger_of
from scripts.reference.tables import promql, table
from slokit.cli.output import Exit
from slokit.compiler import names
from slokit.compiler.alerts import compile_alerts
from slokit.compiler.ledger import metadata, only, per_budget, with_metadata
from slokit.compiler.rules import AlertRule, RecordingRule, Rule, RuleGroup
from slokit.compiler.windows import latest
from slokit.model.alerting import DEFAULT, PRESETS, BurnAlert
from slokit.model.bundle import Project
from slokit.model.window import RollingWindow
from slokit.promql import counting
from slokit.promql.counting import CountingWindow
from slokit.sli import SLI_TYPES
from slokit.text.durations import format_duration
from slokit.text.numbers import measured_count

_BLOCK = re.compile(
    r"(<!-- written: (?P<name>[-a-z]+) ?(?P<argument>[^\n]*?) -->\n)"
    r".*?(^<!-- /written -->$)",
    re.MULTILINE | re.DOTALL,
)
_COUNTER = re.compile(r"(?:increase|rate)\(([^\[]+)\[5m\]")
_MONTH_WINDOW = RollingWindow(Fraction(30 * 86_400))
_WINDOW = CountingWindow.of(Fraction(300), Fraction(360))
_PROJECT = Project(bundle="prod")

# What the recorded series mean; a record without a meaning fails the run.
_MEANINGS = {
    "slokit:total:rate5m": (
        "Events per second, a mean over the ledger window; of time and members: how many there are."
    ),
    "slokit:bad:rate5m": "Bad ones among them. Never without the total.",
    "slokit:budget:ratio": "Allowed bad per total: 0.001 for 99.9 %; events per second for a rate.",
    "slokit:info": "1, with the SLO's metadata as labels: join it on (bundle, service, slo).",
    "slokit:total:events5m": "Events in one ledger window; sum them over any time.",
    "slokit:bad:events5m": "Bad events in one ledger window.",
    "slokit:active:bool": (
        "1 where the group had any event within the last hour, 0 where it was idle; only while it"
        " has data."
    ),
    "slokit:budget_remaining:ratio": (
        "What is left of the budget of the SLO window: 1 is all of it, below 0 is overspent."
    ),
    "slokit:burn_alert:ratio": (
        "The burn rate over the long window, while both windows of a burn alert burn too fast."
    ),
    "slokit:budget_gone:seconds": (
        "How long the budget of what burns too fast will last, at its highest burn rate;"
        " of a calendar window only where it is gone before the boundary."
    ),
    "slokit:burn_alert:facts": (
        "What a burn alert says, a series for each `alert_fact`, while anything burns too fast:"
        " `bad` in percent, `bad_events`, `budget` in percent, `budget_gone` in its `unit`, `since`"
        " as Unix time; `about` has the words."
    ),
    "slokit:since:timestamp": (
        "Since when the group has data, in Unix seconds; 0 where that is longer ago than anything"
        " recorded says."
    ),
    "slokit:budget:events": (
        "How many bad events the budget of the whole SLO window is, with the traffic that there"
        " was; only where a policy has `min_budget_spent`."
    ),
    "slokit:history:bool": (
        "1 where history began at least half of the SLO window ago, whatever gaps it has: before,"
        " what is left says little."
    ),
}
_BURN = "slokit:burn:"

_EXITS = {
    Exit.FINE: "fine",
    Exit.ERRORS: "errors in specs, or drift; with `--strict` warnings and breaks in history, too",
    Exit.USAGE: "wrong usage",
    Exit.NO_SPECS: "no specs found",
    Exit.ENVIRONMENT: "the environment: an unreachable Prometheus, an unreadable file",
    Exit.BREACHED: "a closed gate, or what `--fail-on` names",
    Exit.UNKNOWN: "a gate that cannot know",
}
_HOLDS = {
    names.MAINTENANCE: "where slokit.yaml plans any: local times, what is on, and for which SLOs",
    names.FAST: (
        "burn rates over up to an hour and what burns too fast, then the alerts on burn rates and"
        " on missing data"
    ),
    names.SLOW: "counts for each ledger window, then burn rates over more than an hour",
    names.PERIOD: (
        "burn rates and what is left of the budget, for each SLO window in use, then the alerts on"
        " spent budgets"
    ),
    names.SELF: "meta-monitoring: alerts on the rules themselves",
}


def filled(page: str) -> str:
    """A page with all of its blocks as they are today."""

    def fill(found: re.Match[str]) -> str:
        return f"{found[1]}{_BLOCKS[found['name']](found['argument'])}{found[4]}"

    return _BLOCK.sub(fill, page)


def ledger(argument: str) -> str:
    """Total and bad of an SLI, written as `events {bad: …, total: …}`.

    R is the recorded total, and `growth(x)` what :func:`growth` writes of a counter x.
    """
    sli, _, body = argument.partition(" ")
    return _shown(ledger_of(sli, yaml.safe_load(body)))


def silence_good(argument: str) -> str:
    """The same of an SLO with `no_data: good`."""
    sli, _, body = argument.partition(" ")
    return _shown(ledger_of(sli, yaml.safe_load(body), no_data="good"))


def _shown(rules: Iterable[RecordingRule]) -> str:
    rules = tuple(rules)
    recorded = next(rule for rule in rules if rule.record == names.total_rate(Fraction(300)))
    labels = ",".join(f'{label}="{value}"' for label, value in recorded.labels.items())
    total = f"{recorded.record}{{{labels}}}"
    shown = [
        f"# {rule.record}\n{_short(rule.expr.replace(total, 'R'))}"
        for rule in rules
        if rule.record not in (names.BUDGET, names.INFO)
    ]
    return promql("\n\n".join(shown))


def _short(expr: str) -> str:
    """The expression with what is made of each counter under a short name."""
    for counter in dict.fromkeys(_COUNTER.findall(expr)):
        expr = expr.replace(counting.growth(counter, _WINDOW), f"growth({counter})")
        expr = expr.replace(counting.growth_rate(counter, _WINDOW), f"growth_rate({counter})")
        kept = counting.kept_growth_rate(counter, _WINDOW)
        expr = expr.replace(kept, f"kept_growth_rate({counter})")
    return expr


def growth(counter: str) -> str:
    """What a counter grew by."""
    return promql(counting.growth(counter, _WINDOW))


def growth_rate(counter: str) -> str:
    """What a total grew by, per second."""
    return promql(counting.growth_rate(counter, _WINDOW))


def kept_growth_rate(counter: str) -> str:
    """The same of every series that is there."""
    return promql(counting.kept_growth_rate(counter, _WINDOW))


def births(arguments: str) -> str:
    """The first value of a counter, where another one shows that its target is known."""
    counter, total = arguments.split()
    return promql(counting.births(counter, [total], _WINDOW, "job, instance"))


def units(_: str) -> str:
    """What each SLI type counts, by the examples of the registry."""
    rows = [
        (
            f"`{slo.sli.type}`",
            slo.sli.counted_in.total.plural,
            slo.sli.counted_in.bad.plural,
            f"`{slo.sli.measure}`",
            "1 - objective" if slo.objective is not None else "allowed events per second",
        )
        for slo in example_bundle().slos
    ]
    heads = ("SLI type", "total counts", "bad counts", "measure", "budget")
    return table(heads, rows)


def groups(_: str) -> str:
    """The rule groups: file, name, interval and content, in the order of their names."""
    program = example_program()
    (service, first), *_rest = program.ledgers
    file = _general(names.service_rules_file(service.name))
    holds = "the ledger: for each SLO total, bad, budget and info"
    rows = [(first, file, holds)]
    file = names.bundle_rules_file("<bundle>")
    rows += [(group, file, _HOLDS[group.name.rpartition(":")[2]]) for group in program.groups]
    heads = ("group", "file", "every", "holds")
    return table(
        heads,
        (
            (f"`{_general(group.name)}`", f"`{file}`", format_duration(group.interval), holds)
            for group, file, holds in rows
        ),
    )


def series(part: str) -> str:
    """The recorded series of one group, in the order of their evaluation."""
    program = example_program()
    (_, first), *_rest = program.ledgers
    found = {"ledger": first} | {g.name.rpartition(":")[2]: g for g in program.groups}
    group = found[part]
    records = dict.fromkeys(r.record for r in group.rules if isinstance(r, RecordingRule))
    labels = _labels(group)
    heads = ("series", "labels", "meaning")
    return table(heads, ((f"`{name}`", labels[name], _meaning(name)) for name in records))


def _general(text: str) -> str:
    return text.replace(":prod:", ":<bundle>:").replace("shop", "<service>")


def _labels(group: RuleGroup) -> Mapping[str, str]:
    own: dict[str, set[str]] = {}
    for rule in group.rules:
        if isinstance(rule, RecordingRule):
            known = names.OF_BURN_ALERTS if rule.record == names.BURN_TOO_FAST else ("window",)
            own.setdefault(rule.record, set()).update(set(rule.labels) & set(known))
    groupless = (names.BUDGET, names.INFO)
    return {
        name: "bundle, service, slo"
        + ("" if name in groupless else ", the group's")
        + "".join(f", {label}" for label in sorted(more))
        + (", metadata" if name == names.INFO else "")
        for name, more in own.items()
    }


def _meaning(name: str) -> str:
    if name.startswith(_BURN):
        span = name.removeprefix(_BURN)
        return f"Burn rate over {span}: 1 spends the budget in exactly one SLO window."
    return _MEANINGS[name]


def info_labels(_: str) -> str:
    """The labels of the info series of an SLO that has all of its settings."""
    slo = next(slo for slo in example_bundle().slos if slo.sli.unit)
    full = replace(
        slo,
        category="c",
        owner="o",
        runbook="r",
        no_data="ignore",
        min_bad_events=3,
        alert_name="A",
        labels={},
    )
    return ", ".join(f"`{label}`" for label in metadata(full)) + "\n"


def budget_join(_: str) -> str:
    """A ratio of bad to total as a burn rate."""
    return promql(per_budget("bad / total", _PROJECT))


def semi_join(_: str) -> str:
    """The samples of the SLOs with some metadata."""
    return promql(only(names.burn(Fraction(86_400)), _PROJECT, window="30d"))


def metadata_join(_: str) -> str:
    """A vector with a label of the info series."""
    return promql(with_metadata("slokit:burn:1h > 14.4", ["owner"], _PROJECT))


def slow_series(_: str) -> str:
    """A series of a slow group, as a fast rule reads it."""
    return promql(latest('slokit:burn:6h{bundle="prod"}', _PROJECT))


def recorded(argument: str) -> str:
    """The expression of one recorded series of the bundle's own groups."""
    program = example_program()
    rules = [rule for group in program.groups for rule in group.rules]
    found = next(r for r in rules if isinstance(r, RecordingRule) and r.record == argument)
    return promql(found.expr)


def policies(_: str) -> str:
    """The alert policies, each with its burn alerts."""
    return "\n".join(_policies())


def _policies() -> Iterator[str]:
    heads = ("severity", "long", "short", "burn rate", "of a 30d budget", "30d budget gone in")
    for policy in PRESETS:
        yield f"### `{policy.name}`\n"
        if policy.burn_alerts:
            yield table(heads, map(_burn_row, policy.over(_MONTH_WINDOW)))
        yield _other_alerts(policy.exhausted, policy.no_data)


def burn_windows(_: str) -> str:
    """What the default policy is for each length of an SLO window."""
    heads = ("SLO window", "severity", "long", "short", "burn rate", "spends", "budget gone in")
    rows = []
    for days in (1, 2, 3, 5, 7, 14, 21, 28, 30, 90, 365):
        window = RollingWindow(Fraction(days * 86_400))
        for number, alert in enumerate(DEFAULT.fitting(window)):
            rows.append(
                (
                    "" if number else window.name,
                    alert.severity,
                    format_duration(alert.long),
                    format_duration(alert.short),
                    str(alert.burn),
                    f"{float(100 * alert.spends(window)):.3g} %",
                    f"{measured_count(float(alert.empties_in(window) / 3600))} h",
                )
            )
    return table(heads, rows)


def _other_alerts(exhausted: str, no_data: str) -> str:
    said = {names.EXHAUSTED_ALERT: exhausted, names.NO_DATA_ALERT: no_data}
    given = [f"`{alert}` at severity {severity}" for alert, severity in said.items() if severity]
    return f"{' and '.join(given)}.\n" if given else "No alerts.\n"


def _burn_row(alert: BurnAlert) -> tuple[str, ...]:
    gone = float(alert.empties_in(_MONTH_WINDOW) / 3600)
    return (
        alert.severity,
        format_duration(alert.long),
        format_duration(alert.short),
        str(alert.burn),
        f"{float(100 * alert.spends(_MONTH_WINDOW)):g} %",
        f"{gone:.0f} h",
    )


def alerts(_: str) -> str:
    """Every alert: severities, how long it waits, and the labels that its rule sets."""
    rows = [
        (
            f"[`{name}`](../runbooks/{name}.md)",
            " or ".join(dict.fromkeys(rule.labels["severity"] for rule in rules)),
            format_duration(rules[0].hold) if rules[0].hold else "at once",
        )
        for name, rules in _alert_rules().items()
    ]
    return table(("alert", "severity", "for"), rows)


def alert_labels(_: str) -> str:
    """The labels of each alert about an SLO: those of its vector, of its rule, and of the info."""
    own = (names.BURN_ALERT, names.EXHAUSTED_ALERT, names.NO_DATA_ALERT)
    of_info = "those of `slokit:info` named in `alerts: {labels: …}`, `owner` unless given"
    rows = [
        (
            f"`{name}`",
            "`bundle`, `service`, `slo`, the group's",
            ", ".join(f"`{label}`" for label, value in rules[0].labels.items() if value),
            of_info,
        )
        for name, rules in _alert_rules().items()
        if name in own
    ]
    return table(("alert", "of its series", "of its rule", "joined"), rows)


def burn_alert(_: str) -> str:
    """The first burn alert of a bundle with one SLO of a rate, whose page waits for events.

    The conditions that it is made of are those of :func:`too_fast`.
    """
    return promql(next(rule.expr for rule in _of_a_rate() if isinstance(rule, AlertRule)))


def too_fast(_: str) -> str:
    """What is recorded for the first burn alert of the same bundle."""
    return promql(next(rule.expr for rule in _of_a_rate() if isinstance(rule, RecordingRule)))


def _of_a_rate() -> Iterable[Rule]:
    return compile_alerts(bundle_of([("rate", yaml.safe_load(_example("rate")))]))


def _example(sli: str) -> str:
    return next(each.example for each in SLI_TYPES if each.name == sli)


def _alert_rules() -> Mapping[str, list[AlertRule]]:
    found: dict[str, list[AlertRule]] = {}
    for group in example_program().groups:
        for rule in group.rules:
            if isinstance(rule, AlertRule):
                found.setdefault(rule.alert, []).append(rule)
    return found


def exit_codes(_: str) -> str:
    """Every exit code and what it means."""
    return table(("code", "means"), ((str(int(code)), _EXITS[code]) for code in Exit))


_BLOCKS: Mapping[str, Callable[[str], str]] = {
    "ledger": ledger,
    "silence-good": silence_good,
    "growth": growth,
    "growth-rate": growth_rate,
    "kept-growth-rate": kept_growth_rate,
    "births": births,
    "units": units,
    "groups": groups,
    "series": series,
    "info-labels": info_labels,
    "budget-join": budget_join,
    "semi-join": semi_join,
    "metadata-join": metadata_join,
    "slow-series": slow_series,
    "recorded": recorded,
    "policies": policies,
    "burn-windows": burn_windows,
    "alerts": alerts,
    "alert-labels": alert_labels,
    "burn-alert": burn_alert,
    "too-fast": too_fast,
    "exit-codes": exit_codes,
    "report-keys": json_keys.report,
    "finding-keys": json_keys.findings,
}
