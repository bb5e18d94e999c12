"""Reports on a VictoriaMetrics whose vmalert ran the rules of the target `vmalert`.

Two and a half days are generated, and vmalert replays the rules over them.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from slokit import api
from slokit.cli.app import app
from slokit.text.moments import rfc3339
from tests.support.servers.victoria_metrics import VictoriaMetrics

HOUR, DAY, STEP = 3600, 86_400, 30
END = 1_767_225_600
START = END - 60 * HOUR
# when zone x failed: for forty minutes, thirty hours before the end
BURNED = range(END - 30 * HOUR, END - 30 * HOUR + 2400)
EACH, FAILED, SLOW = 300, 60, 30  # requests in half a minute: all, and those of the incident
PROJECT = """\
bundle: shop
specs: [api.yaml]
targets: [vmalert]
error_budget_policy: [{below: 0%, do: freeze}]
"""
SPEC = """\
apiVersion: slokit/v1
service: api
owner: team-api
defaults: {window: 2d, group_by: [zone]}
slos:
  - name: availability
    objective: 99%
    sli: {events: {bad: 'requests_total{code="500"}', total: requests_total}}
  - name: whole
    objective: 99%
    group_by: []
    sli: {events: {bad: 'requests_total{code="500"}', total: requests_total}}
  - name: latency
    objective: 95%
    sli: {latency: {histogram: req_seconds, at_most: 300ms}}
  - name: lag
    objective: 99%
    sli: {threshold: {metric: lag_seconds, at_most: 10}}
"""
# what the store itself says, in its own words: its increase() is exact
RAW = {
    "availability": (
        'sum by (zone) (increase(requests_total{code="500"}[2d]))',
        "sum by (zone) (increase(requests_total[2d]))",
    ),
    "whole": (
        'sum(increase(requests_total{code="500"}[2d]))',
        "sum(increase(requests_total[2d]))",
    ),
    "latency": (
        """sum by (zone) (increase(req_seconds_count[2d]))
        - sum by (zone) (increase(req_seconds_bucket{le="0.3"}[2d]))""",
        "sum by (zone) (increase(req_seconds_count[2d]))",
    ),
    "lag": (
        "30 * sum by (zone) (count_gt_over_time(lag_seconds[2d], 10))",
        "30 * sum by (zone) (count_over_time(lag_seconds[2d]))",
    ),
}
ALLOWED = {"availability": 0.01, "whole": 0.01, "latency": 0.05, "lag": 0.01}
Numbers = Mapping[tuple[str, str], tuple[float, float]]

pytestmark = pytest.mark.programs("vmalert", "victoria-metrics")


@dataclass
class Zone:
    """The counters of one zone, and how many events are in the window, by SLO: bad, total."""

    name: str
    counters: dict[str, int] = field(default_factory=dict)
    counted: dict[str, tuple[int, int]] = field(default_factory=dict)

    def lines(self, at: int) -> Iterator[str]:
        """The samples of a moment, after what happened since the one before it."""
        is_burning = self.name == "x" and at in BURNED
        bad, slow = (FAILED, SLOW) if is_burning else (int(at % 600 == 0), 3)
        added = {
            'requests_total{code="200"}': EACH - bad,
            'requests_total{code="500"}': bad,
            'req_seconds_bucket{le="0.3"}': EACH - slow,
            'req_seconds_bucket{le="+Inf"}': EACH,
            "req_seconds_count{}": EACH,
        }
        own = {"availability": (bad, EACH), "latency": (slow, EACH), "lag": (30 * is_burning, 30)}
        for slo, (more_bad, more) in own.items() if END - 2 * DAY < at <= END else ():
            known = self.counted.get(slo, (0, 0))
            self.counted[slo] = known[0] + more_bad, known[1] + more
        for series, more in added.items():
            self.counters[series] = self.counters.get(series, 0) + more
        values = {**self.counters, 'lag_seconds{instance="i"}': 20 if is_burning else 1}
        for series, value in values.items():
            labelled = series.replace("{", f'{{zone="{self.name}",').replace(",}", "}")
            yield f"{labelled} {value} {at * 1000}\n"


@dataclass(frozen=True)
class Shop:
    """The server, the project, and the truth."""

    server: VictoriaMetrics
    project: Path
    truth: Numbers

    def report(self, *options: str) -> str:
        """What `slokit report` shows of the two days."""
        given = ["--project", str(self.project), "--prometheus", self.server.url]
        ran = CliRunner().invoke(
            app, ["report", *given, "--at", str(END), "--period", "2d", *options]
        )
        assert ran.exit_code == 0, ran.output
        return ran.stdout

    def rows(self, *options: str) -> dict[tuple[str, str], dict[str, Any]]:
        """The rows of the JSON report, by SLO and zone."""
        made = json.loads(self.report("--format", "json", *options))
        return {(row["slo"], row["group"].get("zone", "")): row for row in made["rows"]}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Generated events in a VictoriaMetrics, and what vmalert made of them."""
    directory = tmp_path_factory.mktemp("shop")
    (directory / "slokit.yaml").write_text(PROJECT)
    (directory / "api.yaml").write_text(SPEC)
    loaded = api.load(project=str(directory / "slokit.yaml"))
    assert not loaded.errors
    groups = [
        group
        for artifact in api.compile(loaded.bundle, ["vmalert"])
        for group in yaml.safe_load(artifact.text)["groups"]
    ]
    # counts are read by what burns, and both by alerts
    order = ("ledger:api", "shop:slow", "shop:period", "shop:fast")
    chosen = [next(g for g in groups if g["name"].endswith(name)) for name in order]
    zones = [Zone("x"), Zone("y")]
    with VictoriaMetrics(directory / "servers", latency="1s") as server:
        server.write(
            "".join(
                line
                for zone in zones
                for at in range(START - 600, END + STEP, STEP)
                for line in zone.lines(at)
            )
        )
        # of groups that had data for a week before it
        server.write(
            "".join(
                f'slokit:since:timestamp{{bundle="shop",service="api",slo="{slo}",'
                f'zone="{zone}"}} 0 {at * 1000}\n'
                for slo in RAW
                for zone in (("",) if slo == "whole" else ("x", "y"))
                for at in range(START - 8 * DAY, END, 600)
            )
        )
        server.replay(chosen, START, END)
        truth = {(slo, zone.name): own for zone in zones for slo, own in zone.counted.items()}
        both = zip(*(zone.counted["availability"] for zone in zones), strict=True)
        bad, total = map(sum, both)
        truth["whole", ""] = bad, total
        yield Shop(server, directory / "slokit.yaml", truth)


