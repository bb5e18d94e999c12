"""Office hours, batches and gaps on a real Prometheus: no state and no alert depends on them.

Sixty-two days of counters, scraped once a minute, and the ledger that slokit's own rules make of
them. All fail five times as often as they may; what differs is when there is data.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from numpy.typing import NDArray
from typer.testing import CliRunner

from slokit import api
from slokit.cli.app import app
from tests.support.history.history import Floats, History, every, history, server_with_history
from tests.support.history.recorded_history import Span, record
from tests.support.servers import grafana
from tests.support.servers.prometheus_server import PrometheusServer

pytestmark = pytest.mark.programs("prometheus", "promtool")

MINUTE, HOUR, DAY = 60, 3600, 86_400
END = 1_767_225_600.0  # midnight before Thursday, 1 January 2026
NOON = END - 12 * HOUR  # when office hours count
START = END - 62 * DAY
WATCHED = 20 * DAY  # for so long alerts and budgets are recorded
PER_SECOND, BAD_SHARE = 10.0, 0.05

OFFICE = "on () (hour() >= 8 < 17 and on () (day_of_week() > 0 < 6))"
SPEC = f"""\
apiVersion: slokit/v1
service: intranet
defaults: {{window: 30d, alert_policy: ticket-only}}
slos:
  - name: office
    objective: 99%
    no_data: ignore
    sli:
      events:
        bad: 'sum(rate(errors_total{{job="always"}}[$window])) and {OFFICE}'
        total: 'sum(rate(requests_total{{job="always"}}[$window])) and {OFFICE}'
"""
COUNTED = """\
  - name: {name}
    objective: 99%
    no_data: {silence}
    sli:
      events: {{bad: 'errors_total{{job="{name}"}}', total: 'requests_total{{job="{name}"}}'}}
"""


Chosen = Callable[[Floats], NDArray[np.bool_]]


def run_of_the_day(times: Floats) -> NDArray[np.bool_]:
    """Twenty minutes from two o'clock on, each night."""
    return (times % DAY >= 2 * HOUR) & (times % DAY < 2 * HOUR + 20 * MINUTE)


def days_ago(*spans: tuple[float, float]) -> Chosen:
    """The times between these numbers of days before the end."""

    def chosen(times: Floats) -> NDArray[np.bool_]:
        ago = (END - times) / DAY
        found = np.zeros(len(times), dtype=np.bool_)
        for first, last in spans:
            found |= (ago <= first) & (ago >= last)
        return found

    return chosen


THERE: dict[str, Chosen] = {
    "always": days_ago((62, 0)),
    "batch": run_of_the_day,
    # an outage of the exporter at the very moment half a window ago, wherever in the days watched
    "outage": days_ago((62, 20), (14, 0)),
    "long-gap": days_ago((62, 33), (7, 0)),
    "since-ten-days": days_ago((10, 0)),
}
OLD = {"intranet/office", *(f"intranet/{name}" for name in THERE if name != "since-ten-days")}
YOUNG = "intranet/since-ten-days"


def past() -> list[History]:
    """Both sides of each, and nothing where it is not there."""
    times = every(START, END + 1, MINUTE)
    grown = PER_SECOND * (times - START)
    found = []
    for job, is_there in THERE.items():
        at = is_there(times)
        for name, share in (("requests_total", 1.0), ("errors_total", BAD_SHARE)):
            found.append(history({"__name__": name, "job": job}, times[at], grown[at] * share))
    return found


@dataclass(frozen=True)
class Recorded:
    """A server with raw series and the ledger, the project's file, and the executive dashboard."""

    server: PrometheusServer
    project: Path
    dashboard: dict[str, Any]

    def rows(self, source: str, at: float) -> dict[str, dict[str, Any]]:
        """The rows of a report by SLO."""
        options = ["--project", str(self.project), "--prometheus", self.server.url]
        options += ["--at", str(at), "--source", source, "--format", "json"]
        ran = CliRunner().invoke(app, ["report", *options])
        assert ran.exit_code == 0, ran.output
        rows = json.loads(ran.stdout)["rows"]
        return {f"{row['service']}/{row['slo']}": row for row in rows}

    def table(self, title: str, at: float) -> list[grafana.Row]:
        """The rows of a table of the executive dashboard."""
        (panel,) = (p for p in grafana.panels(self.dashboard) if p["title"] == title)
        answers = {
            target["refId"]: self.server.query(
                grafana.asked(self.dashboard, target["expr"], {}), at
            )
            for target in panel["targets"]
        }
        return grafana.table(panel, answers)

    def states(self, at: float) -> dict[str, str]:
        """The state of each group in the executive dashboard."""
        title = "Error budgets, worst first"
        (panel,) = (p for p in grafana.panels(self.dashboard) if p["title"] == title)
        words = grafana.words(panel, "State")
        return {
            f"{row['Service']}/{row['SLO']}": words[row["State"]] for row in self.table(title, at)
        }


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorded]:
    directory = tmp_path_factory.mktemp("gaps")
    project = {"bundle": "gaps", "specs": "specs", "interval": "5m", "scrape_interval": "1m"}
    (directory / "slokit.yaml").write_text(yaml.safe_dump(project))
    (directory / "specs").mkdir()
    counted = "".join(
        COUNTED.format(name=name, silence="ignore" if name == "batch" else "alert")
        for name in THERE
    )
    (directory / "specs" / "intranet.yaml").write_text(SPEC + counted)
    loaded = api.load(project=str(directory / "slokit.yaml"))
    rules = []
    for artifact in api.compile(loaded.bundle, ["prometheus"]):
        rules.append(directory / Path(artifact.path).name)
        rules[-1].write_text(artifact.text)
    executive, *_ = api.compile(loaded.bundle, ["dashboards"])
    late = r"slokit:burn:.+|slokit:budget_remaining:ratio"
    with server_with_history(directory / "server", past()) as server:
        record(server, rules, Span(START + HOUR, END, END - WATCHED, late))
        yield Recorded(server, directory / "slokit.yaml", grafana.read(executive.text))


