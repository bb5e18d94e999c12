"""Elections, leaderless seconds, failed writes: the ledger, the report and the alerts on real etcd.

What the test itself saw is the oracle: the answers of a client, of the members' status API, and
of one member that was there all the time. The two agree within two scrape intervals, which is how
finely Prometheus looks, or 10 %, whichever is larger.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from fractions import Fraction
from typing import Any

import pytest

from slokit.compiler import names
from tests.clusters.outage import LEDGER, OUTAGE, SCRAPE, SLOS, Outage, bad_minute
from tests.support.command import slokit

pytestmark = pytest.mark.programs("etcd", "prometheus")

BLUR = 2 * SCRAPE


@pytest.fixture(scope="module")
def outage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outage]:
    with bad_minute(tmp_path_factory.mktemp("etcd")) as outage:
        yield outage


@pytest.fixture(scope="module")
def rows(outage: Outage) -> dict[str, Any]:
    """The rows of `slokit report` by service and SLO, from the command's JSON."""
    done = report(outage, "json")
    return {f"{row['service']}/{row['slo']}": row for row in json.loads(done)["rows"]}


def report(outage: Outage, form: str) -> str:
    """What the command says about the hour in which it all happened."""
    options = ["--prometheus", outage.server.url, "--period", "1h", "--source", "recorded"]
    ran = slokit(outage.repository.directory, "report", *options, "--format", form)
    assert ran.code == 0, ran.err
    return ran.out


def in_ledger(outage: Outage, name: str) -> float:
    """The bad events that Prometheus recorded for an SLO."""
    service, slo = name.split("/")
    labels = f'{{service="{service}",slo="{slo}"}}'
    return outage.server.value(
        f"sum(sum_over_time({names.bad_events(Fraction(LEDGER))}{labels}[1h]))"
    )


def near(expected: float, blur: float) -> Any:
    """Agreement within the blur of two scrapes or 10 %, whichever is larger."""
    return pytest.approx(expected, abs=max(blur, 0.1 * expected))


def test_elections_are_counted_once(outage: Outage, rows: dict[str, Any]) -> None:
    """As many elections as the member counts that saw them all, not three times as many."""
    counted = rows["etcd/leader-elections"]["period_measure"]["bad"]

    assert outage.elections >= 2
    assert counted == pytest.approx(outage.elections, abs=0.5)
    assert in_ledger(outage, "etcd/leader-elections") == pytest.approx(counted)


@pytest.mark.parametrize("name", ["etcd/leader-present", "clients/leader-present"])
def test_leaderless_seconds(outage: Outage, rows: dict[str, Any], name: str) -> None:
    """The report has the time in which the members' status named no leader."""
    seen = outage.witness.leaderless(outage.started, outage.ended)
    measure = rows[name]["period_measure"]

    assert seen > OUTAGE / 2
    assert measure["bad"] == near(seen, BLUR)
    assert measure["total"] == near(measure["covered_seconds"], BLUR)
    assert in_ledger(outage, name) == pytest.approx(measure["bad"])


def test_lost_member_seconds(outage: Outage, rows: dict[str, Any]) -> None:
    """A member that is dead, hung or leaderless costs each of its seconds."""
    lost = [outage.witness.lost_by(m, outage.started, outage.ended) for m in outage.cluster.members]
    counted = rows["etcd/members-with-leader"]["period_measure"]["bad"]

    assert counted == near(sum(lost), BLUR * len(lost))


@pytest.mark.parametrize("name", ["clients/writes", "etcd/availability"])
def test_failed_requests(outage: Outage, rows: dict[str, Any], name: str) -> None:
    """As many requests failed as the client saw fail, by its own counters and by etcd's."""
    measure = rows[name]["period_measure"]
    blur = outage.client.most_failures_within(BLUR)

    assert len(outage.client.failures) > blur
    assert measure["bad"] == near(len(outage.client.failures), blur)
    assert in_ledger(outage, name) == pytest.approx(measure["bad"])


def test_all_requests(outage: Outage, rows: dict[str, Any]) -> None:
    """The total is what the client sent."""
    sent = outage.client.answered + len(outage.client.failures)

    assert rows["clients/writes"]["period_measure"]["total"] == near(sent, 0)


@pytest.mark.parametrize("slo", SLOS)
def test_pages_fire_and_resolve(outage: Outage, rows: dict[str, Any], slo: str) -> None:
    """Lost quorum pages, recovery ends the page, and the report names the alert afterwards."""
    shown = {name for i in rows[f"clients/{slo}"]["incidents"] for name in i["alerts"]}

    assert slo in outage.fired
    assert outage.paging() == set()
    assert "page" in shown


def test_the_lost_quorum_is_an_incident(outage: Outage, rows: dict[str, Any]) -> None:
    """It begins and ends with the outage, as finely as the ledger looks, and holds its cost."""
    worst = max(rows["clients/leader-present"]["incidents"], key=lambda i: float(i["bad"]))
    start, end = (datetime.fromisoformat(worst[key]).timestamp() for key in ("start", "end"))
    seen = outage.witness.leaderless(outage.quorum_lost, outage.quorum_back)

    assert start == pytest.approx(outage.quorum_lost, abs=2 * LEDGER)
    assert end == pytest.approx(outage.quorum_back, abs=2 * LEDGER)
    assert worst["bad"] == near(seen, BLUR)


def test_nothing_failed_on_the_way(outage: Outage) -> None:
    """No rule evaluation failed while members went and came."""
    assert outage.server.failures() == 0


def test_people_read_the_same(outage: Outage, rows: dict[str, Any]) -> None:
    """The table shows elections as a whole number and the time without a leader as a time."""
    lines = [line.split() for line in report(outage, "table").splitlines()]
    shown = {line[1]: line for line in lines if line[1:2] and line[1] in rows}
    of = {name: row["period_measure"]["bad"] for name, row in rows.items()}

    assert f"{of['etcd/leader-elections']:.0f}" in shown["etcd/leader-elections"]
    assert f"{int(of['etcd/leader-present'])}s" in shown["etcd/leader-present"]
