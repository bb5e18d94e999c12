"""What `slokit diff` finds, by one edit at a time."""

import json
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from slokit import api
from slokit.diff.compare import compare
from slokit.diff.formats.schema import diff_schema
from slokit.diff.model import BundleDiff, Change, Kind
from slokit.model.budget_policy import BudgetRule
from slokit.model.bundle import Bundle
from tests.support.command import ROOT
from tests.support.compile.loaded import loaded

SPEC = """
apiVersion: slokit/v1
service: shop
owner: team-shop
labels: {tier: gold}
defaults: {group_by: [region]}
slos:
  - name: availability
    objective: 99.9%
    sli: {events: {bad: 'errors_total{code=~"5.."}', total: requests_total}}
  - name: latency
    objective: 99%
    sli: {latency: {histogram: answer_seconds, at_most: 250ms}}
  - name: lag
    objective: 99.5%
    sli: {threshold: {metric: lag_seconds, at_most: 200ms}}
  - name: failovers
    sli: {rate: {counter: failovers_total, counted_by: every_member, at_most: 2/30d}}
"""


def bundle(directory: Path, spec: str = SPEC, **project: Any) -> Bundle:
    return loaded(directory, spec, **project).bundle


def diff(directory: Path, *edits: tuple[str, str], **project: Any) -> BundleDiff:
    """What changes when texts of the spec are replaced, and settings of slokit.yaml are set."""
    text = SPEC
    for old, new in edits:
        assert old in text
        text = text.replace(old, new, 1)
    return compare(bundle(directory / "old"), bundle(directory / "new", text, **project))


def only(found: BundleDiff) -> Change:
    """The one change of the one SLO that changed."""
    (slo,) = found.slos
    (change,) = slo.changes
    assert (slo.kind, found.bundle) == (Kind.CHANGED, ())
    return change


def test_the_same_specs_do_not_differ(tmp_path: Path) -> None:
    """Nor do comments, descriptions and the order of SLOs: none of these means anything else."""
    head, *slos = SPEC.split("  - name: ")
    turned = "  - name: ".join([head, *reversed(slos)]).replace(
        "slos:", "description: The shop  # a comment\nslos:"
    )

    assert not compare(bundle(tmp_path / "a"), bundle(tmp_path / "b"))
    assert not compare(bundle(tmp_path / "c"), bundle(tmp_path / "d", turned))


def test_an_objective_changes_the_budget_and_keeps_history(tmp_path: Path) -> None:
    """99.9 % to 99.95 % halves 43 m 12 s."""
    change = only(diff(tmp_path, ("99.9%", "99.95%")))

    assert (change.what, change.old, change.new) == ("objective", "99.9%", "99.95%")
    assert "becomes 21m 36s of 30d (0.05%), from 43m 12s of 30d (0.1%)" in change.effect
    assert not change.breaks
    assert not change.moves


def test_an_allowance_is_an_objective(tmp_path: Path) -> None:
    """2/30d to 1/10d: three events in 30 days instead of two, and no further change is shown."""
    change = only(diff(tmp_path, ("2/30d", "1/10d")))

    assert (change.what, change.old, change.new) == ("objective", "2/30d", "1/10d")
    assert "becomes 3 events in 30d, from 2 events in 30d" in change.effect


def test_a_window_is_computed_from_the_same_ledger(tmp_path: Path) -> None:
    """In a shorter window burn alerts have shorter windows."""
    found = diff(tmp_path, ("objective: 99%", "objective: 99%\n    window: 2d"))
    (slo,) = found.slos

    assert [(c.what, c.old, c.new) for c in slo.changes] == [
        ("window", "30d", "2d"),
        (
            "burn alerts",
            "page 1h/5m at 14.4, page 6h/30m at 6, ticket 1d/2h at 3, ticket 3d/6h at 1",
            "page 15m/5m at 14.4, page 30m/5m at 6, ticket 2h/10m at 3, ticket 6h/30m at 1",
        ),
    ]
    assert not found.breaks


def test_a_limit_counts_from_now_on(tmp_path: Path) -> None:
    """Of a latency and of a threshold alike."""
    latency = only(diff(tmp_path / "1", ("250ms", "500ms")))
    lag = only(diff(tmp_path / "2", ("200ms", "1s")))

    assert (latency.what, latency.old, latency.new) == ("limit", "at most 250ms", "at most 500ms")
    assert (lag.what, lag.new) == ("limit", "at most 1s")
    assert latency.effect == "counted so from now on; what is recorded stays"


