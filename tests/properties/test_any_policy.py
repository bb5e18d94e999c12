"""Whatever alert policies there are, they end in findings or in rules that keep promises."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from slokit import api
from slokit.compiler import names
from slokit.compiler.program import compile_bundle
from slokit.compiler.rules import AlertRule, Program, RecordingRule, Rule
from slokit.model.alerting import PRESETS, SEVERITIES
from slokit.model.bundle import Bundle
from tests.support.compile import promtool
from tests.support.compile.generated_tests import generated_tests

_RECORDED = re.compile(r"slokit:burn:\w+|slokit:budget:events")
LONG = ["15m", "30m", "1h", "90m", "2h", "6h", "1d", "3d", "7d", "30d"]
WINDOWS = ["1h", "90m", "6h", "1d", "36h", "7d", "28d", "30d", "90d", "1y"]
OBJECTIVES = ["50%", "90%", "95%", "99%", "99.9%", "99.99%", ""]
WAITS = [None, None, None, "1m", "5m", "15m", "1h"]
SHARES = ["1%", "2%", "5%", "10%", "25%", "50%"]
SEVERITY = st.sampled_from(SEVERITIES)


@st.composite
def burn_alerts(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Burn alerts; those of one severity wait and last equally long, nearly always."""
    times = {s: (draw(st.sampled_from(WAITS)), draw(st.sampled_from(WAITS))) for s in SEVERITIES}
    found = []
    for _ in range(draw(st.integers(0, 4))):
        severity = draw(SEVERITY)
        waits, lasts = times[severity]
        limit = draw(
            st.sampled_from([{"burn": burn} for burn in (0.5, 1, 2, 6, 14.4, 1000)])
            | st.sampled_from([{"budget": share} for share in SHARES])
        )
        short = draw(st.sampled_from([None, None, "5m", "10m", "30m", "2h"]))
        alert: dict[str, Any] = {
            "severity": severity,
            "long": draw(st.sampled_from(LONG)),
            "short": short,
        }
        alert |= {**limit, "for": waits, "keep_firing_for": lasts}
        found.append({key: value for key, value in alert.items() if value is not None})
    return found


@st.composite
def policies(draw: st.DrawFn) -> dict[str, dict[str, Any]]:
    """One to three policies, each of which may extend a preset or another one."""
    own = ["gold", "silver", "default"][: draw(st.integers(1, 3))]
    spent = st.lists(
        st.fixed_dictionaries(
            {"severity": SEVERITY, "spent": st.sampled_from(["50%", "75%", "90%", "100%"])}
        ),
        max_size=3,
    )
    keys = {
        "extends": st.sampled_from([*own, *(preset.name for preset in PRESETS)]),
        "burn_alerts": burn_alerts(),
        "budget_alerts": spent,
        "min_bad_events": st.integers(0, 5),
        "min_budget_spent": st.sampled_from(["0%", "1%", "10%", "50%"]),
        "no_data": st.sampled_from(["page", "ticket", "none"]),
    }
    return {name: draw(st.fixed_dictionaries({}, optional=keys)) for name in own}


@st.composite
def bundles(draw: st.DrawFn) -> tuple[dict[str, Any], str]:
    """slokit.yaml with policies and severities, and a spec whose SLOs use them."""
    written = draw(policies())
    severities = draw(
        st.sampled_from(
            [None, {"page": "critical"}, {"ticket": {"name": "t", "labels": {"a": "b"}}}]
        )
    )
    project: dict[str, Any] = {"bundle": "any", "alert_policies": written}
    if severities:
        project["alerts"] = {"severities": severities}
    slos: list[dict[str, Any]] = []
    usable = [*written, *(preset.name for preset in PRESETS)]
    for number in range(draw(st.integers(1, 4))):
        objective = draw(st.sampled_from(OBJECTIVES))
        slo: dict[str, Any] = {
            "name": f"slo-{number}",
            "alert_policy": draw(st.sampled_from(usable)),
            "window": draw(st.sampled_from(WINDOWS)),
        }
        if objective:
            slo |= {"objective": objective, "sli": {"events": {"bad": "b", "total": "t"}}}
        else:
            rate = {"counter": "c", "counted_by": "every_member", "at_most": "2/30d"}
            slo["sli"] = {"rate": rate}
        slos.append(slo)
    spec = {"apiVersion": "slokit/v1", "service": "shop", "slos": slos}
    return project, yaml.safe_dump({**spec, "defaults": {"group_by": ["cluster"]}})


def load(directory: Path, project: dict[str, Any], spec: str) -> api.Loaded:
    """The bundle of these texts."""
    (directory / "slo-specs").mkdir()
    (directory / "slo-specs" / "shop.yaml").write_text(spec)
    (directory / "slokit.yaml").write_text(yaml.safe_dump(project))
    return api.load(project=str(directory / "slokit.yaml"))


