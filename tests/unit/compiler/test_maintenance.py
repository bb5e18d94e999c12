"""Maintenance in the rules: what it costs, and whom it touches."""

from pathlib import Path

from slokit import api
from slokit.compiler.causes import compile_causes
from slokit.compiler.program import compile_bundle
from slokit.compiler.rules import Program, Rule, Ruler
from slokit.project.loading import Loaded

SPEC = """\
apiVersion: slokit/v1
service: {service}
defaults: {{group_by: [cluster]}}
slos:
  - {{name: a, objective: 99%, sli: {{events: {{bad: b_total, total: t_total}}}}}}
  - {{name: b, objective: 99%, sli: {{threshold: {{metric: lag_seconds, at_most: 1s}}}}}}
"""
WHEN = "when: {weekdays: [sunday], location: Europe/Berlin}"


def loaded(directory: Path, *maintenances: str) -> Loaded:
    listed = f"maintenance: [{', '.join(maintenances)}]\n" if maintenances else ""
    (directory / "slokit.yaml").write_text(f"bundle: test\n{listed}")
    (directory / "slo-specs").mkdir(exist_ok=True)
    for service in ("shop", "till"):
        (directory / "slo-specs" / f"{service}.yaml").write_text(SPEC.format(service=service))
    found = api.load((), str(directory / "slokit.yaml"))
    assert not found.errors
    return found


def program(directory: Path, *maintenances: str, ruler: Ruler = Ruler.PROMETHEUS) -> Program:
    return compile_bundle(loaded(directory, *maintenances).bundle, ruler)


def rules(found: Program, group: str) -> list[Rule]:
    return [r for g in found.groups if g.name == f"slokit:test:{group}" for r in g.rules]


def test_what_has_no_maintenance_has_its_rules(tmp_path: Path) -> None:
    """Neither the service that is not meant, nor any rule where nothing is planned."""
    plain = program(tmp_path)
    found = program(tmp_path, f"{{name: m, reason: r, services: [shop], {WHEN}}}")
    ledgers, before = (
        {service.name: group.rules for service, group in each.ledgers} for each in (found, plain)
    )

    assert ledgers["till"] == before["till"]
    assert ledgers["shop"] != before["shop"]
    assert rules(plain, "maintenance") == []


def test_what_only_reports_heed_is_in_no_rule(tmp_path: Path) -> None:
    """An exclusion after the fact changes nothing that is compiled."""
    found = program(tmp_path, f"{{name: m, reason: r, applies: [report], {WHEN}}}")
    plain = program(tmp_path)

    assert (found.groups, [group for _, group in found.ledgers]) == (
        plain.groups,
        [group for _, group in plain.ledgers],
    )


def test_rules_are_by_maintenance_and_zone(tmp_path: Path) -> None:
    """Two for each, one for each zone, whatever the number of SLOs."""
    found = program(
        tmp_path,
        f"{{name: a, reason: r, {WHEN}}}",
        f"{{name: b, reason: r, {WHEN}}}",
        "{name: c, reason: r, when: {weekdays: [monday], location: America/New_York}}",
        "{name: d, reason: r, when: {weekdays: [monday]}}",
    )

    assert len(rules(found, "maintenance")) == 4 * 2 + 2


def test_alerts_alone_stop_no_ledger(tmp_path: Path) -> None:
    """All is counted; what is missing is still news."""
    found = program(tmp_path, f"{{name: m, reason: r, applies: [alerts], {WHEN}}}")
    plain = program(tmp_path)

    assert [group for _, group in found.ledgers] == [group for _, group in plain.ledgers]
    assert rules(found, "fast") != rules(plain, "fast")


def test_cause_alerts_are_silent_too(tmp_path: Path) -> None:
    """Those of the services and groups that are meant, and of no others."""
    cause = (
        "cause_alerts: [{name: SplitBrain, failure_mode: split-brain, severity: page,"
        " expr: 'sum by (cluster) (is_leader) > 1'}]\n"
    )

    def causes(service: str) -> str:
        planned = f"{{name: m, reason: r, services: [shop], match: 'cluster=\"eu\"', {WHEN}}}"
        loaded(tmp_path, planned)
        for name in ("shop", "till"):
            path = tmp_path / "slo-specs" / f"{name}.yaml"
            path.write_text(SPEC.format(service=name) + cause)
        found = api.load((), str(tmp_path / "slokit.yaml"))
        assert not found.errors, found.errors
        own = next(s for s in found.bundle.services if s.name == service)
        (rule,) = compile_causes(own, found.bundle).rules
        return rule.expr

    assert 'maintenance="m"' in causes("shop")
    assert "maintenance" not in causes("till")


def test_what_does_not_read_its_own_writes_has_local_time_written_out(tmp_path: Path) -> None:
    """Neither does it read the total of its own evaluation, which would be an earlier one."""
    found = program(tmp_path, f"{{name: m, reason: r, {WHEN}}}", ruler=Ruler.VMALERT)
    text = "\n".join(rule.expr for rule in rules(found, "maintenance"))
    (_, shop), _ = found.ledgers

    assert "slokit:local_time:seconds" not in text
    assert "1774746000" not in text  # the change of March 2026 is written as it is looked ahead to
    assert str(1774746000 - 150) in text
    assert all("slokit:total" not in rule.expr for rule in shop.rules)
