"""slokit.yaml: what it says, its defaults, and what is left of a faulty one."""

from fractions import Fraction

import pytest

from slokit.diagnostics.finding import Finding
from slokit.model.alerting import PAGE, SEVERITIES, TICKET
from slokit.model.bundle import Project
from slokit.project.project_file import read_project
from slokit.targets import TARGETS, prometheus_operator
from slokit.targets.base import NoOptions
from slokit.targets.prometheus_operator import Options

OPTIONS = {target.name: target.options for target in TARGETS}


def project(text: str) -> tuple[Project | None, list[Finding]]:
    return read_project("slokit.yaml", text, OPTIONS)


def sound(text: str) -> Project:
    found, findings = project(text)
    assert findings == []
    assert found is not None
    return found


def test_an_empty_file_is_all_defaults() -> None:
    """So is one of comments; only the name of the file differs from no file at all."""
    for text in ("", "# nothing yet\n", "---\n"):
        assert sound(text) == Project(file="slokit.yaml")


def test_every_key_is_read() -> None:
    """Times are exact seconds, one path is a list of one, targets keep their options."""
    found = sound("""\
bundle: prod-eu
specs: slos
exclude: [old, "*.draft.yaml"]
out: made
interval: 15s
scrape_interval: 1m
ledger_window: 10m
targets: [prometheus, {prometheus-operator: {namespace: monitoring, labels: {release: kube}}}]
alerts: {labels: [owner, team]}
links: {grafana: "https://grafana.example.com"}
prometheus: {url: "https://prometheus.example.com", timeout: 5s}
lint: {disable: [SLK401, bundle/unnamed]}
""")

    assert (found.bundle, found.specs, found.out) == ("prod-eu", ("slos",), "made")
    assert found.exclude == ("old", "*.draft.yaml")
    assert (found.interval, found.scrape_interval) == (Fraction(15), Fraction(60))
    assert (found.ledger_window, found.ledger_window_name) == (Fraction(600), "10m")
    assert found.targets == {
        "prometheus": NoOptions(),
        "prometheus-operator": Options(namespace="monitoring", labels={"release": "kube"}),
    }
    assert prometheus_operator.TARGET.options_of(found).namespace == "monitoring"
    assert prometheus_operator.TARGET.options_of(Project()) == Options()
    assert found.alerts.lifted == ("owner", "team")
    assert found.links == {"grafana": "https://grafana.example.com"}
    assert found.prometheus["url"] == "https://prometheus.example.com"
    assert found.lint_disable == ("SLK401", "bundle/unnamed")


def test_alerts_may_carry_no_label_of_the_metadata() -> None:
    """An empty list is not the default."""
    assert sound("alerts: {labels: []}\n").alerts.lifted == ()


def test_severities_are_names_or_names_and_labels() -> None:
    """What is left out stays: a name without labels, labels without a name, one severity alone."""
    short = sound("alerts: {severities: {page: critical, ticket: warning}}\n").alerts
    long = sound("""
alerts:
  severities:
    page: {name: critical, labels: {pager: "true", tier: "1"}}
    ticket: {labels: {a: b}}
""").alerts
    one = sound("alerts: {severities: {ticket: 3}}\n").alerts

    assert [short.of(s).name for s in SEVERITIES] == ["critical", "warning"]
    assert short.static == ()
    assert (long.of(PAGE).name, long.of(TICKET).name) == ("critical", "ticket")
    assert long.of(PAGE).static == {"pager": "true", "tier": "1"}
    assert long.of(TICKET).static == {"a": "b"}
    assert [one.of(s).name for s in SEVERITIES] == ["page", "3"]


def test_metadata_is_carried_by_all_alerts_or_by_those_of_a_severity() -> None:
    """A list is for both, each label once; a severity that is not named carries the owner."""
    both = sound("alerts: {labels: [owner, tier, owner], annotations: [note, note]}\n").alerts
    each = sound("alerts: {labels: {page: [tier]}}\n").alerts

    assert [both.of(s).lifted for s in SEVERITIES] == [("owner", "tier")] * 2
    assert both.annotations == ("note",)
    assert [each.of(s).lifted for s in SEVERITIES] == [("tier",), ("owner",)]
    assert each.lifted == ("tier", "owner")


def test_a_fault_costs_only_what_it_stands_in() -> None:
    """The rest still says where the specs are, so that they are judged in the same run."""
    found, findings = project("bundle: Prod EU\nspecs: slos\nintervall: 10s\nlinks: [x]\n")

    assert found is not None
    assert (found.bundle, found.specs, found.links) == ("default", ("slos",), {})
    assert [f.code.number for f in findings] == ["SLK205", "SLK104", "SLK103"]


def test_times_that_do_not_fit_are_told_once() -> None:
    """The defaults stand for them, so that nothing else follows from the fault."""
    found, findings = project("interval: 45s\nscrape_interval: 5m\nledger_window: 7m\n")

    assert found is not None
    times = (found.interval, found.scrape_interval, found.ledger_window)
    assert times == (Fraction(30), Fraction(30), Fraction(300))
    assert {f.code.number for f in findings} == {"SLK214"}
    assert len(findings) == 3


def test_a_file_that_is_no_yaml_says_nothing() -> None:
    """There is only the fault."""
    found, findings = project("bundle: [\n")

    assert found is None
    assert [f.code.number for f in findings] == ["SLK001"]


def test_an_error_budget_policy_is_read() -> None:
    """What to do at which share that is left, in the order of the file."""
    rules = "[{below: 0%, do: freeze, note: Only fixes}, {below: 25%, do: careful}]"
    found = sound(f"error_budget_policy: {rules}").budget_rules

    assert [(float(r.below), r.action, r.note) for r in found] == [
        (0.0, "freeze", "Only fixes"),
        (0.25, "careful", ""),
    ]


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ("[{below: 25, do: freeze}]", "is no share of the budget"),
        ("[{below: 125%, do: freeze}]", "is not between 0% and 100%"),
        ("[{below: 5%, do: panic}]", "panic"),
        ("[{do: freeze}]", "below"),
        ("[{below: 25%, do: careful}, {below: 0%, do: freeze}]", "this rule never holds"),
    ],
)
def test_what_is_no_error_budget_policy(rules: str, words: str) -> None:
    """Each is one finding, in the file."""
    _, findings = read_project("slokit.yaml", f"error_budget_policy: {rules}", {})

    assert len(findings) == 1
    assert words in findings[0].message
