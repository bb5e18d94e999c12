"""The simulated month: the same for the same moment, and true to its own counters."""

from pathlib import Path

import numpy as np
import pytest

from slokit.demo.month.incidents import Calendar, calendar_of, costs, incidents
from slokit.demo.month.report import refuse_foreign, simulate, write_project
from slokit.demo.month.simulated import MINUTE, Scraped, Simulated, Timeline
from slokit.diagnostics.errors import BrokenEnvironmentError

AT = 1_767_225_600


@pytest.fixture(scope="module")
def timeline() -> Timeline:
    return Timeline(AT, days=4)


@pytest.fixture(scope="module")
def calendar(timeline: Timeline) -> Calendar:
    return calendar_of(timeline)


@pytest.fixture(scope="module")
def month(timeline: Timeline, calendar: Calendar) -> Simulated:
    return simulate(timeline, calendar)


def _events(series: Scraped, stretch: slice) -> float:
    """What a counter counted in a stretch, over its restarts."""
    steps = np.diff(series.values, prepend=0)
    return float(np.where(steps < 0, series.values, steps)[stretch].sum())


def _found(month: Simulated, name: str, **labels: str) -> list[Scraped]:
    wanted = {"__name__": name, **labels}.items()
    return [series for series in month.series if wanted <= series.labels.items()]


def test_the_same_moment_gives_the_same_month(
    month: Simulated, timeline: Timeline, calendar: Calendar
) -> None:
    """No clock and no other source of chance has a part in it."""
    again = simulate(Timeline(AT, days=4), calendar)

    assert [series.labels for series in again.series] == [series.labels for series in month.series]
    assert all(
        np.array_equal(one.values, other.values)
        for one, other in zip(month.series, again.series, strict=True)
    )


def test_it_is_about_three_hundred_series_without_a_double(month: Simulated) -> None:
    """Each series is there once."""
    names = {tuple(sorted(series.labels.items())) for series in month.series}

    assert len(names) == len(month.series)
    assert 250 <= len(names) <= 350


def test_every_slo_of_the_demo_has_its_truth(month: Simulated, tmp_path: Path) -> None:
    """What the specs ask for is what the simulation knows, no more and no less."""
    loaded, _ = write_project(tmp_path / "new")

    asked = {(slo.service, slo.name) for slo in loaded.bundle.slos}
    assert {key[:2] for key in month.truth} == asked


def test_a_bad_deploy_costs_what_its_counters_counted(
    month: Simulated, calendar: Calendar, timeline: Timeline
) -> None:
    """The failed requests of the incident are those that the counters of 5xx grew by."""
    bad = [
        series
        for code in ("500", "503")
        for series in _found(month, "http_requests_total", region="eu", code=code)
    ]
    counted = sum(_events(series, calendar.bad_deploy) for series in bad)

    (cost,) = [
        c
        for c in costs(month, calendar, timeline)
        if c.incident.name == "bad deploy" and c.key[1] == "availability"
    ]
    assert cost.bad == counted > 1000


def test_a_split_costs_its_minutes(
    month: Simulated, calendar: Calendar, timeline: Timeline
) -> None:
    """No member knows a leader for as long as the split lasts."""
    (cost,) = [c for c in costs(month, calendar, timeline) if c.key[1] == "leader-present"]
    leaders = np.sum([s.values for s in _found(month, "etcd_server_has_leader")], axis=0)

    assert cost.bad == MINUTE * int((leaders == 0).sum()) == 25 * MINUTE


def test_the_last_incident_goes_on_at_the_end(timeline: Timeline, calendar: Calendar) -> None:
    """The month ends with a replica that is still behind."""
    last = incidents(calendar)[-1]

    assert timeline.seconds(last.stretch)[1] == timeline.at


def test_the_demo_overwrites_no_other_project(tmp_path: Path) -> None:
    """A slokit.yaml that is not the demo's stays as it is."""
    own = tmp_path / "slokit.yaml"
    own.write_text("bundle: mine\n")

    with pytest.raises(BrokenEnvironmentError, match="--out"):
        refuse_foreign(tmp_path)

    assert own.read_text() == "bundle: mine\n"
