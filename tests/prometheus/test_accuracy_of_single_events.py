"""What one event weighs, and what a gap in the scrapes costs."""

import json
from pathlib import Path

import numpy as np
import pytest
import yaml

from tests.prometheus.traffic import GRID, by_case, recorded, replayed
from tests.support.compile.compiled import Compiled, compiled
from tests.support.history.rule_replay import RuleReplay
from tests.support.history.scrapes import Scraped, promtool_input, scraped

pytestmark = pytest.mark.programs("promtool")

STEP, HOURS, LEAD = 30, 6, 1800
END = HOURS * 3600 + LEAD
WINDOW, NOW = "5h59m", f"{END}s"
SPEC = """
    apiVersion: slokit/v1
    service: shop
    slos:
      - name: requests
        objective: 99%
        group_by: [case]
        sli:
          events: {bad: 'http_requests_total{code="500"}', total: http_requests_total}
"""
# rate() holds back by up to 5 % while a counter is still at its very first zero.
SERVED_BEFORE = 10_000
GAPS = {"none": 0, "two minutes": 4, "four minutes": 8, "twenty minutes": 40}


def rows(case: str, gap: int, *, stale: bool) -> list[Scraped]:
    """Six hours, one of them with errors, and a gap of scrapes in the middle of it."""
    scrape = np.arange(END // STEP + 1)
    failing = np.where((scrape >= 360) & (scrape < 480), 50.0, 0.0)
    made = []
    for code, per_scrape in (("200", np.full(scrape.shape, 500.0)), ("500", failing)):
        values = SERVED_BEFORE + np.cumsum(per_scrape)
        values[410 : 410 + gap] = np.nan
        labels = {"__name__": "http_requests_total", "case": case, "code": code}
        made.append(scraped(labels, values, STEP, 15, stale=stale))
    return made


@pytest.fixture(scope="module", params=[False, True], ids=["server down", "target down"])
def gaps(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, float], dict[str, float], dict[str, float]]:
    """Recorded bad events, bad events that happened, and the slots covered, by gap."""
    directory = tmp_path_factory.mktemp("gaps")
    stale = bool(request.param)
    series = [row for case, gap in GAPS.items() for row in rows(case, gap, stale=stale)]
    replay = replayed(directory, [compiled(directory / "c", SPEC)], series)
    covered = f"count_over_time(slokit:total:events5m[{WINDOW}])"
    replay.ask(covered, NOW).ask(recorded("bad", WINDOW), NOW)
    happened = {
        row.labels["case"]: float(row.values[-1]) - SERVED_BEFORE
        for row in series
        if row.labels["code"] == "500"
    }
    return (
        by_case(replay.samples(recorded("bad", WINDOW), NOW)),
        happened,
        by_case(replay.samples(covered, NOW)),
    )


@pytest.mark.parametrize("gap", GAPS)
def test_a_scrape_gap_costs_at_most_its_share(
    gaps: tuple[dict[str, float], dict[str, float], dict[str, float]], gap: str
) -> None:
    """A gap inside an error hour loses no more of its errors than the gap's share of the hour.

    Tolerance: that share, 33 % for twenty minutes, and one in a thousand where windows begin or
    end. Nothing is invented.
    """
    counts, happened, _ = gaps
    lost = 1 - counts[gap] / happened[gap]

    assert -1e-3 <= lost <= GAPS[gap] / 120 + 1e-3


def test_coverage_shows_a_long_gap(
    gaps: tuple[dict[str, float], dict[str, float], dict[str, float]],
) -> None:
    """The number of recorded counts tells a gap of twenty minutes, and is whole without one.

    Tolerance none: of twenty minutes, the ledger windows on both sides reach into the gap, and two
    whole counts remain missing.
    """
    _, _, covered = gaps

    assert covered["none"] == HOURS * 12
    assert covered["twenty minutes"] <= HOURS * 12 - 2


def beside_each_other(directory: Path, made: Compiled, shift: int) -> list[Path]:
    """The rule files with the counts taken `shift` seconds beside the ledger's moments."""
    paths = []
    for path in made.files:
        groups = yaml.safe_load(path.read_text())["groups"]
        kept = [g for g in groups if ":ledger:" in g["name"] or g["name"].endswith(":slow")]
        for group in kept:
            slow = group["name"].endswith(":slow")
            when = f"% 300 == {shift}" if slow else f"% {STEP} == 0"
            group["interval"] = f"{GRID}s"
            for rule in group["rules"]:
                rule["expr"] = f"({rule['expr']}) and on () (vector(time()) {when})"
        copy = directory / f"beside-{path.name}"
        copy.write_text(json.dumps({"groups": kept}))
        paths.append(copy)
    return paths


def test_a_single_event_counts_once(tmp_path: Path) -> None:
    """Each of 30 single errors, at any phase of the windows, counts as one event.

    Tolerance 0.001 of an event: Prometheus never evaluates the counts at the ledger's own moments,
    so every ledger window holds ten of its samples and each error is in nine of them, by 10/9.
    """
    made = compiled(tmp_path / "c", SPEC)
    errors = np.zeros(END // STEP + 1)
    errors[np.random.default_rng(9).choice(np.arange(120, 600), 30, replace=False)] = 1
    steady = 1000 + 100 * np.arange(len(errors))
    series = [
        scraped({"__name__": "http_requests_total", "case": "x", "code": code}, values, STEP, 15)
        for code, values in (("200", steady), ("500", 1000 + np.cumsum(errors)))
    ]
    replay = RuleReplay(
        tmp_path / "replay",
        beside_each_other(tmp_path, made, GRID),
        promtool_input(series, GRID),
        f"{GRID}s",
        evaluation_interval=f"{GRID}s",
    )

    assert replay.value(recorded("bad", WINDOW), NOW) == pytest.approx(30, abs=1e-3)