def test_a_limit_in_another_spelling_is_the_same_limit(tmp_path: Path) -> None:
    """250ms is 0.25s."""
    assert not diff(tmp_path, ("250ms", "0.25s"))


def test_a_side_is_told_as_it_is_written(tmp_path: Path) -> None:
    """Old and new selector of the side that changed, and of no other."""
    change = only(diff(tmp_path, ('"5.."', '"5..|429"')))

    assert (change.what, change.old, change.new) == (
        "bad", 'errors_total{code=~"5.."}', 'errors_total{code=~"5..|429"}',
    )  # fmt: skip


@pytest.mark.parametrize(
    ("edit", "what", "old", "new"),
    [
        (("at_most: 200ms", "at_most: 200ms, aggregate: best"), "aggregate", "worst", "best"),
        (("at_most: 200ms", "at_most: 200ms, expected: up"), "expected", "", "up"),
        (("at_most: 200ms", "at_most: 200ms, remember: 1h"), "remember", "", "1h"),
        (("at_most: 250ms", "at_most: 250ms, native: true"), "native", "false", "true"),
        (
            ("total: requests_total", "total: requests_total, starts_at_zero: true"),
            "starts_at_zero",
            "false",
            "true",
        ),
        (("every_member", "one_member"), "counted_by", "every_member", "one_member"),
        (("every_member", "every_member, member: [pod]"), "member", "[instance]", "[pod]"),
        (
            ("  - name: availability", "  - name: availability\n    counting: rate"),
            "counting",
            "exact",
            "rate",
        ),
        (("  - name: lag", "  - name: lag\n    offset: 10m"), "offset", "", "10m"),
        (
            ("  - name: lag", "  - name: lag\n    selector: {job: x}"),
            "selector",
            "",
            'job="x"',
        ),
        (
            (
                "  - name: lag",
                "  - name: lag\n    join: {info: i, by: [instance], labels: [region]}",
            ),
            "join",
            "none",
            "{info: i, by: [instance], labels: [region]}",
        ),
    ],
)
def test_a_key_that_counts_otherwise_is_shown_by_its_name(
    tmp_path: Path, edit: tuple[str, str], what: str, old: str, new: str
) -> None:
    """And by its values, as a spec has them; not by the expressions that follow."""
    change = only(diff(tmp_path, edit))

    assert (change.what, change.old, change.new) == (what, old, new)
    assert change.effect == "counted so from now on; what is recorded stays"


@pytest.mark.parametrize(
    ("edit", "key", "old", "new"),
    [
        (
            ("at_most: 200ms", "at_most: 200ms, aggregate: each"),
            "aggregate",
            "seconds",
            "member-seconds",
        ),
        (
            (
                "{events: {bad: 'errors_total{code=~\"5..\"}', ",
                "{events: {of: gauges, bad: failed, ",
            ),
            "of",
            "events",
            "member-seconds",
        ),
        (
            ("  - name: availability", "  - name: availability\n    deduplicate: [instance]"),
            "deduplicate",
            "each event once an observer",
            "each event once",
        ),
    ],
)
def test_samples_that_weigh_otherwise_are_said_to_be_added_up(
    tmp_path: Path, edit: tuple[str, str], key: str, old: str, new: str
) -> None:
    """Beside the key: the budget is wrong until its window holds samples of one weight."""
    (slo,) = diff(tmp_path, edit).slos
    changes = {change.what: change for change in slo.changes}

    assert key in changes
    weight = changes["weight"]
    assert (weight.old, weight.new) == (old, new)
    assert "what is recorded weighs otherwise: until 30d have passed, the budget adds" in (
        weight.effect
    )


def test_an_inherited_selector_is_a_key_of_every_slo(tmp_path: Path) -> None:
    """Of every SLO that inherits it."""
    found = diff(tmp_path, ("[region]}", "[region], selector: {job: shop}}"))

    assert [slo.new for slo in found.slos] == [
        "shop/availability", "shop/failovers", "shop/lag", "shop/latency",
    ]  # fmt: skip
    assert {(c.what, c.new) for slo in found.slos for c in slo.changes} == {
        ("selector", 'job="shop"')
    }


