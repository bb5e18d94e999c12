"""Cause alerts as rules of their service, and what they silence."""

from fractions import Fraction
from pathlib import Path
from textwrap import indent

from slokit.compiler.causes import labels
from slokit.compiler.program import compile_bundle
from slokit.compiler.routing import Inhibition, compile_routing
from slokit.compiler.rules import AlertRule
from slokit.model.bundle import Bundle
from tests.support.compile.loaded import loaded

SPEC = """
apiVersion: slokit/v1
service: etcd
owner: team-platform
labels: {tier: "1"}
routing: {channel: "#etcd"}
defaults: {group_by: [{cluster: job}], selector: {job: etcd}}
slos:
  - {name: a, objective: 99%, sli: {events: {bad: b_total, total: t_total}}}
cause_alerts:
"""


def bundle_of(directory: Path, causes: str, **project: object) -> Bundle:
    """A bundle of one service with these cause alerts."""
    return loaded(directory, SPEC + indent(causes, "  "), **project).bundle


def rules(bundle: Bundle) -> list[AlertRule]:
    """The cause alerts of the service, as rules."""
    group = compile_bundle(bundle).causes["etcd"]
    return [rule for rule in group.rules if isinstance(rule, AlertRule)]


def test_an_expression_is_folded_by_the_services_groups(tmp_path: Path) -> None:
    """Variables are replaced, a bare selector gets the inherited matchers, the worst counts."""
    made = bundle_of(
        tmp_path,
        """
- {name: A, failure_mode: leader-thrash, expr: "changes(term{$selector}[15m]) > 3"}
- {name: B, failure_mode: quorum-at-risk, expr: "sum by ($group_by) (up{$selector}) < 2"}
- {name: C, failure_mode: data-corruption, expr: corrupt, group_by: []}
""",
    )
    rename = ', "cluster", "$1", "job", "(?s)(.+)"))'

    assert [rule.expr for rule in rules(made)] == [
        f'max by (cluster) (label_replace((changes(term{{job="etcd"}}[15m]) > 3){rename}',
        f'min by (cluster) (label_replace((sum by (job) (up{{job="etcd"}}) < 2){rename}',
        'max((corrupt{job="etcd"}))',
    ]


def test_an_alert_carries_what_its_service_has(tmp_path: Path) -> None:
    """Identity, failure mode and severity; owner, routing and static labels as SLO alerts do."""
    made = bundle_of(
        tmp_path,
        "- {name: A, failure_mode: leader-thrash, expr: 'x > 1', severity: page}",
        alerts={
            "severities": {"page": {"name": "critical", "labels": {"pager": "yes"}}},
            "labels": ["owner", "tier"],
        },
    )
    (rule,) = rules(made)

    assert rule.labels == {
        "bundle": "test",
        "service": "etcd",
        "failure_mode": "leader-thrash",
        "owner": "team-platform",
        "tier": "1",
        "channel": "#etcd",
        "severity": "critical",
        "pager": "yes",
    }
    assert labels(made.causes[0], made) == rule.labels


def test_a_summary_is_text_and_no_template(tmp_path: Path) -> None:
    """Whatever a spec says is shown as it is, behind the service and its group."""
    made = bundle_of(
        tmp_path,
        """
- {name: A, failure_mode: slow-node, expr: 'x > 1', summary: "{{ $value }} is slow"}
- {name: B, failure_mode: slow-node, expr: 'x > 2', for: 10m, keep_firing_for: 1h}
""",
    )
    first, second = rules(made)

    assert first.annotations["summary"] == (
        'etcd cluster={{ $labels.cluster }}: {{"{{"}} $value }} is slow'
    )
    assert second.annotations["summary"].endswith(": one member is much slower than the others")
    assert [second.hold, second.keep_firing] == [Fraction(600), Fraction(3600)]


def test_a_runbook_is_the_failure_modes_page_unless_given(tmp_path: Path) -> None:
    """Below `links: {runbooks: …}`, or below the documentation; without links there is none."""
    causes = """
- {name: A, failure_mode: slow-node, expr: 'x > 1', runbook: "https://wiki.example.com/a"}
- {name: B, failure_mode: slow-node, expr: 'x > 2'}
"""
    found = [
        [
            rule.annotations.get("runbook_url", "")
            for rule in rules(bundle_of(tmp_path / str(number), causes, links=links))
        ]
        for number, links in enumerate(
            ({}, {"docs": "https://d.example.com/"}, {"runbooks": "https://r.example.com"})
        )
    ]

    assert found == [
        ["https://wiki.example.com/a", ""],
        ["https://wiki.example.com/a", "https://d.example.com/runbooks/slow-node.md"],
        ["https://wiki.example.com/a", "https://r.example.com/slow-node"],
    ]


def test_a_service_without_cause_alerts_has_no_group_for_them(tmp_path: Path) -> None:
    """Its rule file is as it was."""
    made = loaded(tmp_path, SPEC.removesuffix("cause_alerts:\n")).bundle

    assert compile_bundle(made).causes == {}


def inhibitions(bundle: Bundle) -> list[Inhibition]:
    """What causes silence."""
    found = compile_routing(bundle).inhibitions
    return [one for one in found if any(m.label == "failure_mode" for m in one.source)]


def test_a_cause_silences_tickets_and_pages_only_if_it_pages(tmp_path: Path) -> None:
    """Of its own service, and where the labels of its own group are equal; no names are listed."""
    made = bundle_of(
        tmp_path,
        """
- {name: A, failure_mode: slow-node, expr: 'x > 1', group_by: []}
- {name: B, failure_mode: slow-node, expr: 'x{$selector} > 2', group_by: [cluster, region]}
""",
    )
    found = inhibitions(made)

    assert [
        (" ".join(map(str, one.source[2:])), " ".join(map(str, one.target[1:])), one.equal[2:])
        for one in found
    ] == [
        ('cluster="" region="" severity="page"', 'slo!=""', ()),
        ('cluster="" region="" severity="ticket"', 'slo!="" severity="ticket"', ()),
        ('cluster!="" region!="" severity="page"', 'slo!=""', ("cluster", "region")),
        (
            'cluster!="" region!="" severity="ticket"',
            'slo!="" severity="ticket"',
            ("cluster", "region"),
        ),
    ]
    assert {one.equal[:2] for one in found} == {("bundle", "service")}
