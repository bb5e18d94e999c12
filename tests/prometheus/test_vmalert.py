"""Rules of the target `vmalert`, evaluated by a real vmalert that reads what it wrote later."""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from threading import Event, Thread
from typing import Self

import pytest

from slokit import api
from slokit.compiler import names
from slokit.compiler.alerts import spends_less
from slokit.compiler.program import compile_bundle
from slokit.compiler.rules import RecordingRule, Ruler
from slokit.diagnostics.finding import Severity
from slokit.model.bundle import Bundle, Project
from slokit.targets import vmalert
from tests.support.compile.live_specs import check_specs
from tests.support.history.samples import Series
from tests.support.servers.exposition import Exposition
from tests.support.servers.victoria_metrics import VictoriaMetrics, check_rules

pytestmark = pytest.mark.programs("vmalert", "victoria-metrics")

ROOT = Path(__file__).parents[2]
PROJECT = "bundle: {}\ninterval: 2s\nscrape_interval: 2s\nledger_window: 20s\nspecs: shop.yaml\n"
PROJECT += "alerts: {{labels: [owner, tier]}}\n"
SPEC = """\
apiVersion: slokit/v1
service: api
slos:
  - name: latency
    objective: 99.9%
    sli: {latency: {histogram: req_seconds, at_most: 300ms}}
  - name: good
    objective: 99.9%
    sli: {events: {good: answered_total, total: req_total}}
  - name: bad
    objective: 99.9%
    sli: {events: {bad: 'req_total{code=~"5.."}', total: req_total}}
  - name: failing
    objective: 99%
    sli: {events: {good: 'job_total{result="ok"}', total: job_total}}
"""
OWNED = """\
---
apiVersion: slokit/v1
service: jobs
owner: team-jobs
routing: {channel: "#jobs"}
labels: {tier: "1"}
slos:
  - name: failing
    objective: 99%
    sli: {events: {good: 'job_total{result="ok"}', total: job_total}}
"""
FAST, SLOW = 200, 20
BEFORE, AFTER = 50.0, 60.0
LATENCY = "10s"
INTERVAL = 2.0
# of a group that had data before: an hour ago its rules recorded that it was there long before
LONG_THERE = "".join(
    f'slokit:since:timestamp{{{{bundle="apart",service="{service}",slo="failing"}}}} 0 {{0}}\n'
    for service in ("api", "jobs")
)


class Traffic:
    """Requests that all go well, at a pace that the test sets; every tenth job fails."""

    def __init__(self, exposition: Exposition) -> None:
        self.pace = FAST
        self._exposition = exposition
        self._done = Event()
        self._thread = Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _run(self) -> None:
        count, last = 100_000.0, time.monotonic()
        while not self._done.wait(0.05):
            now = time.monotonic()
            count, last = count + self.pace * (now - last), now
            events = int(count)
            self._exposition.set_samples(
                {
                    'req_total{code="200"}': events,
                    'req_total{code="500"}': 0,
                    "answered_total": events,
                    'req_seconds_bucket{le="0.3"}': events,
                    'req_seconds_bucket{le="+Inf"}': events,
                    "req_seconds_count": events,
                    'job_total{result="ok"}': events - events // 10,
                    'job_total{result="failed"}': events // 10,
                }
            )


def written(
    directory: Path, bundle: str, target: str, spec: str = SPEC + OWNED, more: str = ""
) -> list[Path]:
    """The rule files of the spec, compiled for this target under this bundle name."""
    directory.mkdir()
    (directory / "shop.yaml").write_text(spec)
    (directory / "slokit.yaml").write_text(PROJECT.format(bundle) + more)
    loaded = api.load(project=str(directory / "slokit.yaml"))
    assert not loaded.errors, loaded.errors
    api.write(loaded, [target])
    return sorted(directory.rglob("*.rules.yaml"))