def test_another_type_of_sli_is_told_with_its_sides(tmp_path: Path) -> None:
    """From a threshold to events: type, and each side that is gone or new."""
    sli = "{events: {of: gauges, good: ready, total: wanted}}"
    found = diff(tmp_path, ("{threshold: {metric: lag_seconds, at_most: 200ms}}", sli))
    (slo,) = found.slos

    assert [(c.what, c.old, c.new) for c in slo.changes][:4] == [
        ("sli", "threshold", "events"),
        ("metric", "lag_seconds", ""),
        ("good", "", "ready"),
        ("total", "", "wanted"),
    ]


def test_other_groups_break_history(tmp_path: Path) -> None:
    """Their series are new ones; the order of the labels means nothing."""
    found = diff(tmp_path, ("[region]", "[region, zone]"))

    assert found.breaks == 4
    assert [(c.what, c.old, c.new, c.breaks) for s in found.slos for c in s.changes] == [
        ("group_by", "[region]", "[region, zone]", True)
    ] * 4
    turned = SPEC.replace("[region]", "[zone, region]")
    assert not compare(
        bundle(tmp_path / "a", SPEC.replace("[region]", "[region, zone]")),
        bundle(tmp_path / "b", turned),
    ).breaks


def test_a_group_label_from_another_source_breaks_history(tmp_path: Path) -> None:
    """The label keeps its name, but its values are others."""
    found = diff(tmp_path, ("[region]", "[{region: datacenter}]"))

    assert {c.what for s in found.slos for c in s.changes} == {"source of region"}
    assert found.breaks == 4


def test_a_renamed_slo_is_recognised_and_breaks_history(tmp_path: Path) -> None:
    """It counts the same in the same groups; what else changed about it is shown, too."""
    found = diff(tmp_path, ("name: latency", "name: speed"), ("objective: 99%", "objective: 95%"))
    (slo,) = found.slos

    assert (slo.kind, slo.old, slo.new) == (Kind.RENAMED, "shop/latency", "shop/speed")
    assert [(c.what, c.breaks) for c in slo.changes] == [("name", True), ("objective", False)]


def test_a_renamed_service_renames_its_slos(tmp_path: Path) -> None:
    """Each of them is shown, none as removed or added."""
    found = diff(tmp_path, ("service: shop", "service: store"))

    assert found.count(Kind.RENAMED) == len(found.slos) == found.breaks == 4


def test_alike_slos_are_paired_by_objective_and_name(tmp_path: Path) -> None:
    """Two SLOs on one SLI, both renamed: the objectives say which is which."""
    two = """
    apiVersion: slokit/v1
    service: shop
    slos:
      - name: answers
        sli: {latency: {histogram: answer_seconds, at_most: 1s}}
        objectives: [{name: a, objective: 95%}, {name: b, objective: 99%}]
    """
    other = two.replace("name: a,", "name: x,").replace("name: b,", "name: a2,")

    found = compare(bundle(tmp_path / "old", two), bundle(tmp_path / "new", other))

    assert [(s.old, s.new) for s in found.slos] == [
        ("shop/answers-b", "shop/answers-a2"),
        ("shop/answers-a", "shop/answers-x"),
    ]


def test_added_and_removed_slos_are_told_with_their_promises(tmp_path: Path) -> None:
    """What counts something else is no renamed SLO."""
    found = diff(
        tmp_path,
        ("name: lag", "name: age"),
        ("metric: lag_seconds", "metric: age_seconds"),
    )

    assert [(s.kind, s.old, s.new) for s in found.slos] == [
        (Kind.ADDED, "", "shop/age"),
        (Kind.REMOVED, "shop/lag", ""),
    ]
    assert found.slos[0].changes[0].new == "99.5% over 30d"
    assert (found.breaks, found.moves) == (0, 0)


def test_another_policy_moves_alerts_and_tells_which_are_gone(tmp_path: Path) -> None:
    """From all four to the two tickets."""
    found = diff(tmp_path, ("objective: 99%", "objective: 99%\n    alert_policy: ticket-only"))
    (slo,) = found.slos

    assert [(c.what, c.old, c.new, c.moves) for c in slo.changes] == [
        ("alert_policy", "default", "ticket-only", True),
        ("burn alerts", "page 1h/5m at 14.4, page 6h/30m at 6", "none", False),
    ]
    assert found.moves == 1


def test_an_objective_too_low_for_an_alert_tells_that_it_is_gone(tmp_path: Path) -> None:
    """At 90 % nothing burns 14.4 times as fast as allowed."""
    found = diff(tmp_path, ("objective: 99%", "objective: 90%"))
    (slo,) = found.slos

    assert [(c.what, c.old, c.new) for c in slo.changes][1:] == [
        ("burn alerts", "page 1h/5m at 14.4", "none")
    ]


