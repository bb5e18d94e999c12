"""`slokit check` names counters that are NaN, and measures what births of series cost."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from slokit.compiler import names
from slokit.diagnostics.finding import Severity
from slokit.livecheck.checks import costly_counting, rules_loaded, unseen_births
from slokit.prometheus.client import PrometheusClient
from slokit.prometheus.types import RuleGroup
from tests.conftest import require_programs
from tests.support.compile.live_specs import Checked, check_specs, service, slo
from tests.support.history.history import Floats, History, every, history, server_with_history
from tests.support.history.live_history import NOW
from tests.support.servers.prometheus_server import PrometheusServer

pytestmark = pytest.mark.programs("prometheus", "promtool")
START = NOW - 2 * 86_400


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrometheusServer]:
    """Two days of pods: one route after another fails once; a pod is NaN; a pod is new."""
    require_programs("prometheus", "promtool")
    times = every(START, NOW + 1, 60)
    rows: list[History] = []
    for pod in "abc":
        labels = {"job": "web", "instance": pod, "route": "/"}
        counts = (times - START) * 1.0
        rows += slow_histogram(labels, times, 500.0)
        rows.append(history({"__name__": "req_total", **labels, "code": "200"}, times, counts))
        nan = np.nan if pod == "c" else counts
        rows.append(history({"__name__": "nan_total", **labels}, times, nan))
    for route in range(20):
        born = every(NOW - 3000 - route * 7000, NOW + 1, 60)
        labels = {"job": "web", "instance": "a", "route": f"/{route}", "code": "500"}
        rows.append(history({"__name__": "req_total", **labels}, born, 1.0))
        rows += slow_histogram(labels, born, 1.0)
        # a route that is initialised at zero loses nothing
        zero = np.where(born > born[0], 1.0, 0.0)
        rows.append(history({"__name__": "ready_total", **labels}, born, zero))
    # a pod whose series all appear at once, with what it counted before its first scrape
    late = every(NOW - 20_000, NOW + 1, 60)
    for code, value in (("200", 50.0), ("500", 30.0)):
        labels = {"job": "web", "instance": "d", "route": "/", "code": code}
        rows.append(history({"__name__": "req_total", **labels}, late, value))
        rows += slow_histogram(labels, late, value)
    # all series of a pod get another label, just before a look at the history
    change = NOW - 10 * 3600 - 60
    for version, when in (("1", every(START, change, 60)), ("2", every(change, NOW + 1, 60))):
        labels = {"job": "web", "instance": "e", "route": "/", "version": version}
        for code, value in (("200", 50.0), ("500", 30.0)):
            rows.append(history({"__name__": "req_total", **labels, "code": code}, when, value))
        rows += slow_histogram(labels, when, 30.0)
    with server_with_history(tmp_path_factory.mktemp("odd"), rows) as server:
        yield server


def slow_histogram(labels: dict[str, str], times: Floats, slow: float) -> list[History]:
    """A histogram of requests that were all too slow."""
    return [
        history({"__name__": "seconds_count", **labels}, times, slow),
        history({"__name__": "seconds_bucket", **labels, "le": "0.3"}, times, 0.0),
        history({"__name__": "seconds_bucket", **labels, "le": "+Inf"}, times, slow),
    ]


def checked(tmp_path: Path, server: PrometheusServer, sli: str) -> Checked:
    return check_specs(tmp_path, server.url, NOW, service(slo(sli)))


GOOD, BAD = ("'req_total{code=\"" + code + "\"}'" for code in ("200", "500"))
SECONDS = "histogram: seconds, at_most: 300ms, unit: seconds"


@pytest.mark.parametrize(
    ("sli", "key"),
    [
        (f"events:\n  total: req_total\n  bad: {BAD}", "bad"),
        (f"events:\n  total: req_total\n  good: {GOOD}", "good"),
        (f"events:\n  good: {GOOD}\n  bad: {BAD}", "bad"),
        ("latency:\n  at_most: 300ms\n  unit: seconds\n  histogram: seconds", "histogram"),
    ],
    ids=["bad-total", "good-total", "good-bad", "latency"],
)
@pytest.mark.parametrize(
    ("more", "hint"),
    [
        ("objective: 99%", "set `starts_at_zero: true`"),
        (
            "objective: 99%\n  counting: rate",
            "set `counting: exact` and `starts_at_zero: true`",
        ),
    ],
    ids=["exact", "rate"],
)
def test_births_are_measured(
    tmp_path: Path, odd: PrometheusServer, sli: str, key: str, more: str, hint: str
) -> None:
    """Twenty routes each failed once, at their birth; of a new pod's or a new label's none did."""
    check = check_specs(tmp_path, odd.url, NOW, service(slo(sli, more)))
    finding = check.only("SLK626")
    assert finding.message == (
        "in 7d 20 of 20 bad events were the first of their series: rate() cannot see them"
    )
    assert finding.hint == hint
    assert check.line(finding).startswith(f"{key}: ")


@pytest.mark.parametrize(
    "sli",
    [
        f"events: {{bad: {BAD}, total: req_total, starts_at_zero: true}}",
        f"events: {{good: {GOOD}, total: req_total, starts_at_zero: true}}",
        f"latency: {{{SECONDS}, starts_at_zero: true}}",
        "events: {bad: ready_total, total: req_total}",
    ],
    ids=["bad-total", "good-total", "latency", "from-zero"],
)
def test_nothing_is_lost(tmp_path: Path, odd: PrometheusServer, sli: str) -> None:
    """The key counts births, and a client that begins at zero has none."""
    assert not checked(tmp_path, odd, sli).of("SLK626")


def test_births_among_large_sides_are_not_measured(
    tmp_path: Path, odd: PrometheusServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A week of all requests of a large service is too much to read for a piece of advice."""
    monkeypatch.setattr(unseen_births, "_MOST_SERIES", 3)

    assert not checked(tmp_path, odd, f"events: {{good: {GOOD}, total: req_total}}").of("SLK626")