@dataclass
class Texts:
    """What the page of one service said: each summary, with when it was seen first."""

    server: VictoriaMetrics
    seen: dict[str, float] = field(default_factory=dict)

    def watch(self, seconds: float) -> None:
        """Look at it again and again for so long."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for alert in self.server.alerts():
                labels = alert["labels"]
                own = (labels.get(name) for name in ("alertname", "service", "bundle", "severity"))
                if (*own,) == (names.BURN_ALERT, "jobs", "apart", "page"):
                    self.seen.setdefault(alert["annotations"]["summary"], time.monotonic())
            time.sleep(0.5)


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Texts]:
    """A vmalert with the rules of both targets, after traffic fell from 200/s to 20/s."""
    directory = tmp_path_factory.mktemp("vmalert")
    files = [
        *written(directory / "apart", "apart", "vmalert"),
        *written(directory / "chained", "chained", "prometheus"),
    ]
    with (
        Exposition() as exposition,
        Traffic(exposition) as traffic,
        VictoriaMetrics(
            directory / "servers",
            scrape=[exposition.target],
            scrape_interval="2s",
            latency=LATENCY,
        ) as server,
    ):
        server.write(LONG_THERE.format((int(time.time()) - 3600) * 1000))
        server.evaluate(files)
        found = Texts(server)
        found.watch(BEFORE)
        traffic.pace = SLOW
        found.watch(AFTER)
        yield found


@pytest.fixture(scope="module")
def fallen(texts: Texts) -> VictoriaMetrics:
    """The servers of it."""
    return texts.server


def over_time(server: VictoriaMetrics, selector: str) -> list[Series]:
    """What was recorded of these series during the test."""
    now = time.time()
    return server.query_range(selector, now - BEFORE - AFTER, now, 2)


def highest(server: VictoriaMetrics, selector: str) -> dict[str, float]:
    """The highest sample of each SLO."""
    found: dict[str, float] = {}
    for series in over_time(server, selector):
        slo = series.labels["slo"]
        found[slo] = max(found.get(slo, 0), *(value for _, value in series.points))
    return found


def test_a_fall_of_traffic_is_no_error(fallen: VictoriaMetrics) -> None:
    """No bad event and no burn for requests that all went well, however the SLI is given."""
    assert highest(fallen, 'slokit:total:rate20s{bundle="apart"}')["good"] > 0.8 * FAST
    (now,) = fallen.query('slokit:total:rate20s{bundle="apart",slo="good"}')
    assert now.value == pytest.approx(SLOW, rel=0.2)

    bad = highest(fallen, 'slokit:bad:rate20s{bundle="apart"}')
    assert {slo: bad[slo] for slo in ("latency", "good", "bad")} == {
        "latency": 0,
        "good": 0,
        "bad": 0,
    }
    burn = highest(fallen, '{__name__=~"slokit:burn:.*",bundle="apart",slo!="failing"}')
    assert set(burn.values()) == {0}
    spent = 'ALERTS{alertname=~"SLOBudget.*",bundle="apart",slo!="failing"}'
    assert over_time(fallen, spent) == []


def test_what_fails_is_counted_through_a_fall_of_traffic(fallen: VictoriaMetrics) -> None:
    """A tenth of the jobs fails: the burn rate of 99 % stays 10 before and after."""
    for series in over_time(fallen, 'slokit:burn:5m{bundle="apart",slo="failing"}'):
        assert [value for _, value in series.points] == pytest.approx(
            [10] * len(series.points), rel=0.02
        )
    assert over_time(fallen, 'ALERTS{bundle="apart",slo="failing",alertstate="firing"}')


def test_alerts_carry_what_their_slo_has_and_no_empty_labels(fallen: VictoriaMetrics) -> None:
    """Owner, tier and route of one service stand on its alerts; another has none of them."""
    firing = 'ALERTS{alertname="SLOBudgetBurn",bundle="apart",slo="failing",alertstate="firing"}'
    always = {"__name__", "alertname", "alertgroup", "alertstate", "bundle", "service", "slo"}
    always |= {"alert_policy", "severity"}
    labels = [series.labels for series in over_time(fallen, firing)]
    found = {
        service: {
            tuple(sorted((name, value) for name, value in each.items() if name not in always))
            for each in labels
            if each["service"] == service
        }
        for service in ("api", "jobs")
    }

    assert found == {
        "api": {()},
        "jobs": {(("channel", "#jobs"), ("owner", "team-jobs"), ("tier", "1"))},
    }


def test_a_text_says_its_numbers_when_the_store_shows_them(texts: Texts) -> None:
    """An alert begins without; a latency offset and an evaluation later they are there to stay."""
    (bare, begun), (_, told), *_ = texts.seen.items()

    assert bare == "jobs/failing burns its error budget"
    said = r"jobs/failing: (9\.\d+|10|10\.\d)% of jobs fail over 6h; 1% may\. Since \d{4}-.+ UTC"
    assert all(re.fullmatch(said, text) for text in [*texts.seen][1:])
    assert 0 < told - begun < float(LATENCY[:-1]) + 3 * INTERVAL


def test_the_rules_for_prometheus_count_errors_there(fallen: VictoriaMetrics) -> None:
    """Why the target exists: in the chained rules the same fall of traffic is an outage."""
    assert highest(fallen, 'slokit:bad:rate20s{bundle="chained"}')["good"] > FAST / 10


def test_no_rule_fails_and_the_ruler_is_watched(fallen: VictoriaMetrics) -> None:
    """All rules are evaluated, and the ruler's own metrics have the groups that alerts look for."""
    assert fallen.faults() == []
    assert fallen.query('vmalert_iteration_duration_seconds{group="slokit:apart:fast"}')
    assert fallen.query('vmalert_recording_rules_error{group="slokit:apart:fast"}')
    firing = 'ALERTS{alertname=~"Slokit.*",bundle="apart",alertstate="firing"}'
    assert over_time(fallen, firing) == []


