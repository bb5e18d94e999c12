"""Full hours of counts: what the rules add up, and reports that read it, against plain sums."""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import yaml

from slokit import api
from slokit.compiler import names
from slokit.compiler.program import compile_bundle
from slokit.compiler.rules import RecordingRule
from slokit.model.bundle import Bundle
from slokit.prometheus.settings import PrometheusSettings
from slokit.reporting.model import Measure, TimeRange
from slokit.targets.rule_yaml import dump, groups_data
from tests.support.compile.promtool import test_rules as rules_tested
from tests.support.history.history import Floats, History, backfill, every, history
from tests.support.servers.prometheus_server import PrometheusServer

DAY, HOUR, SLOT, PHASE, WINDOW = 86_400, 3600, 300, 137, Fraction(300)
AT = 1_767_225_600.0 + 1234
SLOS = 200
SPEC = "apiVersion: slokit/v1\nservice: edge\ndefaults: {window: 30d}\nslos:\n" + "".join(
    f"  - {{name: s{n}, objective: 99%, sli: {{events: {{bad: bad_{n}, total: all_{n}}}}}}}\n"
    for n in range(SLOS)
)
# Of the SLOs that have data: s0 is always there, s1 since nine days, s2 in its last hour alone.
BEGINS = {"s0": AT - 40 * DAY, "s1": AT - 9 * DAY - 1000, "s2": AT - 1500}

pytestmark = pytest.mark.programs("prometheus", "promtool")


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> api.Loaded:
    """Specs of a bundle that is large enough to record hours."""
    root = tmp_path_factory.mktemp("project")
    (root / "slokit.yaml").write_text("bundle: shop\nspecs: [spec.yaml]\n")
    (root / "spec.yaml").write_text(SPEC)
    return api.load(project=str(root / "slokit.yaml"))


@pytest.fixture(scope="module")
def bundle(loaded: api.Loaded) -> Bundle:
    """That bundle."""
    return loaded.bundle


def counts(slo: str) -> tuple[Floats, Floats, Floats]:
    """The moments of its counts, its totals and its bad events; there are gaps."""
    rng = np.random.default_rng(len(slo) + int(slo[1:]))
    times = every(AT - AT % SLOT - 40 * DAY + PHASE, AT + 1, SLOT)
    times = times[(times > BEGINS[slo]) & (rng.random(len(times)) > 0.05)]
    total = rng.integers(0, 900, len(times)).astype(float)
    return times, total, np.minimum(rng.integers(0, 9, len(times)), total).astype(float)


