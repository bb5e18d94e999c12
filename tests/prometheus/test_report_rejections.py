"""A report on SLOs of which Prometheus refuses one: the others have their numbers."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from slokit.cli.app import app
from tests.support.history.history import every, history, server_with_history
from tests.support.servers.prometheus_proxy import Faults, PrometheusProxy
from tests.support.servers.prometheus_server import PrometheusServer

DAY, HOUR = 86_400, 3600
END = 1_767_225_600.0
HEALTHY = """\
apiVersion: slokit/v1
service: api
defaults: {window: 1d, alert_policy: none}
slos:
  - name: availability
    objective: 99.9%
    sli: {events: {bad: errors_total, total: requests_total}}
"""
# Two instances on either side: Prometheus cannot know which of them belong together.
REFUSED = """\
  - name: pairs
    objective: 99%
    sli:
      events:
        bad: "rate(errors_total[$window]) * on () rate(requests_total[$window])"
        total: requests_total
"""

pytestmark = pytest.mark.programs("prometheus", "promtool")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrometheusServer]:
    """A day of two instances."""
    times = every(END - DAY - HOUR, END + 1, 30)
    series = [
        history({"__name__": name, "instance": instance}, times, speed * (times - times[0]))
        for name, speed in (("requests_total", 10.0), ("errors_total", 0.001))
        for instance in ("a", "b")
    ]
    with server_with_history(tmp_path_factory.mktemp("server"), series) as running:
        yield running


def report(directory: Path, spec: str, url: str, *options: str) -> str:
    """What the command prints; it succeeds."""
    (directory / "slokit.yaml").write_text("bundle: shop\nspecs: api.yaml\n")
    (directory / "api.yaml").write_text(spec)
    arguments = ["report", "--project", str(directory / "slokit.yaml"), "--prometheus", url]
    ran = CliRunner().invoke(app, [*arguments, "--at", str(END), "--period", "1d", *options])
    assert ran.exit_code == 0, ran.output
    return ran.stdout


def as_json(directory: Path, spec: str, url: str, *options: str) -> dict[str, Any]:
    return dict(json.loads(report(directory, spec, url, "--format", "json", *options)))


@pytest.mark.parametrize("source", ["auto", "raw"])
def test_a_refused_slo_is_a_row_without_numbers(
    server: PrometheusServer, tmp_path: Path, source: str
) -> None:
    """Its state is no-data, and a note names it and quotes the server."""
    made = as_json(tmp_path, HEALTHY + REFUSED, server.url, "--source", source)
    row = made["rows"][1]
    (note,) = [text for text in made["warnings"] if "api/pairs" in text]

    assert (row["slo"], row["state"], row["coverage"]) == ("pairs", "no-data", 0)
    for measure in (row["window_measure"], row["period_measure"]):
        numbers = {k: v for k, v in measure.items() if k not in {"from", "to", "covered_seconds"}}
        assert set(numbers.values()) == {None}
    assert note.startswith("api/pairs has no numbers from raw history: Prometheus rejects `")
    assert "found duplicate series for the match group" in note


@pytest.mark.parametrize("source", ["auto", "raw"])
def test_the_other_rows_are_as_without_it(
    server: PrometheusServer, tmp_path: Path, source: str
) -> None:
    """Row by row and number by number."""
    alone = as_json(tmp_path, HEALTHY, server.url, "--source", source)
    beside = as_json(tmp_path, HEALTHY + REFUSED, server.url, "--source", source)

    assert alone["rows"][0]["window_measure"]["bad"] == pytest.approx(0.002 * DAY, rel=1e-3)
    assert beside["rows"][0] == alone["rows"][0]


@pytest.mark.parametrize("form", ["table", "md"])
def test_people_read_which_slo_it_is(server: PrometheusServer, tmp_path: Path, form: str) -> None:
    """Both formats for people show both rows and the note."""
    text = report(tmp_path, HEALTHY + REFUSED, server.url, "--format", form)
    words = " ".join(text.replace("\\", "").replace("\N{NO-BREAK SPACE}", " ").split())

    assert "api/pairs has no numbers from raw history: Prometheus rejects" in words
    assert "99.99 %" in words


def test_the_only_slo_is_refused(server: PrometheusServer, tmp_path: Path) -> None:
    """The note is about the refusal, and does not guess that it is the wrong server."""
    spec = HEALTHY.partition("  - name")[0] + REFUSED
    made = as_json(tmp_path, spec, server.url)

    assert [row["state"] for row in made["rows"]] == ["no-data"]
    assert len(made["warnings"]) == 1


def test_a_question_too_large_costs_its_slo_alone(server: PrometheusServer, tmp_path: Path) -> None:
    """A server that loads no more samples refuses the larger SLO; the hint comes along."""
    spec = f"{HEALTHY}  - {{name: slow, objective: 99%, sli: {{events: {{bad: slow_total, total: "
    with PrometheusProxy(server.url, Faults(too_much="slow_total")) as proxy:
        made = as_json(tmp_path, f"{spec}requests_total}}}}}}\n", proxy.url, "--source", "raw")
    healthy, slow = made["rows"]

    assert (healthy["state"], slow["state"]) == ("ok", "no-data")
    assert any("api/slow" in text and "too much" in text for text in made["warnings"])
