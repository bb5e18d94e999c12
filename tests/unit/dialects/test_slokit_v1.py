"""What a document of slokit/v1 means: defaults, selectors, groups and objectives."""

from decimal import Decimal
from fractions import Fraction
from textwrap import dedent, indent

import pytest

from slokit.dialects.base import ServiceDraft
from slokit.dialects.resolve import resolve
from slokit.dialects.slokit_v1 import matches
from slokit.dialects.slokit_v1.drafts import read
from slokit.model.bundle import Project
from slokit.model.slo import Service, Slo
from slokit.source.places import Places
from slokit.source.tree import read_documents

EVENTS = "sli: {events: {bad: b, total: t}}"


def service(text: str) -> Service:
    (document,), faults = read_documents("f.yaml", text)
    (draft,) = read([document])
    assert isinstance(draft, ServiceDraft)
    found, findings = resolve(draft, Project(), Places({"f.yaml": text}))
    assert faults == []
    assert findings == []
    assert found is not None
    return found


def slos(defaults: str, *entries: str) -> dict[str, Slo]:
    """The SLOs of a service with these defaults, by name."""
    head = f"apiVersion: slokit/v1\nservice: shop\nowner: team\ndefaults: {{{defaults}}}\nslos:\n"
    body = "".join("  - " + indent(dedent(entry), "    ").strip() + "\n" for entry in entries)
    return {slo.name: slo for slo in service(head + body).slos}


def sides(slo: Slo) -> list[str]:
    return [str(part) for side in slo.sli.sides() for part in side.parts]


def test_an_slo_inherits_what_it_does_not_say() -> None:
    """Window, groups, selector, policy and no_data come from the defaults; own values win."""
    defaults = "window: 7d, group_by: [a], selector: {job: x}, alert_policy: none, no_data: ignore"
    found = slos(
        defaults,
        f"{{name: plain, objective: 99%, {EVENTS}}}",
        "{name: own, objective: 99%, window: 28d, group_by: [], selector: {job: y},"
        f" alert_policy: default, no_data: alert, owner: me, {EVENTS}}}",
    )
    plain, own = found["plain"], found["own"]

    assert (plain.window.name, plain.folding.names, plain.policy.name) == ("7d", ("a",), "none")
    assert (plain.no_data, plain.owner) == ("ignore", "team")
    assert (own.window.name, own.folding.names, own.policy.name) == ("28d", (), "default")
    assert (own.no_data, own.owner) == ("alert", "me")
    assert sides(plain) == ['b{job="x"}', 't{job="x"}']
    assert sides(own) == ['b{job="y"}', 't{job="y"}']


def test_without_defaults_there_are_defaults() -> None:
    """30 days, one group, the default policy, an alert where data is missing."""
    (slo,) = slos("", f"{{name: a, objective: 99%, {EVENTS}}}").values()

    assert (slo.window.name, slo.folding.names, slo.policy.name) == ("30d", (), "default")
    assert (slo.no_data, slo.min_bad_events) == ("alert", 0)


@pytest.mark.parametrize(
    ("own", "selected"),
    [
        ("selector: {ns: b}", 't{job="x",ns="b"}'),
        ("selector: {job: y}", 't{ns=~"a|b",job="y"}'),
        ("selector: {job: '!=y', ns: '!~c', z: '=~d'}", 't{job!="y",ns!~"c",z=~"d"}'),
        ("selector: 'ns=\"b\"'", 't{ns="b"}'),
        ("selector: ''", "t"),
        ("selector: {}", 't{job="x",ns=~"a|b"}'),
    ],
)
def test_a_mapping_merges_and_a_string_replaces(own: str, selected: str) -> None:
    """Label by label with the inherited matchers, or instead of all of them."""
    defaults = "selector: {job: x, ns: '=~a|b'}"
    (slo,) = slos(defaults, f"{{name: a, objective: 99%, {own}, {EVENTS}}}").values()

    assert sides(slo)[1] == selected


def test_a_matcher_of_the_side_wins() -> None:
    """On its label the inherited ones are left out."""
    entry = "{name: a, objective: 99%, sli: {events: {bad: 'b{job=\"own\"}', total: t}}}"
    (slo,) = slos("selector: {job: x, ns: y}", entry).values()

    assert sides(slo) == ['b{job="own",ns="y"}', 't{job="x",ns="y"}']


def test_groups_are_renamed_below_the_fold() -> None:
    """The recorded name comes from the source label; `$group_by` holds the source labels."""
    entry = """\
        name: a
        objective: 99%
        sli: {events: {bad: 'sum by ($group_by) (rate(b[$window]))', total: t}}
        """
    (slo,) = slos("group_by: [{cluster: scope}, region]", entry).values()

    assert (slo.folding.names, slo.folding.sources) == (("cluster", "region"), ("scope", "region"))
    assert sides(slo)[0] == "sum by (scope, region) (rate(b[5m]))"
    assert slo.folding.renamings == (("cluster", "scope"),)


