"""What a report says about who answered: replicas that differ, parts that are missing."""

import json
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import pytest
from typer.testing import CliRunner

from slokit.cli.app import app
from tests.support.history.history import History, every, history, server_with_history
from tests.support.servers.loopback_server import LoopbackServer, QuietHandler
from tests.support.servers.process import loopback_session
from tests.support.servers.prometheus_server import PrometheusServer

HOUR, DAY = 3600, 86_400
END = 1_767_225_600.0
PARTIAL = "partial response: the store of eu-2 is away"
SPEC = """\
apiVersion: slokit/v1
service: api
defaults: {window: 1d, alert_policy: none}
slos:
  - name: availability
    objective: 99.9%
    sli: {events: {bad: errors_total, total: requests_total}}
"""

pytestmark = pytest.mark.programs("prometheus", "promtool")


def _ledger(bad: float) -> list[History]:
    """A day of ledger with so many bad events per second out of ten."""
    own = {"bundle": "shop", "service": "api", "slo": "availability"}
    fast, slow = every(END - DAY - HOUR, END + 1, 30), every(END - DAY - HOUR, END + 1, 300)
    return [
        history({"__name__": "slokit:total:rate5m", **own}, fast, 10.0),
        history({"__name__": "slokit:bad:rate5m", **own}, fast, bad),
        history({"__name__": "slokit:total:events5m", **own}, slow, 3000.0),
        history({"__name__": "slokit:bad:events5m", **own}, slow, 300 * bad),
        history({"__name__": "slokit:budget:ratio", **own}, fast, 0.001),
        history({"__name__": "slokit:info", **own, "window": "1d", "measure": "rate"}, fast, 1.0),
    ]


@pytest.fixture(scope="module")
def replicas(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[PrometheusServer]]:
    """Two servers that should hold the same; one missed some errors."""
    one = server_with_history(tmp_path_factory.mktemp("one"), _ledger(0.004))
    other = server_with_history(tmp_path_factory.mktemp("other"), _ledger(0.001))
    with one, other:
        yield [one, other]


class Balancer(LoopbackServer):
    """One address: each request goes to the next server; each answer may carry a warning."""

    def __init__(self, servers: list[PrometheusServer], warning: str = "") -> None:
        turns, session = cycle(servers), loopback_session()

        class Handler(QuietHandler):
            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                kind = {"Content-Type": self.headers.get("Content-Type", "")}
                url = f"{next(turns).url}{self.path}"
                reply = session.request(self.command, url, data=body, headers=kind, timeout=30)
                answer = reply.json()
                if warning:
                    answer["warnings"] = [warning]
                self.answer(reply.status_code, "application/json", json.dumps(answer).encode())

            def do_POST(self) -> None:
                self.do_GET()

        super().__init__(Handler)


@pytest.fixture
def specs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A project with one SLO, as the working directory."""
    (tmp_path / "slokit.yaml").write_text("bundle: shop\nspecs: [api.yaml]\n")
    (tmp_path / "api.yaml").write_text(SPEC)
    monkeypatch.chdir(tmp_path)


def _report(url: str, form: str) -> str:
    arguments = ["report", "--prometheus", url, "--at", str(END), "--format", form]
    result = CliRunner().invoke(app, [*arguments, "--source", "recorded", "--period", "1d"])
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.mark.usefixtures("specs")
@pytest.mark.parametrize("form", ["table", "md", "json"])
def test_replicas_that_differ_are_reported(replicas: list[PrometheusServer], form: str) -> None:
    """Behind one address two servers with different ledgers answer: every format says so."""
    with Balancer(replicas) as balancer:
        assert "several replicas" in " ".join(_report(balancer.url, form).split())


@pytest.mark.usefixtures("specs")
def test_replicas_that_agree_are_no_news(replicas: list[PrometheusServer]) -> None:
    """The same server twice behind one address gives a report without warnings."""
    with Balancer([replicas[0], replicas[0]]) as balancer:
        report = json.loads(_report(balancer.url, "json"))

    assert report["warnings"] == []
    (row,) = report["rows"]
    assert row["window_measure"]["budget_spent_ratio"] == pytest.approx(0.4)


@pytest.mark.usefixtures("specs")
@pytest.mark.parametrize("form", ["table", "md", "json"])
def test_a_partial_response_is_reported(replicas: list[PrometheusServer], form: str) -> None:
    """What the server warns about stands in the report, once, however often it was said."""
    with Balancer(replicas[:1], PARTIAL) as balancer:
        text = " ".join(_report(balancer.url, form).replace("\\", "").split())

    assert text.count(PARTIAL) == 1