@pytest.mark.parametrize("source", ["recorded", "raw", "auto"])
def test_numbers_are_those_of_the_generated_events(shop: Shop, source: str) -> None:
    """Bad, total, SLI and budget within 0.1 % of the truth, and of raw queries on the store."""
    asked = {
        (slo, sample.labels.get("zone", ""), side): sample.value
        for slo, sides in RAW.items()
        for side, expr in zip(("bad", "total"), sides, strict=True)
        for sample in shop.server.query(expr, END)
    }
    rows = shop.rows("--source", source)

    assert set(rows) == set(shop.truth)
    for (slo, zone), (bad, total) in shop.truth.items():
        row = rows[slo, zone]
        found = row["window_measure"]
        assert found["bad"] == pytest.approx(bad, rel=1e-3, abs=1e-9)
        assert found["total"] == pytest.approx(total, rel=1e-3)
        assert found["bad"] == pytest.approx(asked.get((slo, zone, "bad"), 0), rel=1e-3, abs=1e-9)
        assert found["total"] == pytest.approx(asked[slo, zone, "total"], rel=1e-3)
        assert found["sli"] == pytest.approx(1 - bad / total, rel=1e-5)
        left = 1 - bad / total / ALLOWED[slo]
        assert found["budget_remaining_ratio"] == pytest.approx(left, rel=2e-3)
        assert row["state"] == ("exhausted" if left <= 0 else "ok")
        assert row["coverage"] == pytest.approx(1.0)


