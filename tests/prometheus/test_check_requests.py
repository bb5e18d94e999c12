"""`slokit check` is cheap for the server, and one fault in it stays one fault."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from slokit.livecheck.engine.batches import QueryBatch
from slokit.livecheck.engine.context import CheckContext, Scope
from slokit.model.bundle import Bundle
from slokit.prometheus.client import PrometheusClient
from slokit.prometheus.errors import PrometheusError
from slokit.prometheus.settings import PrometheusSettings
from tests.conftest import require_programs
from tests.support.compile.live_specs import check_specs, service, slo
from tests.support.history.history import server_with_history
from tests.support.history.live_history import NOW
from tests.support.history.made_up import PROJECT
from tests.support.history.made_up import slo as made_up_slo
from tests.support.history.two_hundred_slos import series_of_a_day, two_hundred_slos
from tests.support.servers.prometheus_proxy import Faults, PrometheusProxy
from tests.support.servers.prometheus_server import PrometheusServer

pytestmark = pytest.mark.programs("prometheus", "promtool")
WEB = "{group_by: [cluster], selector: {job: web}}"


def fleet(count: int, bad: str, total: str) -> str:
    """That many SLOs which differ in a matcher; ``%`` stands for their number."""
    slos = [
        slo(f"events: {{bad: '{bad}', total: '{total}'}}".replace("%", str(number))).replace(
            "name: one", f"name: n{number}"
        )
        for number in range(count)
    ]
    return service("\n".join(slos), WEB)


GOOD = fleet(100, 'http_requests_total{code=~"5..",x!="%"}', 'http_requests_total{x!="%"}')


def test_a_hundred_sound_slos_take_few_requests(tmp_path: Path, shop: PrometheusServer) -> None:
    """Two hundred selectors take a ninth as many requests, eight of them for what was counted."""
    found = check_specs(tmp_path, shop.url, NOW, GOOD)
    assert found.numbers() == set()
    assert found.requests <= 200 / 9


def test_two_hundred_slos_stay_below_sixty_requests(tmp_path: Path, shop: PrometheusServer) -> None:
    """Whose groups, values and past are all asked for."""
    spec = fleet(200, 'http_requests_total{code=~"5..",x!="%"}', 'http_requests_total{x!="%"}')
    found = check_specs(tmp_path, shop.url, NOW, spec)
    assert found.numbers() == set()
    assert found.requests < 60


def test_a_hundred_wrong_slos_take_few_requests(tmp_path: Path, shop: PrometheusServer) -> None:
    """Looking up the past and the nearest names of a hundred metrics is batched as well."""
    spec = fleet(100, "wrong_%_errors_total", 'http_requests_total{job="wrong%"}')
    found = check_specs(tmp_path, shop.url, NOW, spec)
    assert len(found.of("SLK602")) == 100
    assert len(found.of("SLK601")) == 100
    assert found.requests < 40


def test_rejected_expressions_are_isolated_within_the_bound(
    tmp_path: Path, shop: PrometheusServer
) -> None:
    """A hundred rejected expressions are found one by one, within three requests an SLO."""
    many_to_many = (
        (
            'rate(http_requests_total{$selector,x!="%"}[$window]) '
            "/ on (job) group_left () http_requests_total{$selector}"
        )
        .replace('"', "''")
        .replace("''", '"')
    )
    found = check_specs(tmp_path, shop.url, NOW, fleet(100, "gone_total", many_to_many))
    assert len(found.of("SLK605")) == 100
    assert found.requests <= 60 + 3 * 100


def test_a_query_that_is_too_much_hides_no_other(tmp_path: Path, shop: PrometheusServer) -> None:
    """The server refuses to load one metric; every other SLO of the batch is checked."""
    slos = [
        slo("events: {good: crowd_total, total: crowd_total}"),
        slo("events: {good: good_totl, total: good_total}").replace("one", "two"),
    ]
    with PrometheusProxy(shop.url, Faults(too_much="crowd_total{")) as proxy:
        spec = service("\n".join(slos), "{selector: {job: web}}")
        found = check_specs(tmp_path, proxy.url, NOW, spec)
    assert "would load too much" in found.of("SLK605")[0].message
    assert "good_totl" in found.only("SLK601").message


def test_a_query_that_is_too_slow_hides_no_other(tmp_path: Path, shop: PrometheusServer) -> None:
    """A single query that times out is left without an answer, and a note says so."""
    with PrometheusProxy(shop.url, Faults(too_slow="resets(")) as proxy:
        spec = service(slo("events: {good: good_totl, total: good_total}"))
        found = check_specs(tmp_path, proxy.url, NOW, spec)
    assert "good_totl" in found.only("SLK601").message
    notes = [each for each in found.of("SLK621") if "query timed out" in each.message]
    # each says which SLO it is about, and where that is written
    assert notes
    assert all("about shop/one got no answer" in note.message for note in notes)
    assert {found.line(note).split(":")[0] for note in notes} <= {"events", "sli"}


@pytest.mark.parametrize("requests", [0, 1, 4, 8])
def test_a_server_that_dies_half_way_ends_the_check(
    tmp_path: Path, shop: PrometheusServer, requests: int
) -> None:
    """Whenever it dies, the fault names the server; nothing is guessed from silence."""
    with PrometheusProxy(shop.url, Faults(dies_after=requests)) as proxy:
        with pytest.raises(PrometheusError) as caught:
            check_specs(tmp_path, proxy.url, NOW, GOOD)
        assert proxy.url in str(caught.value)


def test_all_queries_are_about_one_moment(tmp_path: Path, shop: PrometheusServer) -> None:
    """Every query that the server sees carries the same time."""
    with PrometheusProxy(shop.url) as proxy:
        spec = service(slo("events: {good: gone_total, total: http_requests_total}"), WEB)
        check_specs(tmp_path, proxy.url, NOW, spec)
        queries = [path for path in proxy.log.paths if path.startswith("/api/v1/query?")]
    assert len(queries) > 3
    assert all(f"time={NOW:.0f}&" in path for path in queries)


def test_evaluations_over_a_range_share_a_request(shop: PrometheusServer) -> None:
    """Two SLOs' series over an hour, and one as of five minutes ago, cost two requests."""
    names = {"one": "100 * sum by (job) (pg_up)", "two": "sum by (job) (pg_up)"}
    slos = [made_up_slo(name=name) for name in names]
    with PrometheusClient(PrometheusSettings(shop.url)) as client:
        batch = QueryBatch(client, NOW, 100)
        context = CheckContext(Scope(tuple(slos), Bundle(PROJECT, ())), batch)
        over_an_hour = [
            context.evaluation(one, names[one.name], back=3600, step=600) for one in slos
        ]
        before = context.evaluation(slos[0], "time()", ago=300)
        answers = batch.ask([*over_an_hour, before])
        assert client.requests == 2
    series = [answers[query].series for query in over_an_hour]
    assert [found[0].labels for found in series] == [{"job": "db"}] * 2
    assert [found[0].points[0] for found in series] == [(NOW - 3600, 300.0), (NOW - 3600, 3.0)]
    assert [len(found[0].points) for found in series] == [7, 7]
    assert answers[before].value == NOW - 300


@pytest.fixture(scope="module")
def fleet_of_a_day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrometheusServer]:
    """A day of what two hundred SLOs read."""
    require_programs("prometheus", "promtool")
    with server_with_history(tmp_path_factory.mktemp("fleet"), series_of_a_day()) as server:
        yield server


def test_two_hundred_slos_of_all_kinds_cost_sixty_requests(
    tmp_path: Path, fleet_of_a_day: PrometheusServer
) -> None:
    """All that is asked, each SLI over an hour and a day among it."""
    found = check_specs(tmp_path, fleet_of_a_day.url, NOW, two_hundred_slos())
    assert found.requests < 60
    assert found.numbers() == set()
