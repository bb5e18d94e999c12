"""What happens while a target restarts, or right after it is new, counts once and whole."""

import math
from collections.abc import Iterator

import pytest

from tests.support.compile.compiled import compiled
from tests.support.history.rule_replay import RuleReplay

pytestmark = pytest.mark.programs("promtool")

SPEC = """
    apiVersion: slokit/v1
    service: members
    defaults: {group_by: [case]}
    slos:
      - name: failovers
        sli: {rate: {epoch: term, at_most: 2/d}}
      - name: views
        sli: {rate: {epoch: 'view < 1e18', at_most: 2/d}}
      - name: elections
        sli: {rate: {counter: elections_total, counted_by: every_member, at_most: 2/d}}
      - name: evictions
        sli: {rate: {counter: evicted_total, counted_by: one_member, at_most: 2/d}}
      - name: restarts
        sli: {rate: {changes: start_time_seconds, at_most: 1/30d}}
      - name: restarts-seen
        sli: {rate: {changes: 'max by (case, instance) (begun)', at_most: 1/30d}}
"""
SLOS = {
    "term": "failovers",
    "view": "views",
    "elections_total": "elections",
    "evicted_total": "evictions",
    "start_time_seconds": "restarts",
    "begun": "restarts-seen",
}
END = "1h30m"
# How long a target is gone, and where in a ledger window of ten scrapes it comes back.
GONE, PHASES = (1, 9, 100), (0, 4, 9)
# About an hour, in scrapes: within it what was before is known, beyond it is not.
HOUR, SILENCES = 120, (117, 121, 126, 134)
STEPS = ["term", "view"]
CHANGED = ["start_time_seconds", "begun"]


def gap(before: float, after: float, gone: int, phase: int) -> str:
    """One value, nothing for so many scrapes, another value."""
    blank = f" _x{gone - 1}" if gone > 1 else ""
    return f"{before}x{19 + phase} stale{blank} {after}x{179 - gone - phase}"


def series() -> Iterator[tuple[str, str, str, dict[str, str]]]:
    """The metric, the case, the values and more labels of each series."""
    for gone in GONE:
        for phase in PHASES:
            for metric in (*STEPS, *CHANGED):
                yield metric, f"gap-{gone}-{phase}", gap(5, 6, gone, phase), {}
    for silence in SILENCES:
        for metric in (*STEPS, *CHANGED):
            yield metric, f"about-{silence}", gap(5, 6, silence, 3), {}
            unmarked = f"5x22 _x{silence} 6x{176 - silence}"
            yield metric, f"unmarked-{silence}", unmarked, {}
    for phase in PHASES:
        late = f"_x{20 + phase}"
        for metric in (*STEPS, "elections_total", "evicted_total"):
            first = 5 if metric in STEPS else 0
            yield metric, f"young-{phase}", f"{late} {first}x2 {first + 1}x200", {}
    for metric in CHANGED:
        # three restarts, each as soon as the last one is up
        loop = "5x20 stale 6 6 stale _ 7 stale _ 8x200"
        yield metric, "crash-loop", loop, {}
        # both members at once; one is there for good, and one is new and does not change
        yield metric, "two", gap(5, 6, 2, 3), {"instance": "a"}
        yield metric, "two", gap(7, 9, 2, 3), {"instance": "b"}
        yield metric, "two", "3x200", {"instance": "c"}
        yield metric, "two", "_x40 4x160", {"instance": "d"}
        # gone for longer than an hour: nobody knows what it was
        yield metric, "forgotten", gap(5, 6, 130, 3), {}
        # no number for a while, and then: the same; another one; another one at last; or at first
        yield metric, "nan-same", "5x20 NaN NaN NaN 5x200", {}
        yield metric, "nan-between", "5x20 NaN NaN+0x24 6x200", {}
        yield metric, "nan-before", "5x20 NaN 5x41 6x140", {}
        yield metric, "nan-after", "5x20 6 NaN 6x200", {}
        yield metric, "nan-for-good", "5x20 6 NaN+0x200", {}
        yield metric, "inf-before", "5x20 Inf -Inf 5x41 6x140", {}
    # two series of one member
    for part in "xy":
        yield "start_time_seconds", "parts", gap(5, 6, 2, 3), {"part": part}