def test_renamings_never_overwrite_what_is_still_read() -> None:
    """A chain of renamings is ordered from its end."""
    (slo,) = slos(
        "group_by: [{b: a}, {c: b}, {d: c}]", f"{{name: a, objective: 99%, {EVENTS}}}"
    ).values()

    assert slo.folding.renamings == (("d", "c"), ("c", "b"), ("b", "a"))


def test_objectives_make_several_slos() -> None:
    """Each has its own name, limit, objective, matchers, groups, window, policy and text."""
    entry = """\
        name: read
        objective: 99%
        description: Reads in time
        sli: {latency: {histogram: h_seconds, at_most: 3s}}
        objectives:
          - {name: fast, at_most: 100ms, objective: 95%}
          - name: eu
            match: 'region="eu"'
            group_by: []
            window: 7d
            alert_policy: none
            description: EU
        """
    found = slos("group_by: [region]", entry)
    fast, eu = found["read-fast"], found["read-eu"]

    assert (fast.objective, eu.objective) == (Decimal("0.95"), Decimal("0.99"))
    assert (fast.sli.limit_text, eu.sli.limit_text) == ("at most 100ms", "at most 3s")
    assert (fast.folding.names, eu.folding.names) == (("region",), ())
    assert (fast.window.name, eu.window.name) == ("30d", "7d")
    assert (fast.policy.name, eu.policy.name) == ("default", "none")
    assert (fast.description, eu.description) == ("Reads in time", "EU")
    assert (sides(fast), sides(eu)) == (["h_seconds"], ['h_seconds{region="eu"}'])


def test_an_objective_is_exact() -> None:
    """The budget of 99.9 % is a thousandth, that of a rate its allowance per second."""
    found = slos(
        "",
        f"{{name: a, objective: 99.9%, {EVENTS}}}",
        "{name: b, sli: {rate: {epoch: e, at_most: 2/30d}}}",
    )

    assert found["a"].budget == Fraction(1, 1000)
    assert found["b"].budget == Fraction(2, 30 * 86_400)
    assert (found["b"].objective, found["b"].objective_text) == (None, "2/30d")
    assert found["b"].min_bad_events == 3


def test_a_name_for_burn_alerts_is_inherited_and_may_be_the_usual_one() -> None:
    """An SLO's own name wins; those of one entry share it."""
    both = "objectives: [{name: a, objective: 99%}, {name: b, objective: 98%}]"
    found = slos(
        "alert_name: ShopErrors",
        f"name: plain\nobjective: 99%\n{EVENTS}",
        f"name: own\nalert_name: OwnErrors\n{both}\n{EVENTS}",
        f"name: usual\nalert_name: SLOBudgetBurn\nobjective: 99%\n{EVENTS}",
    )

    assert {name: slo.alert_name for name, slo in found.items()} == {
        "plain": "ShopErrors",
        "own-a": "OwnErrors",
        "own-b": "OwnErrors",
        "usual": "SLOBudgetBurn",
    }


def test_routing_merges_with_the_services() -> None:
    """Label by label: an SLO's value wins, an empty one takes the service's away."""
    head = "apiVersion: slokit/v1\nservice: shop\nrouting: {team: shop, channel: c}\nslos:\n"
    plain, own = service(
        f"{head}  - {{name: a, objective: 99%, {EVENTS}}}\n"
        f'  - {{name: b, objective: 99%, routing: {{channel: "", pager: p}}, {EVENTS}}}\n'
    ).slos

    assert plain.routing == {"team": "shop", "channel": "c"}
    assert own.routing == {"team": "shop", "channel": "", "pager": "p"}
    assert own.location_of("routing.pager").keys == ("slos", 1, "routing", "pager")


def test_labels_and_annotations_become_metadata() -> None:
    """An SLO's own ones win over its service's."""
    text = "apiVersion: slokit/v1\nservice: shop\nlabels: {tier: '1', team: x}\nslos:\n"
    text += (
        f"  - {{name: a, objective: 99%, labels: {{tier: '2'}}, annotations: {{n: m}}, {EVENTS}}}\n"
    )

    (slo,) = service(text).slos
    assert slo.labels == {"tier": "2", "team": "x", "n": "m"}


@pytest.mark.parametrize(
    ("data", "is_ours"),
    [
        ({"apiVersion": "slokit/v1"}, True),
        ({"apiVersion": "slokit/v9"}, True),
        ({"apiversion": "slokit/v1"}, True),
        ({"service": "a", "slos": []}, True),
        ({"apiVersion": "v1", "kind": "Service"}, False),
        ({"version": "prometheus/v1", "service": "a", "slos": []}, False),
        ({"service": "a"}, False),
        (["apiVersion"], False),
        ("slokit/v1", False),
        (None, False),
    ],
)
def test_documents_of_others_are_told_apart(data: object, *, is_ours: bool) -> None:
    """A version of slokit, or its two main keys without anybody else's, make a document ours."""
    assert matches(data) == is_ours