def test_an_owner_moves_alerts_and_another_label_does_not(tmp_path: Path) -> None:
    """Unless alerts carry that label."""
    owner = diff(tmp_path / "1", ("team-shop", "team-store"))
    label = diff(tmp_path / "2", ("tier: gold", "tier: silver"))
    carried: dict[str, Any] = {"alerts": {"labels": ["tier"]}}
    both = compare(
        bundle(tmp_path / "3", SPEC, **carried),
        bundle(tmp_path / "4", SPEC.replace("tier: gold", "tier: silver"), **carried),
    )

    assert (owner.moves, label.moves, both.moves) == (4, 0, 4)
    assert {c.what for s in label.slos for c in s.changes} == {"tier"}


def test_what_a_page_waits_for_and_what_missing_data_does_are_told(tmp_path: Path) -> None:
    """min_bad_events and no_data."""
    waits = only(
        diff(tmp_path / "1", ("name: failovers", "name: failovers\n    min_bad_events: 5"))
    )
    silent = only(diff(tmp_path / "2", ("objective: 99%", "objective: 99%\n    no_data: ignore")))

    assert (waits.what, waits.old, waits.new) == ("min_bad_events", "3", "5")
    assert waits.effect == "a page waits for 5 events"
    assert (silent.what, silent.effect) == ("no_data", "missing data stays silent")


def test_a_share_that_a_page_waits_for_is_said(tmp_path: Path) -> None:
    """min_budget_spent of the policy, for each SLO that has it; more of it is weaker."""
    before, after = (
        bundle(tmp_path / share, alert_policies={"default": {"min_budget_spent": share}})
        for share in ("1%", "5%")
    )
    found = compare(before, after)

    for slo in found.slos:
        (change,) = slo.changes
        assert (change.what, change.old, change.new) == ("min_budget_spent", "1%", "5%")
        assert change.weakens
    assert len(found.slos) == 4
    assert not any(change.weakens for slo in compare(after, before).slos for change in slo.changes)


def test_silence_that_becomes_good_is_told(tmp_path: Path) -> None:
    """The setting with what it means, and the expressions that follow from it."""
    spec = SPEC.replace("at_most: 200ms", "at_most: 200ms, expected: up")
    good = spec.replace("objective: 99.5%", "objective: 99.5%\n    no_data: good")
    (lag,) = compare(bundle(tmp_path / "old", spec), bundle(tmp_path / "new", good)).slos

    changes = {change.what: change for change in lag.changes}
    assert changes.keys() == {"no_data", "expressions"}
    assert changes["no_data"].effect == (
        "a silent member that is expected counts as good from now on"
    )
    assert not any(change.breaks or change.moves for change in lag.changes)


@pytest.mark.parametrize(
    ("project", "what", "breaks", "moves"),
    [
        ({"bundle": "other"}, "bundle", 1, 1),
        ({"ledger_window": "10m"}, "ledger_window", 1, 0),
        ({"interval": "15s"}, "interval", 0, 0),
        ({"alerts": {"labels": ["owner", "tier"]}}, "alerts: labels", 0, 1),
        ({"alerts": {"labels": ["owner", "nothing"]}}, "alerts: labels", 0, 0),
        ({"alerts": {"labels": {"page": ["tier", "owner"]}}}, "alerts: labels of page", 0, 1),
        ({"alerts": {"severities": {"page": "critical"}}}, "severity page", 0, 1),
        (
            {"alerts": {"severities": {"ticket": {"labels": {"queue": "slow"}}}}},
            "label queue of every ticket",
            0,
            1,
        ),
        ({"alerts": {"annotations": ["tier"]}}, "alerts: annotations", 0, 0),
    ],
)
def test_settings_of_the_bundle_are_told_once(
    tmp_path: Path, project: dict[str, Any], what: str, breaks: int, moves: int
) -> None:
    """Not once an SLO."""
    found = diff(tmp_path, **project)

    assert [change.what for change in found.bundle] == [what]
    assert found.slos == ()
    assert (found.breaks, found.moves) == (breaks, moves)