def test_series_that_are_nan_are_named(tmp_path: Path, odd: PrometheusServer) -> None:
    """One of three series, with its labels; a metric of numbers has no finding."""
    sli = "events: {good: nan_total, total: req_total}"
    finding = checked(tmp_path, odd, sli).only("SLK627")
    assert finding.message.startswith("1 of 3 series of 'nan_total' is NaN and is left out: {")
    assert 'instance="c"' in finding.message


def test_many_series_are_a_note(
    tmp_path: Path, odd: PrometheusServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From so many series on, counting by rate is named as the way out, and helps."""
    monkeypatch.setattr(costly_counting, "_MOST_SERIES", 3)
    sli = "events: {good: 'req_total{code=\"200\"}', total: req_total}"
    finding = checked(tmp_path, odd, sli).only("SLK628")
    assert finding.level is Severity.NOTE
    assert finding.message == "'req_total' has 27 series, each read for exact counts"
    assert "`counting: rate`" in finding.hint
    spec = service(slo(sli, "objective: 99%\n  counting: rate"))
    assert not check_specs(tmp_path / "rate", odd.url, NOW, spec).of("SLK628")


@pytest.mark.parametrize(("spent", "notes"), [(20.0, 1), (10.0, 0)])
def test_slow_ledger_rules_are_a_note(
    tmp_path: Path,
    odd: PrometheusServer,
    monkeypatch: pytest.MonkeyPatch,
    spent: float,
    notes: int,
) -> None:
    """A ledger group that takes over half of its interval, by the server's own measure."""
    group = RuleGroup(names.ledger_group("test", "shop"), "f", 30.0, (), spent)
    monkeypatch.setattr(PrometheusClient, "rules", lambda _: [group])
    monkeypatch.setattr(rules_loaded, "loaded", lambda _: {("shop", "one")})
    found = checked(tmp_path, odd, "events: {good: ready_total, total: req_total}").of("SLK628")
    assert [finding.message for finding in found] == notes * [
        "the ledger rules of 'shop' take 20s of their interval of 30s"
    ]
