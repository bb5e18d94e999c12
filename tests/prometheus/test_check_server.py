"""`slokit check` asks what the server itself is fit for: intervals, retention and rules."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from slokit import api
from slokit.diagnostics.finding import Severity
from tests.support.compile.live_specs import check_specs, service, slo
from tests.support.history.live_history import NOW
from tests.support.servers.exposition import Exposition
from tests.support.servers.prometheus_proxy import Faults, PrometheusProxy
from tests.support.servers.prometheus_server import PrometheusServer

pytestmark = pytest.mark.programs("prometheus", "promtool")
SLOW = slo("rate: {counter: slow_total, counted_by: one_member, at_most: 4000/h}", "")
QUICK = "interval: 2s\nscrape_interval: 1s\n"
FAST = slo("events: {bad: 'http_requests_total{code=\"500\"}', total: http_requests_total}")


class ForgetfulServer(PrometheusServer):
    """A Prometheus with a retention of its own choice."""

    def __init__(self, directory: Path, *retention: str) -> None:
        self.retention = retention
        super().__init__(directory)

    def _command(self, extra: Sequence[str]) -> list[str]:
        retention = "--storage.tsdb.retention"
        kept = [flag for flag in super()._command([]) if not flag.startswith(retention)]
        return [*kept, *extra, *self.retention]


def test_a_metric_that_is_scraped_too_seldom(tmp_path: Path, shop: PrometheusServer) -> None:
    """A sample every two minutes is too few for rate() over five; a wider window is named."""
    found = check_specs(tmp_path, shop.url, NOW, service(SLOW))
    finding = found.only("SLK614")
    assert finding.level is Severity.WARNING
    assert "'slow_total' had 3 samples in the last 5m" in finding.message
    assert "`ledger_window: 10m`" in finding.hint


def test_a_wider_ledger_window_bears_a_slow_scrape(tmp_path: Path, shop: PrometheusServer) -> None:
    """What the hint says helps."""
    project = "ledger_window: 10m\nscrape_interval: 2m\n"
    found = check_specs(tmp_path, shop.url, NOW, service(SLOW), project)
    assert not found.of("SLK614")


def test_a_usual_scrape_interval_is_fine(tmp_path: Path, shop: PrometheusServer) -> None:
    """Every 30 seconds is enough for five minutes."""
    assert check_specs(tmp_path, shop.url, NOW, service(FAST)).numbers() == set()


def test_a_retention_below_the_window_is_a_warning(tmp_path: Path) -> None:
    """Fifteen days of data cannot hold a budget of thirty; the window's line is pointed at."""
    text = service(FAST, "{window: 28d}")
    with ForgetfulServer(tmp_path, "--storage.tsdb.retention.time=15d") as server:
        found = check_specs(tmp_path / "specs", server.url, NOW, text)
    finding = found.only("SLK615")
    assert finding.level is Severity.WARNING
    assert finding.message == "the window is 28d, but the server keeps only 15d of data"
    assert found.line(finding) == "defaults: {window: 28d}"
    # what the server has forgotten, it cannot be asked about
    assert "within 15 days" in found.of("SLK601")[0].message


def test_a_retention_by_size_is_a_note(tmp_path: Path) -> None:
    """How long a gigabyte lasts is unknown."""
    with ForgetfulServer(tmp_path, "--storage.tsdb.retention.size=1GB") as server:
        finding = check_specs(tmp_path / "specs", server.url, NOW, service(FAST)).only("SLK615")
    assert finding.level is Severity.NOTE
    assert "1GiB" in finding.message


def test_a_long_enough_retention_is_fine(tmp_path: Path, shop: PrometheusServer) -> None:
    """A hundred years are more than a year."""
    text = service(FAST, "{window: 1y}")
    assert not check_specs(tmp_path, shop.url, NOW, text).of("SLK615")