def test_only_slos_that_have_a_lifted_label_move(tmp_path: Path) -> None:
    """They are named; who is routed by a label of this name already has it."""
    spec = (
        SPEC.replace("labels: {tier: gold}\n", "")
        .replace("  - name: lag\n", "  - name: lag\n    labels: {tier: gold}\n")
        .replace("  - name: failovers\n", "  - name: failovers\n    routing: {tier: gold}\n")
    )
    lifted = {"alerts": {"labels": {"ticket": ["owner", "tier"]}}}

    found = compare(bundle(tmp_path / "old", spec), bundle(tmp_path / "new", spec, **lifted))

    (change,) = found.bundle
    assert (change.what, change.old, change.new) == (
        "alerts: labels of ticket", "[owner]", "[owner, tier]",
    )  # fmt: skip
    assert change.effect == (
        "alerts on shop/lag that fire resolve, and fire again with the new labels"
    )


def test_routes_and_names_move_the_alerts_of_their_slo(tmp_path: Path) -> None:
    """A service's, those of all its SLOs; text that alerts show moves none."""
    one = only(diff(tmp_path / "1", ("  - name: lag", "  - name: lag\n    routing: {team: b}")))
    every = diff(tmp_path / "2", ("owner:", "routing: {team: b}\nowner:"))
    named = only(diff(tmp_path / "3", ("  - name: lag", "  - name: lag\n    alert_name: Late")))
    noted = diff(
        tmp_path / "4",
        ("  - name: lag", "  - name: lag\n    annotations: {note: x}"),
        alerts={"annotations": ["note"]},
    )

    assert (one.what, one.old, one.new, one.moves) == ("routing: team", "", "b", True)
    assert (every.moves, len(every.slos)) == (4, 4)
    assert (named.what, named.old, named.new) == ("alert_name", "SLOBudgetBurn", "Late")
    assert named.effect == "a burn alert that fires resolves, and fires again under the new name"
    (note,) = noted.slos[0].changes
    assert (note.what, note.effect, noted.moves) == ("note", "its alerts say so from now on", 0)


def test_the_reference_systems_differ_in_nothing_from_themselves() -> None:
    """And when their bundle changes its name, that is all."""
    project = str(ROOT / "tests/fixtures/specs/slokit.yaml")
    one, other = api.load(project=project).bundle, api.load(project=project).bundle
    renamed = replace(other, project=replace(other.project, bundle="other"))

    assert len(one.slos) == 75
    assert not compare(one, other)
    assert [change.what for change in compare(one, renamed).bundle] == ["bundle"]
    assert compare(one, renamed).slos == ()


@pytest.mark.parametrize(
    ("key", "old", "new", "weakens"),
    [
        ("time_slice.target", "99%", "98.5%", True),
        ("time_slice.target", "98.5%", "99%", False),
        ("time_slice.idle", "bad", "skip", True),
        ("time_slice.idle", "skip", "good", True),
        ("time_slice.idle", "skip", "bad", False),
        ("method", "all", "worst", True),
        ("method", "worst", "weighted", True),
        ("method", "weighted", "all", False),
    ],
)
def test_less_bad_of_the_same_breaks_a_promise(
    tmp_path: Path, key: str, old: str, new: str, weakens: bool
) -> None:
    """A slice that is good with less, and a method that makes less of its members' bad."""

    def state(name: str, value: str) -> Bundle:
        given = {"time_slice.target": "99%", "time_slice.idle": "skip", "method": "all", key: value}
        target, idle, method = given.values()
        spec = f"""
apiVersion: slokit/v1
service: shop
slos:
  - {{name: a, objective: 99%, sli: {{events: {{bad: b_total, total: t_total}}}}}}
  - {{name: b, objective: 99%, sli: {{events: {{bad: c_total, total: t_total}}}}}}
  - name: slices
    objective: 99%
    budgeting_method: time_slices
    time_slice: {{window: 10m, target: {target}, idle: {idle}}}
    sli: {{events: {{bad: b_total, total: t_total}}}}
  - {{name: j, objective: 99%, sli: {{composite: {{of: [a, b], method: {method}}}}}}}
"""
        directory = tmp_path / name
        directory.mkdir()
        (directory / "slokit.yaml").write_text("bundle: test\nspecs: a.yaml\n")
        (directory / "a.yaml").write_text(spec)
        return api.load(directory=directory).bundle

    (changed,) = compare(state("old", old), state("new", new)).slos
    (change,) = [each for each in changed.changes if each.what == key]

    assert (change.old, change.new, change.is_breaking) == (old, new, weakens)