def test_spent_budgets_alert_throughout_and_once(recorded: Recorded) -> None:
    """At each evaluation of twenty days, of nights and weekends, the same five fire.

    None of them began to fire in between, so none was sent again. What began ten days ago does not.
    """
    firing = recorded.server.query_range(
        'ALERTS{alertname="SLOBudgetExhausted",alertstate="firing"}', END - WATCHED, END, 300
    )
    since = recorded.server.query_range(
        'ALERTS_FOR_STATE{alertname="SLOBudgetExhausted"}', END - WATCHED, END, 300
    )

    assert {f"{line.labels['service']}/{line.labels['slo']}" for line in firing} == OLD
    assert {len(line.points) for line in firing} == {WATCHED // 300 + 1}
    assert {value for line in since for _, value in line.points} == {END - WATCHED}


@pytest.mark.parametrize("source", ["recorded", "raw", "auto"])
@pytest.mark.parametrize("at", [NOON, END - 5 * DAY + HOUR])
def test_reports_judge_what_has_a_history(recorded: Recorded, source: str, at: float) -> None:
    """At noon and in the night of a Saturday: exhausted with a budget, or new.

    The same of the ledger and of raw history, whatever the coverage is.
    """
    rows = recorded.rows(source, at)

    assert {name: row["state"] for name, row in rows.items()} == {
        **dict.fromkeys(OLD, "exhausted"),
        YOUNG: "new",
    }
    for name in OLD:
        measured = rows[name]["window_measure"]
        assert measured["budget_remaining_ratio"] == pytest.approx(1 - BAD_SHARE / 0.01, rel=1e-3)
    assert rows["intranet/batch"]["coverage"] < 0.03
    assert rows["intranet/office"]["coverage"] == pytest.approx(45 / 168, abs=0.02)


@pytest.mark.parametrize("at", [NOON, END])
def test_the_overview_agrees(recorded: Recorded, at: float) -> None:
    """By day and by night: one row each, in the state that a report gives it."""
    rows = recorded.rows("recorded", at)

    assert recorded.states(at) == {name: row["state"] for name, row in rows.items()}


def test_the_overview_shows_alerts_between_two_evaluations(recorded: Recorded) -> None:
    """Five minutes less a second after one, and a little late, all that fire are in the table."""
    for later in (299, 330):
        rows = recorded.table("Firing alerts", END - DAY + later)
        spent = [row for row in rows if row["Alert"] == "SLOBudgetExhausted"]

        assert {f"{row['Service']}/{row['SLO']}" for row in spent} == OLD
        assert {row["Since"] / 1000 for row in spent} == {END - WATCHED}


def test_a_pause_is_idle_where_silence_is_expected(recorded: Recorded) -> None:
    """Of a budget that is not spent: idle at night, ok at noon, never no data."""
    spec = recorded.project.parent / "specs" / "intranet.yaml"
    generous = recorded.project.parent / "generous.yaml"
    generous.write_text(spec.read_text().replace("objective: 99%", "objective: 90%"))
    settings = recorded.project.parent / "other.yaml"
    settings.write_text(f"bundle: gaps\nspecs: {generous.name}\ninterval: 5m\n")
    other = Recorded(recorded.server, settings, recorded.dashboard)

    night, noon = other.rows("raw", END), other.rows("raw", NOON)
    assert {night[f"intranet/{name}"]["state"] for name in ("office", "batch")} == {"idle"}
    assert noon["intranet/office"]["state"] == "ok"
    assert noon["intranet/batch"]["state"] == "idle"
