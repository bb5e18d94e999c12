"""A server, or a proxy before it, that limits how much a query reads: the same report in chunks."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from slokit import api
from slokit.cli.app import app
from slokit.cli.output import Exit
from tests.prometheus.recorded_ledger import Ledger
from tests.support.command import slokit
from tests.support.history.history import History, backfill, server_with_history
from tests.support.servers.prometheus_proxy import Faults, PrometheusProxy
from tests.support.servers.prometheus_server import PrometheusServer

DAY = 86_400.0
AT = 1_767_225_600.0
PROJECT = "bundle: shop\nspecs: [spec.yaml]\n"
SPEC = """\
apiVersion: slokit/v1
service: edge
defaults: {window: 14d, group_by: [shard]}
slos:
  - {name: one, objective: 99%, sli: {events: {bad: errors_total, total: requests_total}}}
"""
SHARDS = "abcd"
MANY = "query processing would load too many samples into memory in query execution"
# of two shards and two weeks a count alone would read more
MOST_SAMPLES = 10_000
JSON_ERROR = '{{"status":"error","errorType":"{}","error":"{}"}}'

pytestmark = pytest.mark.programs("prometheus", "promtool")


@dataclass(frozen=True)
class Stores:
    """The same history in a server without limits, and in one that loads few samples at once."""

    free: PrometheusServer
    limited: PrometheusServer


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One SLO, grouped by shard, and last week's report."""
    root = tmp_path_factory.mktemp("project")
    (root / "slokit.yaml").write_text(PROJECT)
    (root / "spec.yaml").write_text(SPEC)
    return root


@pytest.fixture(scope="module")
def stores(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stores]:
    """Six weeks of four shards, which burned one after another, each for three hours."""
    settings = api.load(project=str(project / "slokit.yaml")).bundle.project
    series: dict[object, History] = {}
    for number, shard in enumerate(SHARDS):
        begin = AT - (number + 1) * DAY
        failing = (begin, begin + 10_800)
        own = Ledger(
            settings, AT - 42 * DAY, AT, 100.0, 20.0 + number, failing, labels={"shard": shard}
        )
        # the budget is that of all shards
        series |= {tuple(sorted(each.labels.items())): each for each in own.series()}
    free = server_with_history(tmp_path_factory.mktemp("free"), list(series.values()))
    limits = [f"--query.max-samples={MOST_SAMPLES}"]
    limited = PrometheusServer(tmp_path_factory.mktemp("limited"), flags=limits)
    backfill(limited.data, list(series.values()))
    with free, limited:
        yield Stores(free, limited)


def _report(project: Path, url: str, form: str = "json", *given: str) -> Result:
    about = ["--project", str(project / "slokit.yaml"), "--prometheus", url, "--format", form]
    over = ["--at", "2026-01-01T00:00:00Z", "--period", "14d", "--source", "recorded"]
    return CliRunner().invoke(app, ["report", *about, *over, *given])


@pytest.mark.parametrize("form", ["json", "html"])
def test_few_samples_at_once_give_the_same_report(project: Path, stores: Stores, form: str) -> None:
    """Byte for byte, from a real Prometheus with --query.max-samples far below what is asked."""
    loaded = api.load(project=str(project / "slokit.yaml"))
    whole, pieces = (
        api.report(loaded, each.url, at=AT, period="14d", source="recorded")
        for each in (stores.free, stores.limited)
    )

    assert pieces.requests > whole.requests
    assert api.render_report(pieces, form) == api.render_report(whole, form)
    assert [len(row.incidents) for row in pieces.rows] == [1] * len(SHARDS)
    assert [row.window_measure.bad for row in pieces.rows] == [
        36 * (20.0 + number) for number in range(len(SHARDS))
    ]


@pytest.mark.parametrize(
    "faults",
    [
        Faults(most_points=300),
        Faults(most_seconds=3.5 * DAY),
        Faults(
            most_seconds=3.5 * DAY,
            limit=(422, JSON_ERROR.format("execution", "the query exceeded the limit (336h)")),
        ),
        Faults(
            most_seconds=3.5 * DAY,
            limit=(503, JSON_ERROR.format("timeout", "query timed out in expression evaluation")),
        ),
    ],
    ids=["points", "gateway", "length", "timeout"],
)
def test_a_proxy_with_limits_gives_the_same_report(
    project: Path, stores: Stores, faults: Faults
) -> None:
    """Points of a series, a gateway's time, the length of a query, and time on the server."""
    whole = _report(project, stores.free.url, "html")
    with PrometheusProxy(stores.free.url, faults) as proxy:
        pieces = _report(project, proxy.url, "html")
        asked = len(proxy.log.paths)

    assert pieces.exit_code == Exit.FINE, pieces.stderr
    assert pieces.stdout == whole.stdout
    assert asked < 200


def test_what_is_too_much_in_any_size_is_one_line(project: Path, stores: Stores) -> None:
    """After a few tries, with the server's words and a way out; the old report stays."""
    old = project / "report.html"
    old.write_text("last week's")
    with PrometheusProxy(stores.free.url, Faults(too_much="events5m")) as proxy:
        given = ["--prometheus", proxy.url, "--format", "html", "--out", old.name]
        ran = slokit(project, "report", *given, "--source", "recorded", NO_PROXY="*")
        asked = len(proxy.log.paths)

    assert (ran.code, ran.out) == (Exit.ENVIRONMENT, "")
    assert len(ran.err.splitlines()) == 1
    assert (
        "query processing would load too much; ask for less at once, or raise its limit" in ran.err
    )
    assert asked < 40
    assert old.read_text() == "last week's"
    assert sorted(each.name for each in project.iterdir()) == [old.name, "slokit.yaml", "spec.yaml"]
