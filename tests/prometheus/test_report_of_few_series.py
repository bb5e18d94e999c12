"""A VictoriaMetrics that limits how many series a query reads: the same report in pieces."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from slokit import api
from slokit.cli.output import Exit
from slokit.compiler import names
from slokit.reporting.model import Report
from tests.prometheus.recorded_ledger import Ledger
from tests.support.command import slokit
from tests.support.servers.victoria_metrics import VictoriaMetrics

DAY = 86_400.0
AT = 1_767_225_600.0
SERVICES = [f"service-{number}" for number in range(9)]
SPEC = """\
apiVersion: slokit/v1
service: {}
slos:
  - name: one
    objective: 99%
    window: 2d
    sli: {{events: {{bad: errors_total, total: requests_total}}}}
"""
# of one selector; a service has one for each
MOST = 2

pytestmark = pytest.mark.programs("victoria-metrics")


@dataclass(frozen=True)
class Stores:
    """The same ledgers in a store without limits, and in one that reads few series at once."""

    free: VictoriaMetrics
    limited: VictoriaMetrics


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A service a file."""
    root = tmp_path_factory.mktemp("project")
    (root / "slokit.yaml").write_text("bundle: shop\nspecs: [specs]\n")
    (root / "specs").mkdir()
    for service in SERVICES:
        (root / "specs" / f"{service}.yaml").write_text(SPEC.format(service))
    return root


@pytest.fixture(scope="module")
def stores(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stores]:
    """Three days of ledgers; each service failed for an hour of its own."""
    settings = api.load(project=str(project / "slokit.yaml")).bundle.project
    ledgers = []
    for number, service in enumerate(SERVICES):
        begin = AT - (number + 1) * 3 * 3600
        failing, own = (begin, begin + 3600), {names.SERVICE: service}
        ledgers.append(Ledger(settings, AT - 3 * DAY, AT, 100.0, 5.0 + number, failing, labels=own))
    free = VictoriaMetrics(tmp_path_factory.mktemp("free"))
    limit = [f"-search.maxUniqueTimeseries={MOST}"]
    limited = VictoriaMetrics(tmp_path_factory.mktemp("limited"), flags=limit)
    with free, limited:
        for store in (free, limited):
            store.write(_lines(*ledgers))
        yield Stores(free, limited)


def _lines(*ledgers: Ledger) -> str:
    """The text lines of all their samples."""
    return "".join(
        f"{history.labels['__name__']}{{{own}}} {value} {at * 1000:.0f}\n"
        for ledger in ledgers
        for history in ledger.series()
        for own in [",".join(f'{n}="{v}"' for n, v in history.labels.items() if n != "__name__")]
        for at, value in zip(history.times, history.values, strict=True)
    )


def _report(project: Path, store: VictoriaMetrics, period: str) -> Report:
    loaded = api.load(project=str(project / "slokit.yaml"))
    return api.report(loaded, store.url, at=AT, period=period, source="recorded")


@pytest.mark.parametrize(("form", "period"), [("json", "2d"), ("html", "1d")])
def test_few_series_at_once_give_the_same_report(
    project: Path, stores: Stores, form: str, period: str
) -> None:
    """Byte for byte, apart from how often was asked and where; every number is known."""
    whole, pieces = (_report(project, store, period) for store in (stores.free, stores.limited))

    assert api.render_report(pieces, form).replace(stores.limited.url, "") == api.render_report(
        whole, form
    ).replace(stores.free.url, "")
    # down to one service at a time, in a few tries
    assert whole.requests < pieces.requests < whole.requests * (len(SERVICES) + 1)
    assert [row.window_measure.bad for row in pieces.rows if row.service == SERVICES[0]] == [60]
    assert len(pieces.rows) == len(SERVICES)


def test_a_service_of_too_many_series_is_one_line(stores: Stores, tmp_path: Path) -> None:
    """With the server's words, where a single service has more than it reads."""
    (tmp_path / "slokit.yaml").write_text("bundle: shop\nspecs: [spec.yaml]\n")
    (tmp_path / "spec.yaml").write_text(SPEC.format("edge"))
    settings = api.load(project=str(tmp_path / "slokit.yaml")).bundle.project
    ledgers = [
        Ledger(settings, AT - DAY / 4, AT, 100.0, labels={names.SERVICE: "edge", "shard": shard})
        for shard in "abcde"
    ]
    stores.limited.write(_lines(*ledgers))
    given = ["--prometheus", stores.limited.url, "--source", "recorded", "--at", f"{AT:.0f}"]

    ran = slokit(tmp_path, "report", *given)

    assert (ran.code, ran.out) == (Exit.ENVIRONMENT, "")
    assert len(ran.err.splitlines()) == 1
    assert "the number of matching timeseries exceeds 2" in ran.err