OF_THE_PAST = """\
apiVersion: slokit/v1
service: api
defaults: {window: 2d}
slos:
  - {name: old, objective: 99%, sli: {events: {bad: no_bad_total, total: no_total}}}
  - {name: young, objective: 99%, sli: {events: {bad: no_bad_total, total: no_total}}}
"""


def test_a_spent_budget_alerts_over_a_gap(tmp_path: Path) -> None:
    """60 hours of counts but for two of them, half a window ago: it fires; of 20 it does not.

    Both spend five times what they may, and have been silent for a minute.
    """
    (rules,) = (
        f for f in written(tmp_path / "p", "p", "vmalert", OF_THE_PAST) if "bundle" in f.name
    )
    (ledger,) = (f for f in (tmp_path / "p").rglob("*.rules.yaml") if f != rules)
    end = int(time.time()) // 20 * 20 - 60
    ago = {"old": [*range(0, 23 * 3600, 20), *range(25 * 3600, 60 * 3600, 20)]}
    ago["young"] = [*range(0, 20 * 3600, 20)]
    lines = [
        f'slokit:{side}:events20s{{bundle="p",service="api",slo="{slo}"}} {count}'
        f" {(end - seconds) * 1000}\n"
        for slo, moments in ago.items()
        for side, count in (("total", 200), ("bad", 10))
        for seconds in moments
    ]
    with VictoriaMetrics(tmp_path / "servers", latency="1s") as server:
        server.write("".join(lines))
        server.evaluate([rules, ledger])
        firing = 'last_over_time(ALERTS{alertname="SLOBudgetExhausted",alertstate="firing"}[1m])'
        deadline = time.monotonic() + 150
        while not server.query(firing) and time.monotonic() < deadline:
            time.sleep(1)
        time.sleep(25)  # one more evaluation
        found = server.query(firing)
        left = server.query('last_over_time(slokit:budget_remaining:ratio{slo="young"}[1m])')

        assert [sample.labels["slo"] for sample in found] == ["old"]
        assert [sample.value for sample in left] == pytest.approx([-4])
        assert server.faults() == []


def test_check_names_the_server_and_the_target(fallen: VictoriaMetrics, tmp_path: Path) -> None:
    """A note where the rules for Prometheus would be loaded, none where the target is chosen."""
    finding = check_specs(tmp_path / "a", fallen.url, time.time(), SPEC).only("SLK629")
    assert finding.level is Severity.NOTE
    assert finding.message == "the server is VictoriaMetrics, not Prometheus"
    assert "`vmalert`" in finding.hint

    chosen = "targets: [vmalert]\n"
    assert not check_specs(tmp_path / "b", fallen.url, time.time(), SPEC, chosen).of("SLK629")


START = 1_700_000_000 // 300 * 300
HISTORY: dict[str, Callable[[int], float | str | None]] = {
    "steady": lambda t: 1_000_000 + 10 * t,
    "restarted": lambda t: 50_000 + 10 * t if t < 1800 else 10 * (t - 1770),
    "small_new": lambda t: None if t < 1500 else 3,
    "large_new": lambda t: None if t < 1500 else 50_000 + t,
    "not_a_number": lambda _: "NaN",
    "begun_seconds": lambda t: None if t < 900 else 7 if t < 1800 else 8,
    "term": lambda t: None if t < 900 or 1200 < t < 2100 else 7 if t < 1500 else 8,
    'level{m="a"}': lambda _: 2,
    'level{m="b"}': lambda _: 4,
}
"""Samples every 30 seconds for an hour: a value by seconds since the start."""

