"""Counters in each way in which they live: what the ledger counts against what happened.

The three ways of counting are read side by side: by differences, which is the default, with
counters that start at zero, and by `rate()`.
"""

from pathlib import Path
from textwrap import indent

import pytest

from tests.prometheus.counter_histories import END, HISTORIES, CounterHistory
from tests.support.compile.compiled import compiled, keeping
from tests.support.history.rule_replay import RuleReplay
from tests.support.history.scrapes import promtool_input
from tests.support.servers.prometheus_server import major_version

pytestmark = pytest.mark.programs("prometheus", "promtool")

GRID = 10
RECORDS = (
    "slokit:total:rate5m",
    "slokit:bad:rate5m",
    "slokit:info",
    "slokit:total:events5m",
    "slokit:bad:events5m",
)
BAD, TOTAL = 'http_requests_total{code="500"}', "http_requests_total"
HEAD = """
apiVersion: slokit/v1
service: shop
defaults: {group_by: [case]}
slos:
"""
WAYS = {
    "exact": f"events: {{bad: '{BAD}', total: {TOTAL}}}",
    "subtracted": f"events: {{good: '{TOTAL}{{code=\"200\"}}', total: {TOTAL}}}",
    "born": f"events: {{bad: '{BAD}', total: {TOTAL}, starts_at_zero: true}}",
}
# What a counter was born with is in no difference, so only `starts_at_zero` counts it.
UNSEEN = {
    "born with the first error",
    "born, scrapes beside the evaluation",
    "a hundred series with one error",
}
# After a restart `increase()` decides, which extrapolates to the edges of its range.
EXTRAPOLATED = {"restarts in a burst": 5e-3}

PAGE = Path(__file__).parents[2] / "docs" / "concepts.md"

Counts = dict[tuple[str, str], float]


def spec() -> str:
    """An SLO for each way of counting."""
    slos = [f"- name: {name}\n  objective: 99%\n  sli: {{{sli}}}" for name, sli in WAYS.items()]
    by_rate = f"- name: rate\n  objective: 99%\n  counting: rate\n  sli: {{{WAYS['exact']}}}"
    return HEAD + indent("\n".join([*slos, by_rate]), "  ")


@pytest.fixture(scope="module")
def histories() -> dict[str, CounterHistory]:
    """Each history under its name, which is the group of its series."""
    return {name: make(name) for name, make in HISTORIES.items()}


@pytest.fixture(scope="module")
def counts(
    tmp_path_factory: pytest.TempPathFactory, histories: dict[str, CounterHistory]
) -> Counts:
    """Bad events over the whole history, by history and way of counting."""
    directory: Path = tmp_path_factory.mktemp("counting")
    series = [row for made in histories.values() for row in made.series]
    files = [keeping(path, RECORDS) for path in compiled(directory / "c", spec()).files]
    inputs = promtool_input(series, GRID)
    replay = RuleReplay(directory / "r", files, inputs, f"{GRID}s", evaluation_interval="30s")
    samples = replay.samples(f"sum_over_time(slokit:bad:events5m[{END}s])", f"{END}s")
    return {(s.labels["case"], s.labels["slo"]): s.value for s in samples}


@pytest.mark.parametrize("history", HISTORIES)
@pytest.mark.parametrize("way", WAYS)
def test_whole_events_are_counted(
    counts: Counts, histories: dict[str, CounterHistory], history: str, way: str
) -> None:
    """Differences add up to what happened, in whole numbers.

    Tolerance: a millionth for floats; what a counter is born with is counted by `starts_at_zero`
    alone; after a restart that loses nothing, half a hundredth for what `increase()` extrapolates.
    """
    if history in UNSEEN and way != "born":
        return
    truth = histories[history].failed

    assert counts[history, way] == pytest.approx(truth, rel=EXTRAPOLATED.get(history, 1e-6))


@pytest.mark.parametrize("history", sorted(UNSEEN))
def test_rate_misses_what_counters_are_born_with(
    counts: Counts, histories: dict[str, CounterHistory], history: str
) -> None:
    """Why the key is there: without it, first errors are lost, all of them where each is one."""
    truth = histories[history].failed

    assert counts[history, "rate"] < truth
    assert counts[history, "exact"] != pytest.approx(truth, rel=1e-6)
    if history == "a hundred series with one error":
        assert counts[history, "rate"] == 0


def test_the_concepts_page_shows_these_numbers(
    counts: Counts, histories: dict[str, CounterHistory]
) -> None:
    """Its table is what the program that the tests run against measures, to a hundredth of 1 %."""
    shown = {
        cells[0]: cells[1:]
        for line in PAGE.read_text(encoding="utf-8").splitlines()
        if (cells := [cell.strip() for cell in line.strip("|").split("|")])[0] in HISTORIES
    }
    first = 0 if major_version() < 3 else 1

    assert list(shown) == list(HISTORIES)
    for history, (failed, *percents) in shown.items():
        truth = histories[history].failed
        measured = [100 * (counts[history, way] / truth - 1) for way in ("rate", "born")]
        assert float(failed) == truth
        assert [float(percent) for percent in percents[first::2]] == pytest.approx(
            measured, abs=0.006
        ), history
