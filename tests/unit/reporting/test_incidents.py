"""Incidents and budgets: arithmetic on evidence, with numbers by hand."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from slokit.model.slo import Slo
from slokit.reporting.budget import measure, state
from slokit.reporting.evidence import Evidence, FastWindow, Key
from slokit.reporting.incidents import chains, incidents
from slokit.reporting.model import Counts, Measure, Row, TimeRange
from tests.support.compile.loaded import loaded, slo_of
from tests.unit.reporting.reports import INCIDENT, ROW, report

SLOT = 300.0
DAY = TimeRange(0.0, 86_400.0)
KEY: Key = ("shop", "checkout", (("cluster", "eu"),))
SPEC = """
apiVersion: slokit/v1
service: shop
defaults: {window: 1d, alert_policy: none}
slos:
  - name: checkout
    objective: 99%
    sli: {events: {bad: bad_total, total: requests_total}}
  - name: restarts
    sli: {rate: {counter: restarts_total, counted_by: one_member, at_most: 4/d}}
"""


@pytest.fixture
def slos(tmp_path: Path) -> tuple[Slo, Slo]:
    """A share of events, and a rate."""
    specs = loaded(tmp_path, SPEC)
    return slo_of(specs, "shop/checkout"), slo_of(specs, "shop/restarts")


def evidence(
    *slots: int, fired: Sequence[tuple[float, str]] = (), now: float | None = 1.0
) -> Evidence:
    """A group in which these ledger windows burned fast, ten bad events each."""
    fast = tuple(FastWindow(end=n * SLOT, bad=10.0, burn=4.0 + n) for n in slots)
    return Evidence("recorded", {}, {}, now, fast, tuple(fired))


def test_a_share_of_events(slos: tuple[Slo, Slo]) -> None:
    """Half a per cent bad of one per cent allowed: half of the budget is spent."""
    made = measure(slos[0], Counts(total=10_000.0, bad=50.0, slots=144), DAY, SLOT)

    assert made.good == 9950.0
    assert made.sli == pytest.approx(0.995)
    assert made.budget_allowed == pytest.approx(100.0)
    assert made.budget_remaining_ratio == pytest.approx(0.5)
    assert made.coverage == 0.5


def test_a_rate_has_no_share(slos: tuple[Slo, Slo]) -> None:
    """One restart of four that a day allows: neither good events nor an SLI."""
    made = measure(slos[1], Counts(total=86_400.0, bad=1.0, slots=288), DAY, SLOT)

    assert (made.good, made.sli) == (None, None)
    assert made.budget_spent_ratio == pytest.approx(0.25)


@pytest.mark.parametrize("counts", [None, Counts(total=0.0, bad=0.0, slots=3)])
def test_without_traffic_no_budget_is_known(slos: tuple[Slo, Slo], counts: Counts | None) -> None:
    """Neither spent nor left: unknown."""
    made = measure(slos[0], counts, DAY, SLOT)

    assert made.budget_spent_ratio is None
    assert made.budget_remaining_ratio is None


@pytest.mark.parametrize(
    ("silence", "now", "is_old", "left", "expected"),
    [
        ("alert", None, True, 0.5, "no-data"),
        ("alert", None, False, -1.0, "no-data"),
        ("alert", 1.0, False, -1.0, "new"),
        ("alert", 1.0, True, 0.0, "exhausted"),
        ("alert", 0.0, True, 0.5, "idle"),
        ("alert", 1.0, True, 0.5, "ok"),
        ("ignore", None, False, -1.0, "new"),
        ("ignore", None, True, -1.0, "exhausted"),
        ("ignore", None, True, 0.5, "idle"),
        ("ignore", 1.0, True, 0.5, "ok"),
    ],
)
def test_states(
    slos: tuple[Slo, Slo],
    silence: str,
    now: float | None,
    is_old: bool,
    left: float,
    expected: str,
) -> None:
    """No data before new before exhausted before idle; expected silence is idle.

    A hundredth of the window was measured each time: what is new depends on history alone.
    """
    window = Measure(DAY, total=1.0, budget_remaining_ratio=left, covered_seconds=864.0)
    found = replace(evidence(now=now), begun=frozenset([DAY] if is_old else ()))

    assert state(replace(slos[0], no_data=silence), found, window) == expected


def test_silence_of_a_whole_window_is_no_data(slos: tuple[Slo, Slo]) -> None:
    """Also where it is expected: there is nothing that could be judged."""
    slo = replace(slos[0], no_data="ignore")

    assert state(slo, evidence(now=None), Measure(DAY)) == "no-data"
    assert state(slo, None, Measure(DAY)) == "no-data"


def test_a_burning_budget_goes_on_in_expected_silence(slos: tuple[Slo, Slo]) -> None:
    """What fires is said, whether or not there is data now."""
    window = Measure(DAY, total=1.0, budget_remaining_ratio=0.5, covered_seconds=864.0)
    found = replace(evidence(now=None), begun=frozenset([DAY]), firing=frozenset(["page"]))

    assert state(replace(slos[0], no_data="ignore"), found, window) == "burning"


def test_windows_that_lie_close_are_one_incident() -> None:
    """Half an hour of calm ends it: six ledger windows."""
    found = incidents(KEY, evidence(1, 2, 8, 15), Measure(DAY), SLOT)

    assert [(i.start / SLOT, i.end / SLOT, i.bad) for i in found] == [(0, 8, 30), (14, 15, 10)]
    assert [i.peak_burn for i in found] == [12.0, 19.0]
    assert found[0].groups == ({"cluster": "eu"},)


def test_evidence_comes_in_any_order() -> None:
    """Servers sort series, not incidents."""
    window = Measure(DAY)

    assert incidents(KEY, evidence(8, 1, 2), window, SLOT) == incidents(
        KEY, evidence(1, 2, 8), window, SLOT
    )


def test_an_incident_costs_its_share_and_names_its_alerts() -> None:
    """Its bad events of those allowed; alerts until a ledger window after its end."""
    fired = [(SLOT, "page"), (2 * SLOT, "page"), (3 * SLOT, "ticket"), (4 * SLOT, "page")]
    (found,) = incidents(KEY, evidence(1, 2, fired=fired), Measure(DAY, budget_allowed=200.0), SLOT)

    assert found.budget_share == pytest.approx(0.1)
    assert found.alerts == ("page", "ticket")
    assert found.alerts_after == {"page": SLOT, "ticket": 3 * SLOT}


def test_an_alert_from_before_did_not_notice_this_incident() -> None:
    """A ticket that still fires from another one fired after 0 seconds."""
    fired = [(n * SLOT, "ticket") for n in range(1, 8)] + [(6 * SLOT, "page")]
    (found,) = incidents(KEY, evidence(5, 6, fired=fired), Measure(DAY), SLOT)

    assert found.alerts_after == {"page": 2 * SLOT, "ticket": 0.0}


def test_what_burns_at_the_end_of_the_period_goes_on() -> None:
    """To a ledger window: the last one may not be counted yet."""
    ended, going = incidents(KEY, evidence(270, 287), Measure(DAY), SLOT)

    assert (ended.is_ongoing, going.is_ongoing) == (False, True)


def _hit(slo: str, start: float, end: float, share: float, **group: str) -> Row:
    found = replace(
        INCIDENT, start=start, end=end, budget_share=share, groups=(group,), alerts_after={}
    )
    return replace(ROW, slo=slo, group=group, incidents=(found,))


def test_an_election_then_errors_then_lag_are_one_incident() -> None:
    """Three links in the order in which they began; another cluster, or later, is another one."""
    made = report(
        _hit("lag", 1500, 4200, 0.1, cluster="eu"),
        _hit("errors", 300, 1200, 0.5, cluster="eu"),
        _hit("elections", 0, 300, 0.2, cluster="eu"),
        _hit("errors", 300, 600, 0.3, cluster="us"),
        _hit("late", 4200 + 6 * 300 + 1, 9000, 0.05, cluster="eu"),
    )
    eu, us, late = chains(made)

    assert [link.row.slo for link in eu.links] == ["elections", "errors", "lag"]
    assert (eu.over, eu.worst.row.slo, eu.cluster) == (
        TimeRange(0, 4200),
        "errors",
        {"cluster": "eu"},
    )
    assert [[link.row.slo for link in c.links] for c in (us, late)] == [["errors"], ["late"]]


def test_groups_of_one_slo_are_one_link() -> None:
    """Its bad events are those of all of them, its share is that of the worst hit."""
    shards = [_hit("errors", n * 60, 900, n / 10, cluster="eu", shard=str(n)) for n in range(3)]
    (chain,) = chains(report(*shards))
    (link,) = chain.links

    assert (link.row.group["shard"], link.incident.budget_share) == ("2", 0.2)
    assert link.incident.bad == 3 * INCIDENT.bad
    assert [group["shard"] for group in link.incident.groups] == ["0", "1", "2"]


def test_a_chain_knows_when_the_first_alert_fired() -> None:
    """Counted from its own start, whichever link it was about."""
    first = _hit("errors", 0, 900, 0.1, cluster="eu")
    second = replace(
        _hit("lag", 600, 900, 0.1, cluster="eu"),
        incidents=(replace(INCIDENT, start=600, end=900, alerts_after={"page": 120.0}),),
    )

    assert chains(report(first, second))[0].alerts_after == {"page": 720.0}


def test_an_alert_from_before_hides_none_that_began() -> None:
    """The first page that began counts, of any group; what none began is from before."""
    old, new = (
        replace(
            _hit("errors", 0, 900, 0.1, cluster="eu", shard=str(n)),
            incidents=(replace(INCIDENT, start=0, end=900, alerts_after=after),),
        )
        for n, after in enumerate(({"page": 0.0, "ticket": 0.0}, {"page": 300.0}))
    )

    assert chains(report(old, new))[0].alerts_after == {"page": 300.0, "ticket": 0.0}


def test_less_than_a_thousandth_of_the_budget_is_no_incident() -> None:
    """A ledger window may burn fast by two events."""
    assert incidents(KEY, evidence(1), Measure(DAY, budget_allowed=20_000.0), SLOT) == ()