def rules_of(program: Program) -> Iterator[Rule]:
    """The rules that serve all SLOs."""
    return (rule for group in program.groups for rule in group.rules)


def check_rules(bundle: Bundle) -> None:
    """What holds for the rules of any policies."""
    rules = list(rules_of(compile_bundle(bundle)))
    recorded = {rule.record for rule in rules if isinstance(rule, RecordingRule)}
    same = Counter(
        (getattr(r, "record", None) or getattr(r, "alert", ""), *sorted(r.labels.items()))
        for r in rules
    )
    read = {name for rule in rules for name in _RECORDED.findall(rule.expr)}
    burning = [r for r in rules if isinstance(r, AlertRule) and r.alert == names.BURN_ALERT]
    found = {(r.labels[names.ALERT_POLICY], r.labels[names.SEVERITY]): r for r in burning}
    called = {severity: bundle.project.alerts.of(severity).name for severity in SEVERITIES}

    # each rule once, and nothing is read that is not recorded
    assert not [key for key, count in same.items() if count > 1]
    assert read <= recorded
    # one alert for each policy and severity, of those that some SLO can set off
    wanted = {(s.policy.name, a.severity) for s in bundle.slos for a in s.burn_alerts}
    assert len(burning) == len(found)
    assert set(found) == {(policy, called[severity]) for policy, severity in wanted}
    for slo in bundle.slos:
        for severity in {alert.severity for alert in slo.burn_alerts}:
            rule = found[slo.policy.name, called[severity]]
            assert (rule.hold, rule.keep_firing) == slo.policy.times(severity)
            assert not {names.LONG, names.SHORT} & set(rule.labels)
        for alert in slo.burn_alerts:
            # it comes before half of the budget is spent, and can come at all
            assert alert.spends(slo.window) <= 0.5
            assert alert.short < alert.long
            assert alert.reaches(slo.objective)
            assert {names.burn(alert.long), names.burn(alert.short)} <= recorded


@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(made=bundles())
def test_any_policy_compiles_or_is_a_finding(
    tmp_path_factory: pytest.TempPathFactory, made: tuple[dict[str, Any], str]
) -> None:
    """A finding has its place and a hint; rules that come out obey what policies promise."""
    loaded = load(tmp_path_factory.mktemp("any"), *made)

    event("refused" if loaded.errors else "compiled")
    for finding in loaded.errors:
        assert finding.location
        assert finding.hint
    if not loaded.errors:
        check_rules(loaded.bundle)


@pytest.mark.programs("promtool")
def test_rules_of_any_policies_load(tmp_path: Path) -> None:
    """Every server takes them, says promtool, and no rule is there twice."""
    files: list[Path] = []

    @settings(
        max_examples=60,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(made=bundles())
    def write(made: tuple[dict[str, Any], str]) -> None:
        directory = Path(mkdtemp(dir=tmp_path))
        loaded = load(directory, *made)
        if loaded.errors:
            return
        for number, artifact in enumerate(api.compile(loaded.bundle, ["prometheus"])):
            path = directory / f"{number}.rules.yaml"
            path.write_text(artifact.text)
            files.append(path)

    write()

    assert len(files) > 20
    outcome = promtool.check_rules(files)
    assert outcome.ok, outcome.output
    assert "duplicate" not in outcome.output


@pytest.mark.programs("promtool")
@pytest.mark.parametrize("share", ["1%", "30%"])
def test_rules_of_odd_policies_pass_their_own_tests(tmp_path: Path, share: str) -> None:
    """Pages that wait for events and for a share of the budget, of old groups and of new ones."""
    alerts = [
        {"severity": "page", "long": "30m", "short": "5m", "burn": 20},
        {"severity": "page", "long": "2h", "burn": 5},
        {"severity": "ticket", "long": "1d", "budget": "10%", "for": "5m"},
    ]
    gold = {"burn_alerts": alerts, "min_budget_spent": share, "min_bad_events": 2}
    spec = """
        apiVersion: slokit/v1
        service: shop
        defaults: {alert_policy: gold, group_by: [cluster]}
        slos:
          - {name: week, window: 7d, objective: 99%, sli: {events: {bad: b, total: t}}}
          - {name: month, objective: 99.9%, sli: {events: {bad: b, total: t}}}
          - {name: lag, objective: 99.9%, sli: {threshold: {metric: m, at_most: 1}}}
          - name: year
            window: {calendar: year}
            sli: {rate: {counter: c, counted_by: every_member, at_most: 2/30d}}
    """
    loaded = load(tmp_path, {"bundle": "any", "alert_policies": {"gold": gold}}, spec)
    assert not loaded.errors
    made = generated_tests(tmp_path / "slokit.yaml")

    outcome = promtool.test_rules(made.files)
    assert outcome.ok, outcome.output
