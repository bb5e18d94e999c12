"""What runs on a server against what specs compile to, without a server."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from slokit.compiler import names
from slokit.compiler.program import compile_bundle
from slokit.compiler.rules import AlertRule, Ruler
from slokit.compiler.rules import Rule as CompiledRule
from slokit.deployed import compare, compare_recorded
from slokit.diff.deployed import compare_deployed
from slokit.model.bundle import Bundle
from slokit.prometheus.types import Rule, RuleGroup
from tests.support.compile.loaded import loaded

SPEC = """
apiVersion: slokit/v1
service: shop
owner: team-shop
defaults: {group_by: [region]}
slos:
  - name: availability
    objective: 99.9%
    sli: {events: {good: good_total, total: requests_total}}
  - name: lag
    objective: 99.5%
    sli: {threshold: {metric: lag_seconds, at_most: 200ms}}
"""


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    """One service of two SLOs."""
    return loaded(tmp_path, SPEC).bundle


def running(bundle: Bundle, ruler: Ruler = Ruler.PROMETHEUS) -> list[RuleGroup]:
    """The groups of a bundle as a server has them that loaded its files."""
    program = compile_bundle(bundle, ruler)
    groups = [group for _, group in program.ledgers] + list(program.groups)
    return [
        RuleGroup(g.name, f"/rules/{g.name}", float(g.interval), tuple(map(_rule, g.rules)))
        for g in groups
        if g.rules
    ]


def _rule(rule: CompiledRule) -> Rule:
    if isinstance(rule, AlertRule):
        times = float(rule.hold), float(rule.keep_firing)
        return Rule(
            rule.alert, "alerting", rule.expr, rule.labels, "ok", "", rule.annotations, *times
        )
    return Rule(rule.record, "recording", rule.expr, rule.labels, "ok")


def every(groups: list[RuleGroup], change: Callable[[Rule], Rule]) -> list[RuleGroup]:
    """The groups with each rule changed."""
    return [replace(group, rules=tuple(map(change, group.rules))) for group in groups]


def labelled(**added: str) -> Callable[[Rule], Rule]:
    """A rule with labels that a server adds."""
    return lambda rule: replace(rule, labels={**rule.labels, **added})


@pytest.mark.parametrize("ruler", list(Ruler))
def test_rules_of_either_evaluator_are_the_same(bundle: Bundle, ruler: Ruler) -> None:
    """Rules of vmalert have expressions of their own, which the bundle compiles to for it."""
    found = compare(bundle, running(bundle, ruler))
    assert not compare_deployed(bundle, found)


def test_external_labels_are_no_difference(bundle: Bundle) -> None:
    """Those of a store, a group or a replica: two servers behind one address are no copies."""
    one, other = (every(running(bundle), labelled(cluster=name)) for name in ("a", "b"))
    moved = [replace(group, file=f"/other{group.file}") for group in other]
    assert not compare_deployed(bundle, compare(bundle, [*one, *moved]))


def test_two_replicas_of_one_file_are_one(bundle: Bundle) -> None:
    """A query layer that lists both of them."""
    assert not compare_deployed(bundle, compare(bundle, [*running(bundle), *running(bundle)]))


def test_slos_of_one_service_in_several_objects_are_no_strangers(bundle: Bundle) -> None:
    """An operator's object of the second half holds one that was removed meanwhile."""
    ledger, *rest = running(bundle)
    halves = [
        replace(ledger, file=slo, rules=tuple(r for r in ledger.rules if r.labels["slo"] == slo))
        for slo in ("availability", "lag")
    ]
    old = every([halves[1]], lambda r: replace(r, labels={**r.labels, "slo": "old"}))[0]
    second = replace(halves[1], rules=(*halves[1].rules, *old.rules))
    found = compare(bundle, [halves[0], second, *rest])
    assert [orphan.id for orphan in found.orphans] == ["shop/old"]
    assert not found.strangers
    assert not found.repeated


