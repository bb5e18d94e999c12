"""Time slices against slices reckoned by hand: in promtool, and over a real server's history."""

from pathlib import Path

import pytest

from tests.conftest import require_programs
from tests.support.compile.compiled import compiled
from tests.support.history.rule_replay import RuleReplay

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