ANSWERS = [
    ("steady - steady offset 5m", [3000]),
    ("increase(steady[5m])", [3000]),
    ("resets(restarted[6m])", [1]),
    ("resets(steady[6m])", [0]),
    ("increase(small_new[10m])", [3]),  # nothing on Prometheus
    ("increase(large_new[10m])", [300]),
    ("not_a_number <= Inf", []),
    ("sum(not_a_number or steady)", [1_018_000]),
    ("count_over_time(steady[4m59s999ms])", [10]),
    ("sum_over_time(level[24m59s999ms] offset 5m)", [100, 200]),
    ("count_over_time((level > 1)[10m:1m])", [10, 10]),
    ("level > bool 3", [0, 1]),
    ("level >= 0 < Inf", [2, 4]),
    ('level{m="a"} or level', [2, 4]),
    ('level unless level{m="a"}', [4]),
    ("level and on () steady", [2, 4]),
    ("level and on () nothing", []),
    ("group by (x) (level)", [1]),
    ("quantile by (x) (0.5, level)", [3]),
    ("topk by (x) (1, level) ^ 0", [1]),
    ('count by (n) (label_replace(level, "n", "$1", "m", "(?s)(.+)"))', [1, 1]),
    ("nothing or 0 * level", [0, 0]),
    ("absent(nothing)", [1]),
]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VictoriaMetrics]:
    """A VictoriaMetrics with HISTORY."""
    with VictoriaMetrics(tmp_path_factory.mktemp("store")) as server:
        server.write(
            "".join(
                f"{series} {value} {(START + t) * 1000}\n"
                for series, value_at in HISTORY.items()
                for t in range(0, 3600, 30)
                if (value := value_at(t)) is not None
            )
        )
        yield server


@pytest.mark.parametrize(("expr", "values"), ANSWERS)
def test_metricsql_means_what_the_rules_mean(
    store: VictoriaMetrics, expr: str, values: list[float]
) -> None:
    """The shapes that rules are made of give in VictoriaMetrics what they give by hand."""
    found = store.query(expr, START + 1800)
    assert sorted(sample.value for sample in found) == pytest.approx(values)


@pytest.mark.parametrize(
    ("window", "bad"),
    [(Fraction(3600), 3600), (Fraction(21_600), 21_600), (Fraction(300), 300)],
)
def test_a_share_of_the_budget_is_what_a_hand_reckons(
    store: VictoriaMetrics, window: Fraction, bad: int
) -> None:
    """One bad event a second for seven hours; a page waits for a hundredth of the budget."""
    bundle, at = f"weighed-{bad}", START + 7 * 3600
    own = f'bundle="{bundle}",service="shop"'
    lines = []
    for slo, budget in (("small", 100 * bad - 200), ("large", 100 * bad + 200)):
        series = {
            "bad:rate5m": (30, 1),
            "bad:events5m": (300, 300),
            "budget:events": (300, budget),
        }
        for name, (step, value) in series.items():
            labels = f'{own},slo="{slo}"' + (',window="30d"' if name == "budget:events" else "")
            lines += [
                f"slokit:{name}{{{labels}}} {value} {moment * 1000}\n"
                for moment in range(START, at + 1, step)
            ]
    store.write("".join(lines))
    expr = spends_less(Fraction(1, 100), window, Project(bundle=bundle))
    (waits,) = store.query(expr, at)

    assert (waits.labels["slo"], waits.value) == ("large", bad)


def test_pages_that_wait_for_a_share_of_the_budget_load(tmp_path: Path) -> None:
    """The real vmalert takes their rules."""
    more = "alert_policies: {default: {min_budget_spent: 2%, min_bad_events: 3}}\n"

    assert check_rules(written(tmp_path / "w", "w", "vmalert", more=more)) == ""


SLICED = """\
apiVersion: slokit/v1
service: shop
slos:
  - name: sliced
    objective: 99%
    budgeting_method: time_slices
    time_slice: {window: 10m, target: 99%, idle: bad}
    sli: {events: {bad: errors_total, total: requests_total}}
"""
# bad of a thousand in each slice; None is idle
OF_SLICES = (0, 10, 11, None, 1000, 0)