def test_the_incident_is_found_with_its_alerts(shop: Shop) -> None:
    """It begins and ends with the errors, within five minutes, and the ruler's alerts are known."""
    rows = shop.rows()

    assert not any(row["incidents"] for (_, zone), row in rows.items() if zone == "y")
    for slo, burning in (("availability", 20), ("lag", 100)):
        (incident,) = rows[slo, "x"]["incidents"]
        assert incident["start"] <= rfc3339(BURNED.start) <= rfc3339(BURNED.start + 300)
        assert rfc3339(BURNED.stop - 300) <= incident["end"] <= rfc3339(BURNED.stop + 300)
        assert incident["peak_burn"] == pytest.approx(burning, rel=1e-2)
        assert "page" in incident["alerts"]
        assert incident["alerts_after"]["page"] <= 900


def test_what_burns_at_the_moment_of_the_report_is_burning(shop: Shop) -> None:
    """A firing alert of vmalert has the name of its group: it belongs to its row all the same."""
    rows = shop.rows("--at", str(BURNED.start + 1800))
    states = {key: row["state"] for key, row in rows.items()}

    assert states["availability", "x"] == "burning"
    assert states["lag", "x"] == "exhausted"
    assert states["availability", "y"] == "ok"


class Cells(HTMLParser):
    """The texts of the cells of all tables, by row."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[dict[str, str]] = []
        self._name = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append({})
        if tag in ("th", "td"):
            self._name = dict(attrs).get("data-label") or "name"
        elif tag == "svg":
            self._name = ""

    def handle_data(self, data: str) -> None:
        if self.rows and self._name:
            known = self.rows[-1].get(self._name, "")
            self.rows[-1][self._name] = " ".join(f"{known} {data}".split())


def test_the_page_shows_the_same_numbers(shop: Shop) -> None:
    """Amounts, budget left and policy stand in the HTML report, with a chart of what burned."""
    page = shop.report("--format", "html")
    cells = Cells()
    cells.feed(page)
    shown = {row["name"]: row for row in cells.rows if "Budget left" in row}

    assert len(shown) == len(shop.truth)
    for (slo, zone), (bad, total) in shop.truth.items():
        row = shown[f"api/{slo} zone={zone}" if zone else f"api/{slo}"]
        left = 100 * (1 - bad / total / ALLOWED[slo])
        # thin spaces and signs stand for people
        number = row["Budget left"].replace("\u202f", "").replace("\u2212", "-").rstrip(" %")
        assert float(number) == pytest.approx(left, abs=0.2)
        if slo != "lag":
            assert f"{bad:,}" == row["Bad in 2d"]
            assert f"{total:,}" in row["Out of"]
    assert page.count('class="chart"') >= 1
    assert "api: freeze" in page


@pytest.mark.parametrize("source", ["recorded", "raw"])
def test_a_report_is_about_its_own_moment(shop: Shop, source: str) -> None:
    """At one that is no multiple of anything: nothing is missing, and nothing is of another time.

    The store would answer about multiples of a step, which are hours apart where charts are drawn.
    """
    odd = END - 7 * 60 - 13
    at = ("--at", str(odd), "--source", source)
    made = json.loads(shop.report("--format", "json", *at))
    page = shop.report("--format", "html", *at)
    (incident,) = next(
        row["incidents"]
        for row in made["rows"]
        if (row["slo"], row["group"].get("zone")) == ("lag", "x")
    )

    assert not any("nothing was measured" in text for text in made["warnings"])
    assert "nothing was measured" not in page
    assert 'class="gap"' not in page
    assert rfc3339(BURNED.start - 300) <= incident["start"] <= rfc3339(BURNED.start + 300)
    assert rfc3339(BURNED.stop - 300) <= incident["end"] <= rfc3339(BURNED.stop + 300)
    for row in made["rows"]:
        assert row["window_measure"]["total"] == pytest.approx(
            shop.truth[row["slo"], row["group"].get("zone", "")][1], rel=2e-3
        )


@pytest.mark.parametrize("source", ["recorded", "raw"])
def test_rows_of_groups_add_up_to_their_total(shop: Shop, source: str) -> None:
    """Both zones have the events of the same SLO without groups, in window and period."""
    rows = shop.rows("--source", source)

    for measure in ("window_measure", "period_measure"):
        for side in ("good", "bad", "total", "budget_allowed"):
            of_zones = sum(rows["availability", zone][measure][side] for zone in "xy")
            assert of_zones == pytest.approx(rows["whole", ""][measure][side])