@pytest.fixture(scope="module")
def counts(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], float]:
    """How many events were counted in all, by metric and case."""
    directory = tmp_path_factory.mktemp("gaps")
    inputs = {}
    for metric, case, values, more in series():
        labels = {"case": case, "instance": "a", **more}
        text = ",".join(f'{label}="{value}"' for label, value in labels.items())
        inputs[f"{metric}{{{text}}}"] = values
    replay = RuleReplay(directory / "replay", compiled(directory / "c", SPEC).files, inputs)
    asked = "sum_over_time(slokit:bad:events5m[2h])"
    metrics = {slo: metric for metric, slo in SLOS.items()}
    return {
        (metrics[s.labels["slo"]], s.labels["case"]): s.value for s in replay.samples(asked, END)
    }


@pytest.mark.parametrize("metric", [*STEPS, *CHANGED])
def test_what_happened_during_a_restart_counts_once_and_whole(
    counts: dict[tuple[str, str], float], metric: str
) -> None:
    """A target that is gone for 30 s to 50 min, wherever in a ledger window, comes back changed.

    Tolerance a tenth of an event: PromQL is looked up on a grid of its own, one evaluation off.
    """
    cases = [f"gap-{gone}-{phase}" for gone in GONE for phase in PHASES]
    found = {case: counts[metric, case] for case in cases}
    assert found == pytest.approx(dict.fromkeys(cases, 1), abs=tolerance(metric))


@pytest.mark.parametrize("metric", [*STEPS, *CHANGED])
@pytest.mark.parametrize("kind", ["about", "unmarked"])
def test_what_happened_during_an_hour_counts_whole_or_not_at_all(
    counts: dict[tuple[str, str], float], metric: str, kind: str
) -> None:
    """Never a part of an event: known to the end of its ledger window, or not at all."""
    found = {silence: counts[metric, f"{kind}-{silence}"] for silence in SILENCES}
    # without a marker an instant sees a series for five minutes after its last sample
    seen = HOUR if kind == "about" else HOUR + 10

    for silence, count in found.items():
        assert min(count, abs(1 - count)) <= tolerance(metric), found
        if silence < HOUR - 2 or silence > seen + 2:
            assert round(count) == (silence < HOUR), found


@pytest.mark.parametrize("metric", [*STEPS, "elections_total", "evicted_total"])
def test_the_first_event_of_a_new_series_counts_whole(
    counts: dict[tuple[str, str], float], metric: str
) -> None:
    """0 to 1 in the second minute of a series is one event.

    Tolerance a tenth of an event, as above.
    """
    cases = [f"young-{phase}" for phase in PHASES]
    found = {case: counts[metric, case] for case in cases}
    assert found == pytest.approx(dict.fromkeys(cases, 1), abs=tolerance(metric))


def tolerance(metric: str) -> float:
    """None but for rounding, where the raw series themselves are looked up."""
    return 1e-6 if metric != "view" else 0.11


@pytest.mark.parametrize("metric", CHANGED)
def test_each_change_is_one_event_of_its_member(
    counts: dict[tuple[str, str], float], metric: str
) -> None:
    """Three restarts in a row are three, two members that restart are two, and a new one none."""
    assert counts[metric, "crash-loop"] == pytest.approx(3, abs=3 * tolerance(metric))
    assert counts[metric, "two"] == pytest.approx(2, abs=2 * tolerance(metric))


def test_what_nobody_saw_is_no_event(counts: dict[tuple[str, str], float]) -> None:
    """A member that was gone for more than an hour."""
    assert counts["start_time_seconds", "forgotten"] == 0


@pytest.mark.parametrize("metric", CHANGED)
def test_what_is_no_number_is_no_sample(counts: dict[tuple[str, str], float], metric: str) -> None:
    """NaN and infinity are no change, and hide none: before, after, and while they last."""
    cases = ["nan-between", "nan-before", "nan-after", "nan-for-good", "inf-before"]
    found = {case: counts[metric, case] for case in cases}

    assert found == pytest.approx(dict.fromkeys(cases, 1), abs=1e-6)
    assert counts[metric, "nan-same"] == 0


def test_a_member_with_several_series_changes_once(counts: dict[tuple[str, str], float]) -> None:
    """What one process exports twice changes twice, and that is one restart."""
    assert math.isclose(counts["start_time_seconds", "parts"], 1)
