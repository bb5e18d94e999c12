"""Time slices against slices reckoned by hand: in promtool, and over a real server's history."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import yaml

from tests.conftest import require_programs
from tests.support.command_here import slokit
from tests.support.compile.compiled import Compiled, compiled
from tests.support.history.history import every, history, server_with_history
from tests.support.history.recorded_history import Span, record
from tests.support.history.rule_replay import RuleReplay
from tests.support.servers.prometheus_server import PrometheusServer

pytestmark = pytest.mark.programs("promtool")

SLICES = "budgeting_method: time_slices, time_slice: {window: 10m, target: 99%"
EVENTS = "sli: {events: {bad: errors_total, total: requests_total}}"
LAG = "sli: {threshold: {metric: lag_seconds, at_most: 1}}"
SPEC = f"""\
apiVersion: slokit/v1
service: shop
slos:
  - {{name: skipped, objective: 99%, {SLICES}}}, {EVENTS}}}
  - {{name: good, objective: 99%, {SLICES}, idle: good}}, {EVENTS}}}
  - {{name: bad, objective: 99%, {SLICES}, idle: bad}}, {EVENTS}}}
  - name: share
    objective: 99%
    budgeting_method: ratio_time_slices
    time_slice: {{window: 10m}}
    {EVENTS}
  - {{name: lag, objective: 99%, {SLICES}}}, {LAG}}}
