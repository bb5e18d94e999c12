"""Calendar windows by the rules for vmalert, on a real VictoriaMetrics, around their boundaries.

Every five minutes each rule asks as vmalert does, for one moment, and finds nothing of what the
others found in that moment. Replayed by vmalert itself, in queries over hours, VictoriaMetrics
would join whole series, and label all counts with one period.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from slokit import api
from slokit.compiler import names
from slokit.model.alerting import NONE
from slokit.model.window import CalendarWindow
from slokit.promql import build
from tests.support.history.made_up import bundle, slo
from tests.support.servers.victoria_metrics import VictoriaMetrics

pytestmark = pytest.mark.programs("vmalert", "victoria-metrics")

STEP, HOUR, DAY = 300, 3600, 86_400
BEFORE, AFTER, BUDGET = 0.1, 0.01, 0.001
REACH = 2 * STEP + 30
# Clocks change in the night before the week, in the first night of the month; both on one day.
BOUNDARIES = {
    "week": ("America/New_York", "2026-11-02T00:00:00-05:00"),
    "month": ("America/Havana", "2026-11-01T00:00:00-04:00"),
}
FROM, UNTIL = (
    int(datetime.fromisoformat(f"2026-{day}T00:00:00Z").timestamp()) for day in ("10-31", "11-03")
)


def moment(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


OF_CALENDARS = ("local_time", "elapsed", ":events5m", "burn:week", "burn:month", "remaining")


def evaluate(server: VictoriaMetrics, rules: Sequence[Mapping[str, Any]], at: int) -> None:
    """One evaluation of all rules: what they record is there for the next one."""
    lines = []
    for rule in rules:
        for sample in server.query(rule["expr"], at):
            labels = {**sample.labels, **rule.get("labels", {})}
            named = build.series(rule["record"], {k: v for k, v in labels.items() if k[0] != "_"})
            lines.append(f"{named} {sample.value!r} {at * 1000}\n")
    server.write("".join(lines))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VictoriaMetrics]:
    """What the rules for vmalert make of three days: one of ten is bad, then one of a hundred."""
    directory: Path = tmp_path_factory.mktemp("calendars")
    windows = {unit: CalendarWindow(unit, zone) for unit, (zone, _) in BOUNDARIES.items()}
    made = bundle(*(slo(name=unit, window=each, policy=NONE) for unit, each in windows.items()))
    with VictoriaMetrics(directory, latency="0s") as server:
        lines = []
        for own in made.slos:
            identity = f'bundle="{made.name}",service="{own.service}",slo="{own.name}"'
            boundary = moment(BOUNDARIES[own.name][1])
            info = "".join(f',{key}="{value}"' for key, value in own.window.labels.items())
            for at in range(FROM, UNTIL, 60):
                share = AFTER if at > boundary else BEFORE
                for series, value in (
                    (f'{names.INFO}{{{identity}{info},measure="rate"}}', 1),
                    (f"{names.BUDGET}{{{identity}}}", BUDGET),
                    (f"slokit:total:rate5m{{{identity}}}", 1),
                    (f"slokit:bad:rate5m{{{identity}}}", share),
                    (f"{names.SINCE}{{{identity}}}", 0),
                ):
                    lines.append(f"{series} {value} {at * 1000}\n")
        server.write("".join(lines))
        files = [a for a in api.compile(made, ["vmalert"]) if ".bundle." in a.path]
        rules = [
            rule
            for file in files
            for group in yaml.safe_load(file.text)["groups"]
            for rule in group["rules"]
            if any(word in rule.get("record", "") for word in OF_CALENDARS)
        ]
        for own in made.slos:
            boundary = moment(BOUNDARIES[own.name][1])
            for at in range(boundary - HOUR, boundary + 3 * HOUR, STEP):
                evaluate(server, rules, at)
        yield server


@pytest.mark.parametrize("unit", BOUNDARIES)
def test_a_calendar_window_begins_anew_on_vmalert(store: VictoriaMetrics, unit: str) -> None:
    """From the first count behind the boundary nothing of the old period is left."""
    zone, text = BOUNDARIES[unit]
    boundary, window = moment(text), CalendarWindow(unit, zone)
    own = f'{{slo="{unit}"}}'

    def value(series: str, at: int) -> float:
        [sample] = store.query(f"{series}{own}", at)
        return sample.value

    assert value(f"slokit:burn:{unit}", boundary) == pytest.approx(BEFORE / BUDGET)
    for after in (8 * STEP, HOUR, 3 * HOUR - STEP):
        at = boundary + after
        assert value(f"slokit:burn:{unit}", at) == pytest.approx(AFTER / BUDGET)
        # what has passed is as late as what it is read from
        passed = [window.elapsed(at - REACH - late * STEP) for late in range(4)]
        left = value(names.BUDGET_REMAINING, at)
        assert min(passed) < (1 - left) / (AFTER / BUDGET) <= max(passed)