@pytest.mark.parametrize(
    ("old", "new", "weakens"),
    [
        ("at_most: 250ms", "at_most: 500ms", True),
        ("at_most: 250ms", "at_most: 100ms", False),
        ("at_most: 250ms", "limits: [{match: 'verb=\"LIST\"', at_most: 5s}], at_most: 250ms", True),
        ("at_most: 250ms", "limits: [{match: 'verb=\"LIST\"', at_most: 5s}]", True),
        (
            "at_most: 250ms",
            "limits: [{match: 'verb=\"GET\"', at_most: 50ms}], at_most: 0.1s",
            False,
        ),
        ("at_most: 200ms", "at_most: 200ms, at_least: 1ms", False),
        ("at_most: 200ms", "at_least: 1ms", True),
    ],
)
def test_a_looser_limit_breaks_a_promise(tmp_path: Path, old: str, new: str, weakens: bool) -> None:
    """A stricter one does not, whatever labels it is for."""
    change = only(diff(tmp_path, (old, new)))

    assert (change.what, change.is_breaking) == ("limit", weakens)


FREEZE, CAREFUL = BudgetRule(Fraction(0), "freeze"), BudgetRule(Fraction(1, 4), "careful", "Slow")


@pytest.mark.parametrize(
    ("old", "new", "weakens"),
    [
        ((), (FREEZE, CAREFUL), False),
        ((FREEZE, CAREFUL), (CAREFUL,), True),
        ((FREEZE, CAREFUL), (FREEZE, replace(CAREFUL, below=Fraction(1, 5))), True),
        ((FREEZE, CAREFUL), (FREEZE, replace(CAREFUL, action="freeze")), False),
        ((FREEZE, CAREFUL), (FREEZE, replace(CAREFUL, note="Slower")), False),
        ((FREEZE,), (), False),
    ],
)
def test_an_error_budget_policy_that_asks_for_less_is_breaking(
    tmp_path: Path, old: Sequence[BudgetRule], new: Sequence[BudgetRule], weakens: bool
) -> None:
    """At any budget that is left; without a policy, a spent budget closes the gate."""
    plain = bundle(tmp_path)
    before, after = (
        replace(plain, project=replace(plain.project, budget_rules=tuple(rules)))
        for rules in (old, new)
    )

    (change,) = compare(before, after).bundle

    assert (change.what, change.is_breaking) == ("error_budget_policy", weakens)
    if len(new) == 2 and not old:
        assert change.new == "below 0%: freeze; below 25%: careful (Slow)"


def test_a_former_name_that_is_forgotten_loses_history(tmp_path: Path) -> None:
    """Reports join the two names as long as it is written; the rules' series begin anew anyway."""
    named = ("name: lag", "name: delay\n    formerly: lag")
    renamed = next(s for s in diff(tmp_path / "a", named).slos if s.kind is Kind.RENAMED)
    with_name, without = (
        bundle(tmp_path / each, SPEC.replace(*pair))
        for each, pair in (("b", named), ("c", ("name: lag", "name: delay")))
    )

    assert "reports go on with the old name's history" in renamed.changes[0].effect
    lost, kept = only(compare(with_name, without)), only(compare(without, with_name))
    assert (lost.what, lost.old, lost.is_breaking) == ("formerly", "lag", True)
    assert (kept.effect, kept.is_breaking) == ("reports go on with the history of lag", False)
    twice = bundle(tmp_path / "d", SPEC.replace(named[0], "name: delay\n    formerly: [lag, late]"))
    more, fewer = only(compare(with_name, twice)), only(compare(twice, with_name))
    assert (more.new, more.is_breaking) == ("lag, late", False)
    assert (fewer.effect, fewer.is_breaking) == ("reports leave out the history of late", True)


def test_the_json_of_a_difference_is_what_its_schema_promises(tmp_path: Path) -> None:
    """Of any of these changes; and what lacks a key is refused."""
    Draft202012Validator.check_schema(diff_schema())
    valid = Draft202012Validator(diff_schema()).is_valid
    changed = diff(
        tmp_path,
        ("name: lag", "name: delay"),
        ("99.9%", "99%"),
        ("[region]", "[zone]"),
        error_budget_policy=[{"below": "0%", "do": "freeze"}],
    )
    both = (changed, compare(bundle(tmp_path / "x"), bundle(tmp_path / "y")))
    made = [json.loads(api.render_diff(found, "json")) for found in both]

    assert all(map(valid, made))
    assert made[0]["summary"]["breaking"] == len(changed.breaking()) > 0
    assert not any(valid({k: v for k, v in made[0].items() if k != key}) for key in made[0])