def test_alerts_of_an_orphan_are_counted(bundle: Bundle) -> None:
    """By the labels of those that fire."""
    ledger, *rest = running(bundle)
    old = every([ledger], lambda r: replace(r, labels={**r.labels, "service": "gone"}))[0]
    old = replace(old, name=names.ledger_group("test", "gone"), file="gone.rules.yaml")
    firing = {"bundle": "test", "service": "gone", "slo": "lag", "severity": "page"}

    def fires(rule: Rule) -> Rule:
        return replace(rule, firing=(firing,)) if rule.name == names.BURN_ALERT else rule

    found = compare(bundle, [ledger, old, *every(rest, fires)])
    assert {orphan.id: orphan.firing > 0 for orphan in found.orphans} == {
        "gone/availability": False,
        "gone/lag": True,
    }
    assert {orphan.objective for orphan in found.orphans} == {"99.9%", "99.5%"}


def test_an_alert_that_waits_longer_is_another_rule(bundle: Bundle) -> None:
    """Of the bundle's groups the names of the rules that differ are known."""

    def waits(rule: Rule) -> Rule:
        return replace(rule, hold=rule.hold + 60) if rule.name == names.NO_DATA_ALERT else rule

    (setting,) = compare(bundle, every(running(bundle), waits)).settings
    assert (setting.what, setting.old) == ("rules of fast", names.NO_DATA_ALERT)


def test_groups_of_the_bundle_that_are_not_loaded_are_named(bundle: Bundle) -> None:
    """Ledgers alone alert nobody."""
    found = compare(bundle, [g for g in running(bundle) if "ledger" in g.name])
    assert found.lost_groups == ("fast", "slow", "period", "self")
    assert not found.missing


def test_another_ledger_window_is_one_setting(tmp_path: Path, bundle: Bundle) -> None:
    """Not a difference of every expression; it breaks all history."""
    wide = loaded(tmp_path / "wide", SPEC, ledger_window="10m").bundle
    difference = compare_deployed(wide, compare(wide, running(bundle)))
    assert [(c.what, c.old, c.new) for c in difference.bundle] == [("ledger_window", "5m", "10m")]
    assert difference.breaks == 1
    assert not difference.slos


def test_rules_of_another_bundle_are_none_of_ours(tmp_path: Path, bundle: Bundle) -> None:
    """Even one whose name begins like ours."""
    other = loaded(tmp_path / "other", SPEC, bundle="test-two").bundle
    found = compare(bundle, running(other))
    assert not found.is_there
    assert len(found.missing) == 2


def info(bundle: Bundle) -> Iterator[dict[str, str]]:
    """The labels of the bundle's info series."""
    for group in running(bundle):
        for rule in group.rules:
            if rule.name == names.INFO:
                yield {"__name__": rule.name, **rule.labels}


def test_recorded_series_say_what_differs(tmp_path: Path, bundle: Bundle) -> None:
    """A store's own labels are none of it, and right after an edit the newer series counts."""
    edited = loaded(tmp_path / "edited", SPEC.replace("99.9%", "99.95%")).bundle
    stored = [{**labels, "prometheus": "a"} for labels in info(bundle)]
    assert not compare_deployed(bundle, compare_recorded(bundle, stored)).slos
    (slo,) = compare_deployed(edited, compare_recorded(edited, stored)).slos
    assert [(c.what, c.old, c.new) for c in slo.changes] == [("objective", "99.9%", "99.95%")]
    both = [*stored, *info(edited)]
    assert not compare_deployed(edited, compare_recorded(edited, both)).slos


def test_two_lasting_series_of_one_store_are_two_owners(tmp_path: Path, bundle: Bundle) -> None:
    """Those of two stores are not."""
    edited = loaded(tmp_path / "edited", SPEC.replace("99.9%", "99.95%")).bundle
    one, other = list(info(bundle)), list(info(edited))
    apart = [{**labels, "cluster": "b"} for labels in other]
    assert [r.name for r in compare_recorded(bundle, one, [one[0], other[0]]).repeated] == [
        "shop/availability"
    ]
    assert not compare_recorded(bundle, one, [one[0], apart[0]]).repeated


def test_what_counts_the_slos_follows_from_a_missing_one(tmp_path: Path, bundle: Bundle) -> None:
    """One more SLO changes the alert on a stale ledger: that is not said a second time."""
    more = SPEC + SPEC[SPEC.index("  - name: lag") :].replace("name: lag", "name: delay")
    found = compare(loaded(tmp_path / "more", more).bundle, running(bundle))
    assert [slo.id for slo in found.missing] == ["shop/delay"]
    assert not found.settings
    assert not found.changed
