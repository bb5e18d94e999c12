"""Routes and rules that silence, as values: what holds whatever slokit.yaml says."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slokit.compiler.route_matching import fits, silences, silencing, taken
from slokit.compiler.routing import Inhibition, Routing, compile_routing
from slokit.model.alerting import PAGE, TICKET, AlertLabels, SeverityLabels
from slokit.model.bundle import Bundle
from slokit.model.maintenance import Maintenance, TimeInterval
from slokit.model.routing import Alertmanager, Escalation, OwnRoute, Receiver
from slokit.promql.selector import Matcher
from tests.support.compile.loaded import loaded

SPEC = """
apiVersion: slokit/v1
service: shop
owner: team-shop
slos:
  - {name: a, group_by: [cluster], objective: 99%, sli: {events: {bad: b, total: t}}}
  - {name: b, group_by: [cluster, zone], objective: 99%, sli: {events: {bad: b, total: t}}}
  - {name: c, group_by: [], objective: 99%, sli: {events: {bad: b, total: t}}}
"""
NAMES = ("a", "b", "c", "d")
ALERT = {
    "alertname": "SLOBudgetBurn",
    "bundle": "test",
    "service": "shop",
    "slo": "a",
    "cluster": "eu",
    "severity": "page",
    "owner": "team-shop",
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """Three SLOs of one service, grouped in three ways."""
    return loaded(tmp_path_factory.mktemp("shop"), SPEC).bundle


def routing(shop: Bundle, *routes: OwnRoute) -> Routing:
    """The routing of these routes, with four receivers and the last one as the default."""
    settings = Alertmanager(tuple(map(Receiver, NAMES)), "d", routes)
    return compile_routing(Bundle(replace(shop.project, alertmanager=settings), shop.services))


def receivers(made: Routing, **labels: str) -> list[str]:
    return [each.receiver for each in taken(made.route, {**ALERT, **labels})]


def silenced_by(made: Routing, one: dict[str, str], other: dict[str, str]) -> list[Inhibition]:
    """The rules by which one alert silences another one."""
    return [r for r in silencing(made.inhibitions, other) if silences(r, one, other)]


def test_the_first_route_of_a_severity_is_taken(shop: Bundle) -> None:
    """A route that says nothing of a severity leaves it to the next one that fits."""
    made = routing(
        shop,
        OwnRoute(owners=("team-shop",), receivers={PAGE: ("a",)}),
        OwnRoute(receivers={PAGE: ("b",), TICKET: ("b", "c")}),
    )

    assert receivers(made) == ["a"]
    assert receivers(made, severity="ticket") == ["b", "c"]
    assert receivers(made, owner="other") == ["b"]
    assert receivers(made, bundle="other") == []


def test_an_escalation_waits_and_reaches_more(shop: Bundle) -> None:
    """The receivers of a page come first; each step has its own time to wait, tickets have none."""
    steps = (Escalation(Fraction(1800), ("b",)), Escalation(Fraction(7200), ("c", "d")))
    made = routing(shop, OwnRoute(receivers={PAGE: ("a",), TICKET: ("a",)}, escalations=steps))
    found = taken(made.route, ALERT)

    assert [(t.receiver, int(t.last.pace.wait) if t.last.pace else 0) for t in found] == [
        ("a", 30),
        ("b", 1800),
        ("c", 7200),
        ("d", 7200),
    ]
    assert receivers(made, severity="ticket") == ["a"]


def test_names_are_text_in_patterns(shop: Bundle) -> None:
    """Several owners are one pattern, and no character of theirs means anything in it."""
    odd = ("team.a", "b|c", "x[1]", "y^\\", "z{2}$", "(w)+*?")
    made = routing(shop, OwnRoute(owners=odd, receivers={PAGE: ("a",)}))

    assert [receivers(made, owner=name) for name in odd] == [["a"]] * len(odd)
    assert receivers(made, owner="teamxa") == ["d"]
    assert receivers(made, owner="b") == ["d"]


def test_severities_follow_their_names(shop: Bundle) -> None:
    """Routes and silencing are by the names that `alerts: {severities: …}` gives."""
    names = AlertLabels({PAGE: SeverityLabels("critical"), TICKET: SeverityLabels("warning")})
    project = replace(
        shop.project,
        alerts=names,
        alertmanager=Alertmanager(
            tuple(map(Receiver, NAMES)), "d", (OwnRoute(receivers={PAGE: ("a",)}),)
        ),
    )
    made = compile_routing(Bundle(project, shop.services))
    page, ticket = ({**ALERT, "severity": name} for name in ("critical", "warning"))

    assert receivers(made, severity="critical") == ["a"]
    assert receivers(made, severity="page") == ["d"]
    assert len(silenced_by(made, page, ticket)) == 1
    assert silenced_by(made, {**page, "severity": "page"}, ticket) == []


@pytest.mark.parametrize(
    ("change", "is_silenced"),
    [
        ({}, True),
        ({"cluster": "us"}, False),
        ({"slo": "b"}, False),
        ({"service": "other"}, False),
        ({"bundle": "other"}, False),
        ({"zone": "a"}, False),
        ({"alertname": "SLONoData"}, True),
        ({"slo": ""}, False),
        ({"severity": "page"}, False),
    ],
)
def test_a_page_silences_the_tickets_of_its_group(
    shop: Bundle, change: dict[str, str], is_silenced: bool
) -> None:
    """Of the same SLO and group and no other, and nothing but tickets."""
    ticket = {**ALERT, "severity": "ticket", **change}

    assert bool(silenced_by(routing(shop), ALERT, ticket)) is is_silenced


def test_a_spent_budget_silences_tickets_about_its_burning(shop: Bundle) -> None:
    """Not a page, and not missing data."""
    spent = {**ALERT, "alertname": "SLOBudgetExhausted", "severity": "ticket"}
    made = routing(shop)

    assert silenced_by(made, spent, {**ALERT, "severity": "ticket"})
    assert not silenced_by(made, spent, ALERT)
    assert not silenced_by(made, spent, {**spent, "alertname": "SLONoData"})


def test_no_alert_silences_itself(shop: Bundle) -> None:
    """Neither by its own labels nor by another alert of the same kind."""
    made = routing(shop)
    for name in ("SLOBudgetBurn", "SLOBudgetExhausted", "SLONoData", "SlokitLedgerStale"):
        for severity in ("page", "ticket"):
            alert = {**ALERT, "alertname": name, "severity": severity}

            assert silenced_by(made, alert, alert) == []


def test_the_same_for_any_order_of_specs(shop: Bundle) -> None:
    """Labels in `equal` are ordered by their names."""
    turned = replace(shop.services[0], slos=shop.services[0].slos[::-1])
    other = Bundle(shop.project, (turned,))

    assert compile_routing(other).inhibitions == compile_routing(shop).inhibitions
    assert compile_routing(shop).inhibitions[0].equal == (
        "bundle",
        "service",
        "slo",
        "cluster",
        "zone",
    )


def test_a_missing_label_is_an_empty_one() -> None:
    """As in Alertmanager; a pattern that cannot be read fits nothing, and its denial everything."""
    assert fits((Matcher("zone", "=", ""), Matcher("zone", "=~", "a?")), {})
    assert not fits((Matcher("zone", "!=", ""),), {})
    assert not fits((Matcher("zone", "=~", "("),), {"zone": "("})
    assert fits((Matcher("zone", "!~", "("),), {"zone": "("})


OWNERS = st.sampled_from(["team-shop", "team-a", "t|u"])
RECEIVERS = st.lists(st.sampled_from(NAMES), max_size=3, unique=True)
ROUTES = st.builds(
    lambda owners, page, ticket, to: OwnRoute(
        owners=tuple(owners),
        receivers={s: tuple(n) for s, n in ((PAGE, page), (TICKET, ticket)) if n},
        escalations=(Escalation(Fraction(60), tuple(to)),) if to and page else (),
    ),
    st.lists(OWNERS, max_size=2, unique=True),
    RECEIVERS,
    RECEIVERS,
    RECEIVERS,
)


@given(routes=st.lists(ROUTES, max_size=4), owner=OWNERS, severity=st.sampled_from([PAGE, TICKET]))
def test_every_alert_reaches_someone(
    shop: Bundle, routes: Sequence[OwnRoute], owner: str, severity: str
) -> None:
    """Those of the first route that is for its owner and its severity, else the default."""
    wanted = next(
        (
            r
            for r in routes
            if owner in (*r.owners, *(() if r.owners else [owner])) and severity in r.receivers
        ),
        None,
    )
    expected = list(wanted.receivers[severity]) if wanted else ["d"]
    if wanted and severity == PAGE:
        expected += [to for step in wanted.escalations for to in step.to]

    assert receivers(routing(shop, *routes), owner=owner, severity=severity) == expected


def test_maintenance_of_everything_ends_the_routes(shop: Bundle) -> None:
    """Behind a route that takes every alert no other one stands, and alerts go where they went."""
    night = Maintenance("night", "Backup", when=(TimeInterval(),))
    racks = Maintenance("racks", "Moved", services=("shop",), once=(0.0, 60.0))
    settings = Alertmanager(tuple(map(Receiver, NAMES)), "d", (OwnRoute(receivers={PAGE: ("a",)}),))
    project = replace(shop.project, alertmanager=settings, maintenances=(night, racks))
    made = compile_routing(Bundle(project, shop.services))

    assert [node.mutes for node in made.route.routes] == [
        ("slokit-test-night", "slokit-test-racks"),
        ("slokit-test-night",),
    ]
    assert receivers(made) == ["a"]
    assert receivers(made, service="other", severity="ticket") == ["d"]