def test_slices_are_what_a_hand_reckons(store: VictoriaMetrics, tmp_path: Path) -> None:
    """The expressions for vmalert, over what it recorded of slices, at any moment of the next."""
    loaded = api.load(project=str(projects(tmp_path, SLICED)))
    own = 'bundle="sliced",service="shop",slo="sliced"'
    begin = START // 600 * 600 + 600
    lines = []
    for number, wrong in enumerate(OF_SLICES):
        for at in range(begin + 600 * number + 30, begin + 600 * (number + 1) + 1, 30):
            for side, rate in (("bad", wrong or 0), ("total", 0 if wrong is None else 1000)):
                series = f"slokit:measured_{side}:rate5m{{{own}}}"
                lines.append(f"{series} {rate / 600} {at * 1000}\n")
    store.write("".join(lines))
    (service,) = compile_bundle(loaded.bundle, Ruler.VMALERT).ledgers
    exprs = {rule.record: rule.expr for rule in service[1].rules if isinstance(rule, RecordingRule)}

    for number, wrong in enumerate(OF_SLICES):
        for after in (0, 30, 300, 570):
            at = begin + 600 * (number + 1) + after
            bad = float(wrong is None or wrong > 10)
            for side, expected in (("total", 1), ("bad", bad)):
                (found,) = store.query(exprs[f"slokit:{side}:rate5m"], at)
                assert found.value == expected, (number, after, side)


CHANGING = """\
apiVersion: slokit/v1
service: members
slos:
  - {name: restarts, sli: {rate: {changes: begun_seconds, at_most: 1/d}}}
  - {name: restarts-seen, sli: {rate: {changes: begun_seconds + 0, at_most: 1/d}}}
  - {name: failovers, sli: {rate: {epoch: term, at_most: 1/d}}}
  - {name: failovers-seen, sli: {rate: {epoch: max(term), at_most: 1/d}}}
"""


def test_a_first_value_is_no_change(store: VictoriaMetrics, tmp_path: Path) -> None:
    """A gauge that appears and then changes once, with a gap or without, is one event there."""
    loaded = api.load(project=str(projects(tmp_path, CHANGING)))
    ((_, group),) = compile_bundle(loaded.bundle, Ruler.VMALERT).ledgers
    counts = {
        rule.labels["slo"]: sum(
            30 * sample.value
            for at in range(START, START + 3600, 30)
            for sample in store.query(rule.expr, at)
        )
        for rule in group.rules
        if isinstance(rule, RecordingRule) and rule.record == "slokit:bad:rate5m"
    }

    assert counts == pytest.approx(dict.fromkeys(counts, 1))
    assert len(counts) == CHANGING.count("name:")


def projects(directory: Path, spec: str) -> Path:
    """The slokit.yaml of a bundle with one spec."""
    (directory / "s.yaml").write_text(spec)
    path = directory / "slokit.yaml"
    path.write_text("bundle: sliced\nspecs: s.yaml\n")
    return path


def files_of(directory: Path, bundle: Bundle) -> list[Path]:
    """The rule files of a bundle for vmalert."""
    files = []
    for artifact in api.compile(bundle, ["vmalert"]):
        path = directory / artifact.path
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(artifact.text)
        files.append(path)
    assert len(files) > 1
    return files


def test_the_catalog_loads(tmp_path: Path) -> None:
    """The real vmalert takes the rule files of every spec that slokit ships."""
    assert check_rules(files_of(tmp_path, api.load(project=str(ROOT / "slokit.yaml")).bundle)) == ""


def kept(bundle: Bundle) -> Bundle:
    """The bundle, with alerts that keep firing for a quarter of an hour."""
    services = tuple(
        replace(
            service,
            slos=tuple(
                replace(slo, policy=replace(slo.policy, burn_alerts=alerts))
                for slo in service.slos
                for alerts in [
                    tuple(replace(a, keep_firing=Fraction(900)) for a in slo.policy.burn_alerts)
                ]
            ),
        )
        for service in bundle.services
    )
    return replace(bundle, services=services)


def test_alerts_that_keep_firing_load_in_an_old_vmalert(tmp_path: Path) -> None:
    """Version 1.79 refuses `keep_firing_for`: it is left out, unless slokit.yaml says otherwise."""
    bundle = kept(api.load(project=str(ROOT / "slokit.yaml")).bundle)
    assert "keep_firing_for" in "".join(a.text for a in api.compile(bundle, ["prometheus"]))

    plain = files_of(tmp_path / "plain", bundle)
    assert check_rules(plain) == ""
    assert "keep_firing_for" not in "".join(path.read_text() for path in plain)

    options = {"vmalert": vmalert.Options(format="rules", keep_firing_for=True)}
    newer = replace(bundle, project=replace(bundle.project, targets=options))
    files = files_of(tmp_path / "newer", newer)
    assert "keep_firing_for: 15m" in "".join(path.read_text() for path in files)