def test_a_server_without_endpoints_has_one_note_for_each(
    tmp_path: Path, shop: PrometheusServer
) -> None:
    """What such a server does not say becomes notes; everything else is still checked."""
    hidden = ["metadata", "status/runtimeinfo", "status/flags", "rules", "targets"]
    with PrometheusProxy(shop.url, Faults(hidden)) as proxy:
        found = check_specs(tmp_path, proxy.url, NOW, service(SLOW))
    assert {f.message for f in found.of("SLK621")} == {
        "this server does not say how long it keeps data",
        "this server does not say which metrics are counters",
        "this server does not say which rules it has loaded",
    }
    assert {f.level for f in found.of("SLK621")} == {Severity.NOTE}
    assert found.numbers() == {"SLK614"}


def test_without_label_values_the_past_stays_unknown(
    tmp_path: Path, shop: PrometheusServer
) -> None:
    """A missing metric is an error all the same, but nothing is claimed about the past."""
    with PrometheusProxy(shop.url, Faults(["label/__name__/values"])) as proxy:
        text = service(slo("events: {good: nothing_total, total: good_total}"))
        found = check_specs(tmp_path, proxy.url, NOW, text)
    finding = found.only("SLK602")
    assert finding.level is Severity.ERROR
    assert finding.hint == "check the name: the server does not say whether it ever did"


def test_rules_are_missed_and_then_found(tmp_path: Path) -> None:
    """Before the compiled rules are loaded there is a note; afterwards there is none."""
    text = service(slo("events: {good: good_total, total: good_total}"))
    with Exposition() as exposed:
        exposed.set_samples({"good_total": 5.0})
        server = PrometheusServer(tmp_path / "server", scrape=[exposed.target])
        with server:
            server.wait_for("good_total")
            at = server.query("time()")[0].value
            before = check_specs(tmp_path, server.url, at, text, QUICK).only("SLK619")
            server.rule_files = [*compiled(tmp_path)]
            server.reload()
            server.wait_for("slokit:info", timeout=60)
            at = server.query("time()")[0].value
            after = check_specs(tmp_path, server.url, at, text, QUICK)
    assert before.level is Severity.NOTE
    assert before.message == "1 SLO of 1 service has no rules on this server yet: shop/one"
    assert not after.of("SLK619") + after.of("SLK620")


def test_a_failing_rule_is_an_error_in_the_words_of_prometheus(tmp_path: Path) -> None:
    """An expression that Prometheus accepts and then fails to evaluate is shown at its SLO."""
    text = service(slo("threshold: {metric: a * on () group_left () b, unit: x, at_most: 1}"))
    with Exposition() as exposed:
        exposed.set_samples({"a": 1.0, 'b{x="1"}': 1.0})
        server = PrometheusServer(tmp_path / "server", scrape=[exposed.target])
        with server:
            server.wait_for("b")
            check_specs(tmp_path, server.url, NOW, text, QUICK)
            server.rule_files = [*compiled(tmp_path)]
            server.reload()
            server.wait_for("slokit:info", timeout=60)
            exposed.set_samples({"a": 1.0, 'b{x="1"}': 1.0, 'b{x="2"}': 1.0})
            server.wait_until(
                lambda: any(rule["health"] == "err" for rule in server.rules()), "failed", 90
            )
            at = server.query("time()")[0].value
            found = check_specs(tmp_path, server.url, at, text, QUICK)
    messages = [finding.message for finding in found.of("SLK620")]
    assert any("slokit:total:rate5m of shop/one fails" in message for message in messages)
    assert any("duplicate series" in message for message in messages)
    assert found.line(found.of("SLK620")[0]) == "- name: one"


def compiled(directory: Path) -> list[Path]:
    """The rule files of the specs that were checked in the directory."""
    loaded = api.load([], str(directory / "slokit.yaml"))
    out = directory / "out"
    shutil.rmtree(out, ignore_errors=True)
    paths = []
    for artifact in api.compile(loaded.bundle, ["prometheus"]):
        path = out / artifact.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(artifact.text, encoding="utf-8")
        paths.append(path)
    return [path for path in paths if path.name.endswith(".rules.yaml")]