def is_recorded(end: float) -> bool:
    """Which hours the rules added up: every eleventh evaluation was missed, and all of a day."""
    return int(end // HOUR) % 11 != 0 and not AT - 15 * DAY < end < AT - 14 * DAY


def ledger(slo: str) -> Iterator[History]:
    """Counts, and the hours that were added up of them; a few rates to be alive."""
    own = {"bundle": "shop", "service": "edge", "slo": slo}
    times, total, bad = counts(slo)
    hours = -(-(times - PHASE) // HOUR) * HOUR
    ends = np.unique(hours[(hours + SLOT + PHASE <= AT)])
    ends = ends[[is_recorded(end) for end in ends.tolist()]]
    for name, side in ((names.total_events, total), (names.bad_events, bad)):
        called = name(WINDOW)
        yield history({"__name__": called, **own}, times, side)
        sums = [side[hours == end].sum() for end in ends.tolist()]
        yield history({"__name__": names.hourly(called), **own}, ends + SLOT + PHASE, sums)
    number = [(hours == end).sum() for end in ends.tolist()]
    yield history({"__name__": names.HOUR_COUNTS, **own}, ends + SLOT + PHASE, number)
    lately = every(AT - HOUR, AT + 1, 30)
    for name in (names.total_rate, names.bad_rate):
        yield history({"__name__": name(WINDOW), **own}, lately, 1.0)
    yield history({"__name__": names.BUDGET, **own}, lately, 0.01)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrometheusServer]:
    """A Prometheus that has evaluated the rules for forty days, with interruptions."""
    made = PrometheusServer(tmp_path_factory.mktemp("prometheus"))
    ends = every(AT // HOUR * HOUR - 40 * DAY, AT - 2 * SLOT - PHASE, HOUR)
    ends = ends[[is_recorded(end) for end in ends.tolist()]]
    groups = {"__name__": names.HOUR_GROUPS, "bundle": "shop"}
    marks = history(groups, ends + 2 * SLOT + PHASE, 1.0)
    backfill(made.data, [marks, *(each for slo in BEGINS for each in ledger(slo)), *only_hours()])
    with made:
        yield made


def only_hours() -> Iterator[History]:
    """An SLO whose counts are gone but for the last hour, while its hours are there."""
    own = {"bundle": "shop", "service": "edge", "slo": "s3"}
    ends = every(AT // HOUR * HOUR - 40 * DAY, AT - SLOT - PHASE, HOUR)
    ends = ends[[is_recorded(end) for end in ends.tolist()]]
    lately = every(AT - AT % SLOT - HOUR + PHASE, AT + 1, SLOT)
    for name, value in ((names.total_events, 70.0), (names.bad_events, 7.0)):
        yield history({"__name__": names.hourly(name(WINDOW)), **own}, ends + SLOT + PHASE, value)
        yield history({"__name__": name(WINDOW), **own}, lately, 0.0)
    yield history({"__name__": names.HOUR_COUNTS, **own}, ends + SLOT + PHASE, 12.0)


def test_a_report_in_hours_has_the_numbers_of_the_counts(
    loaded: api.Loaded, server: PrometheusServer
) -> None:
    """Whatever hours are missing, each count is in the sums once; fewer samples are read."""
    report = api.report(
        loaded, PrometheusSettings(server.url), at=AT, period="7d", source="recorded"
    )

    rows = {row.slo: row for row in report.rows}
    for slo in BEGINS:
        for measure in (rows[slo].window_measure, rows[slo].period_measure):
            assert (measure.total, measure.bad, measure.covered_seconds) == by_hand(slo, measure)
    assert (rows["s3"].window_measure.total or 0) > 0.85 * 70 * 720


def by_hand(slo: str, measure: Measure) -> tuple[float, float, float]:
    """The sums of all counts in a time range, and how long they measured."""
    times, total, bad = counts(slo)
    over: TimeRange = measure.time_range
    inside = (times > over.start) & (times <= over.end)
    return float(total[inside].sum()), float(bad[inside].sum()), float(inside.sum() * SLOT)


def test_the_rules_add_up_each_full_hour_once(bundle: Bundle, tmp_path: Path) -> None:
    """By promtool: the hour's own counts, a ledger window late; marked when all sides are there."""
    slow = next(g for g in compile_bundle(bundle).groups if g.name.endswith(":slow"))
    recording = (rule for rule in slow.rules if isinstance(rule, RecordingRule))
    hours = [rule for rule in recording if rule.record.endswith(":hour")]
    (tmp_path / "rules.yaml").write_text(dump(groups_data([replace(slow, rules=tuple(hours))])))
    own = '{bundle="shop",service="edge",slo="s0"}'
    total, bad = f"slokit:total:events5m:hour{own}", f"slokit:bad:events5m:hour{own}"
    number, mark = f"slokit:counts:hour{own}", 'slokit:groups:hour{bundle="shop"}'
    expected = {
        "2h": {},
        # the counts of 1h05m to 2h, of which one is missing
        "2h5m": {total: sum(range(13, 25)) - 20, bad: 12, number: 11},
        "2h10m": {mark: 1},
        "2h15m": {},
    }
    test = {
        "interval": "5m",
        "input_series": [
            {"series": f"slokit:total:events5m{own}", "values": "0+1x19 _ 21+1x20"},
            {"series": f"slokit:bad:events5m{own}", "values": "1x40"},
        ],
        "promql_expr_test": [
            {
                "expr": '{__name__=~"slokit:.+:hour"}',
                "eval_time": at,
                "exp_samples": [{"labels": name, "value": n} for name, n in samples.items()],
            }
            for at, samples in expected.items()
        ],
    }
    (tmp_path / "test.yaml").write_text(
        yaml.safe_dump({"rule_files": ["rules.yaml"], "evaluation_interval": "5m", "tests": [test]})
    )

    outcome = rules_tested([tmp_path / "test.yaml"])
    assert outcome.ok, outcome.output


def test_a_small_bundle_records_no_hours(bundle: Bundle) -> None:
    """Its month is read in a moment."""
    small = replace(bundle, services=())
    assert not any(":hour" in str(group) for group in compile_bundle(small).groups)