"""
# Slices of ten minutes, their requests and errors: what is allowed is one in a hundred.
BY_HAND = (
    (1000, 0),
    (1000, 10),  # exactly what is allowed
    (1000, 11),
    (0, 0),  # idle
    (100, 100),
    (10_000, 101),
    (1000, 0),
)
LAGS = (0, 0, 7, 1, 0, 20, 0)  # samples of each slice beyond the limit, of twenty
SAMPLES = 20
EXPECTED: dict[str, tuple[list[float], list[float]]] = {
    "skipped": ([1, 1, 1, 0, 1, 1, 1], [0, 0, 1, 0, 1, 1, 0]),
    "good": ([1] * 7, [0, 0, 1, 0, 1, 1, 0]),
    "bad": ([1] * 7, [0, 0, 1, 1, 1, 1, 0]),
    "share": ([1, 1, 1, 0, 1, 1, 1], [0, 0.01, 0.011, 0, 1, 0.0101, 0]),
    "lag": ([1] * 7, [0, 0, 1, 1, 0, 1, 0]),
}
# Two slices in which the counters stand still come first, so that they are known.
FIRST = 2


def counter(growths: list[int]) -> str:
    """A counter that grows in the second ledger window of each slice, at once."""
    values, value = ["5x40"], 5
    for growth in growths:
        values.append(f"{value}x11")
        value += growth
        values.append(f"{value}x7")
    return " ".join([*values, f"{value}x60"])


def series() -> dict[str, str]:
    lags = " ".join(f"9x{bad - 1} 0x{SAMPLES - bad - 1}" if bad else "0x19" for bad in LAGS)
    return {
        "requests_total": counter([total for total, _ in BY_HAND]),
        "errors_total": counter([bad for _, bad in BY_HAND]),
        "lag_seconds": f"0x40 {lags.replace(' 0x-1', '')} 0x60",
    }


@pytest.fixture(scope="module")
def replay(tmp_path_factory: pytest.TempPathFactory) -> RuleReplay:
    """All slices in one replay."""
    require_programs("promtool")
    directory: Path = tmp_path_factory.mktemp("slices")
    made = compiled(directory / "c", SPEC)
    found = RuleReplay(directory / "replay", made.ledgers, series())
    for side in ("total", "bad"):
        for moment in moments():
            found.ask(f"slokit:{side}:rate5m", *moment)
    return found


def moments() -> list[tuple[str, str]]:
    """When a slice has just ended, and when the next one nearly has, for each slice."""
    ends = [600 * (FIRST + number + 1) for number in range(len(BY_HAND))]
    return [(f"{end + 30}s", f"{end + 570}s") for end in ends]


@pytest.mark.parametrize("slo", EXPECTED)
def test_each_slice_is_what_a_hand_reckons(replay: RuleReplay, slo: str) -> None:
    """As long as the next one lasts, the ledger says what a slice was as a whole."""
    for side, expected in zip(("total", "bad"), EXPECTED[slo], strict=True):
        found = [
            [
                sample.value
                for sample in replay.samples(f"slokit:{side}:rate5m", at)
                if sample.labels["slo"] == slo
            ]
            for moment in moments()
            for at in moment
        ]

        twice = [value for value in expected for _ in range(2)]
        assert [value for (value,) in found] == pytest.approx(twice, abs=1e-9), side


END, STEP, SLICE = 1_789_999_800, 30, 600
SLICES_OF_PAST = 18
# errors of a thousand requests in each slice of the last three hours, by its number
FAILING = {2: 11, 3: 10, 7: 500, 8: 9, 12: 1000, 16: 20}
IDLE = {5, 14}
# of two slices nothing is left by a maintenance: its end holds on for a ledger window and more
PLANNED, UNCOUNTED = (END - 6 * SLICE - 300, END - 5 * SLICE + 300), {12, 13}
PAST = """\
apiVersion: slokit/v1
service: shop
defaults: {window: 1d}
slos:
"""
PAST += "".join(f"  - {line.strip()}\n" for line in SPEC.splitlines() if "name: skipped" in line)
PAST += "".join(f"  - {line.strip()}\n" for line in SPEC.splitlines() if "name: bad" in line)
PAST = PAST.replace("- - ", "- ")

# raw history begins twenty minutes before the rules do, of which a ledger window is needed
START = {"recorded": END - SLICES_OF_PAST * SLICE, "raw": END - SLICES_OF_PAST * SLICE - 900}


def of_past(slo: str, start: int, step: int) -> dict[str, float]:
    """Seconds of slices and of bad ones by hand: at a moment, the slice that has ended last."""
    found = {"total": 0.0, "bad": 0.0}
    for moment in range(start + step, END + 1, step):
        number = (moment - END) // SLICE + SLICES_OF_PAST - 1
        is_idle = number in IDLE or number < 0
        if number in UNCOUNTED or (is_idle and slo == "skipped"):
            continue
        found["total"] += step
        found["bad"] += step * (FAILING.get(number, 0) > 10 or is_idle)
    return found


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[PrometheusServer, Path]]:
    """Three hours on a real server, and what the rules record of them."""
    require_programs("prometheus", "promtool")
    directory = tmp_path_factory.mktemp("past")
    start = END - SLICES_OF_PAST * SLICE
    begin, end = (datetime.fromtimestamp(moment, UTC).isoformat() for moment in PLANNED)
    planned = {"name": "racks", "reason": "Test", "from": begin, "to": end}
    made = compiled(directory / "p", PAST, maintenance=[planned])
    times = every(start - 1200, END + 60, STEP)
    slices = (times - STEP - start) // SLICE
    requests = np.where(np.isin(slices, [*IDLE]) | (slices < 0), 0.0, 50.0)
    errors = np.array([FAILING.get(int(number), 0) / 20 for number in slices])
    series = [
        history({"__name__": "requests_total"}, times, 100 + np.cumsum(requests)),
        history({"__name__": "errors_total"}, times, 100 + np.cumsum(errors)),
    ]
    with server_with_history(directory / "data", series) as running:
        span = Span(start, END, END, "never")
        for words in (":active", ""):
            record(running, files_of(made, words), span)
        yield running, directory / "p"


def files_of(made: Compiled, word: str) -> list[Path]:
    """The marks of the maintenance; or the ledgers and their counts."""
    groups = yaml.safe_load(made.bundle.read_text())["groups"]
    for group in groups:
        group["rules"] = [r for r in group["rules"] if (word or ":events") in r.get("record", "")]
    path = made.bundle.parent / f"part{word[1:]}.yaml"
    path.write_text(yaml.safe_dump({"groups": [group for group in groups if group["rules"]]}))
    return [path] if word else [*made.ledgers, path]


@pytest.mark.parametrize("source", ["raw", "recorded"])
def test_reports_count_the_slices_of_a_past(
    past: tuple[PrometheusServer, Path], source: str
) -> None:
    """From the ledger and from raw history the same: what a hand counts, less the maintenance."""
    server, project = past
    options = ["--prometheus", server.url, "--at", str(END), "--format", "json"]
    ran = slokit(project, "report", "--source", source, *options)
    assert ran.code == 0, ran.err
    rows = {row["slo"]: row["window_measure"] for row in json.loads(ran.out)["rows"]}

    assert rows.keys() == {"skipped", "bad"}
    for slo, row in rows.items():
        by_hand = of_past(slo, START[source], 300 if source == "raw" else STEP)
        found = {side: row[side] for side in by_hand}
        # what is back-filled is seen for five minutes more than what rules record
        assert found == pytest.approx(by_hand, abs=1 if source == "raw" else 360), slo
