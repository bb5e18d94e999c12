"""First values of counters with `starts_at_zero`: what is counted, and what only looks like it.

Each history stands for something that happens to targets. It is counted from events and from a
histogram, in groups and without, by the rules and by a report on raw history.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from textwrap import indent

import numpy as np
import pytest
from typer.testing import CliRunner

from slokit.cli.app import app
from tests.prometheus.traffic import START
from tests.support.compile.compiled import compiled, keeping
from tests.support.history.history import Floats, server_with_history
from tests.support.history.rule_replay import RuleReplay
from tests.support.history.scrapes import Scraped, promtool_input, scraped

pytestmark = pytest.mark.programs("prometheus", "promtool")

STEP, SCRAPES = 30, 161
HALF, END = SCRAPES // 2, (SCRAPES - 1) * STEP
RECORDS = ("slokit:total:rate5m", "slokit:bad:rate5m", "slokit:info")
REQUESTS, LATENCY = "requests_total", "request_seconds"
GOOD, BAD = (f'{REQUESTS}{{code="{code}"}}' for code in ("200", "500"))
WAYS = {
    "bad-total": f"events: {{bad: '{BAD}', total: {REQUESTS}, starts_at_zero: true}}",
    "good-total": f"events: {{good: '{GOOD}', total: {REQUESTS}, starts_at_zero: true}}",
    "good-bad": f"events: {{good: '{GOOD}', bad: '{BAD}', starts_at_zero: true}}",
    "latency": f"latency: {{histogram: {LATENCY}, at_most: 300ms, starts_at_zero: true}}",
}
HEAD = "apiVersion: slokit/v1\nservice: shop\ndefaults: {window: 1d, alert_policy: none}\n"
NAN = np.nan

# instance, code and further labels of a series, and its values from scrape to scrape
Rows = list[tuple[str, str, dict[str, str], Floats]]


@dataclass(frozen=True)
class Life:
    """What happens to the targets, and how many of their failures are to be counted.

    Prometheus marks the ends of series so many scrapes ``late``. Where ``is_noticed`` is false it
    does not, and they stay in view for five minutes.
    """

    rows: Rows
    failed: float
    is_noticed: bool = True
    late: int = 0


def served(first: float = 9000.0, per_scrape: float = 10.0) -> Floats:
    return first + per_scrape * np.arange(SCRAPES, dtype=np.float64)


def level(value: float) -> Floats:
    return np.full(SCRAPES, value)


def since(scrape: int, values: Floats) -> Floats:
    """Without a sample before."""
    return np.where(np.arange(SCRAPES) >= scrape, values, NAN)


def until(scrape: int, values: Floats) -> Floats:
    """Without a sample from then on."""
    return np.where(np.arange(SCRAPES) < scrape, values, NAN)


def pod(name: str = "a", failed: float = 700.0) -> Rows:
    """A pod that fails no more: whatever is counted is made up."""
    return [(name, "200", {}, served()), (name, "500", {}, level(failed))]


def edited(rows: Rows, change: Callable[[Floats], Floats], **labels: str) -> Rows:
    return [(name, code, {**own, **labels}, change(v)) for name, code, own, v in rows]


def relabelled(*, is_noticed: bool = True, late: int = 0) -> Life:
    """All series of a pod get another label at one moment, and count on."""
    old = edited(pod(), lambda v: until(HALF, v), version="1")
    new = edited(pod(), lambda v: since(HALF, v), version="2")
    return Life([*old, *new], 0, is_noticed, late)


def gap(scrapes: int, *, is_noticed: bool) -> Life:
    def change(values: Floats) -> Floats:
        values = values.copy()
        values[HALF : HALF + scrapes] = NAN
        return values

    return Life(edited(pod(), change), 0, is_noticed=is_noticed)


def restarted() -> Life:
    """The process begins anew: its error counter is there again from its first error on."""
    good, bad = served(), level(700.0)
    good[HALF:] -= good[HALF] - 3
    bad[HALF : HALF + 30] = NAN
    bad[HALF + 30 :] = 2
    return Life([("a", "200", {}, good), ("a", "500", {}, bad)], 2)


def at_zero() -> Life:
    zero = since(HALF, np.where(np.arange(SCRAPES) < HALF + 4, 0.0, 3.0))
    return Life([("a", "200", {}, served()), ("a", "500", {}, zero)], 3)


def routes() -> Life:
    """Twelve routes, each with a first error, and one of them with a second one."""
    born = [
        ("a", "500", {"route": str(n)}, since(30 + 7 * n, level(1.0 if n else 2.0)))
        for n in range(12)
    ]
    return Life([*pod(), *born], 13)


LIVES: dict[str, Life] = {
    "first errors of routes": routes(),
    "a process restarts": restarted(),
    "a client that begins at zero": at_zero(),
    "a new pod": Life([*pod(), *edited(pod("b"), lambda v: since(HALF, v))], 0),
    "all series get another label": relabelled(),
    # after a change of its own configuration Prometheus waits for two more scrapes
    "another label, noticed late": relabelled(late=3),
    "another label, not noticed": relabelled(is_noticed=False),
    "twelve minutes without a scrape": gap(24, is_noticed=True),
    "twelve minutes of a Prometheus that is down": gap(24, is_noticed=False),
    "seven minutes of a Prometheus that is down": gap(14, is_noticed=False),
    "an exporter restarts": gap(3, is_noticed=True),
    "one scrape fails": gap(1, is_noticed=True),
}


def series(case: str, life: Life) -> list[Scraped]:
    """The counters of a life, and a histogram in which the failed requests are slow."""
    made = []
    for name, code, more, values in life.rows:
        labels = {"job": "shop", "case": case, "instance": f"{case} {name}", "code": code, **more}
        fast = values if code == "200" else 0 * values
        for metric, le, seen in (
            (REQUESTS, "", values),
            (f"{LATENCY}_count", "", values),
            (f"{LATENCY}_bucket", "0.3", fast),
            (f"{LATENCY}_bucket", "+Inf", values),
        ):
            own = {"__name__": metric, **labels, **({"le": le} if le else {})}
            made.append(scraped(own, seen, STEP, stale=life.is_noticed))
    return made


def replayed(case: str, life: Life) -> dict[str, str]:
    """The scrapes in promtool's notation, the ends of series as late as they are marked."""
    marked, late = f"stale{life.late * ' _'}", f"{life.late * '_ '}stale"
    rows = promtool_input(series(case, life), STEP)
    return {name: notation.replace(marked, late) for name, notation in rows.items()}


def spec() -> str:
    """Each way of counting, in groups and without."""
    slos = [
        f"- {{name: {way}{name}, objective: 99%, group_by: {group_by}, sli: {{{sli}}}}}"
        for way, sli in WAYS.items()
        for name, group_by in (("", "[case]"), ("-all", "[]"))
    ]
    body = indent("\n".join(slos), "  ")
    return f"{HEAD}slos:\n{body}\n"


Counts = dict[tuple[str, str], float]


@pytest.fixture(scope="module")
def by_rules(tmp_path_factory: pytest.TempPathFactory) -> Counts:
    """Bad events that the rules count, by SLO and case; without groups the case is empty."""
    directory = tmp_path_factory.mktemp("births")
    files = [keeping(path, RECORDS) for path in compiled(directory / "c", spec()).files]
    inputs = {k: v for case, life in LIVES.items() for k, v in replayed(case, life).items()}
    replay = RuleReplay(directory / "r", files, inputs, f"{STEP}s")
    # thirty seconds of each evaluation: their sum is what was counted in all of the time
    found = replay.samples(f"sum_over_time(slokit:bad:rate5m[{END}s]) * {STEP}", f"{END}s")
    return {(s.labels["slo"], s.labels.get("case", "")): s.value for s in found}


@pytest.fixture(scope="module")
def by_report(tmp_path_factory: pytest.TempPathFactory) -> Counts:
    """The same from raw history, in which no end of a series is marked."""
    directory: Path = tmp_path_factory.mktemp("raw")
    compiled(directory / "c", spec())
    rows = [row.history(START) for case, life in LIVES.items() for row in series(case, life)]
    with server_with_history(directory / "s", rows) as server:
        asked = ["report", "--project", str(directory / "c" / "slokit.yaml"), "--source", "raw"]
        asked += ["--prometheus", server.url, "--at", str(START + END), "--format", "json"]
        ran = CliRunner().invoke(app, asked)
        assert ran.exit_code == 0, ran.output
    return {
        (row["slo"], row["group"].get("case", "")): row["window_measure"]["bad"]
        for row in json.loads(ran.stdout)["rows"]
    }


@pytest.mark.parametrize("case", LIVES)
@pytest.mark.parametrize("way", WAYS)
def test_rules_count_what_was_born(by_rules: Counts, way: str, case: str) -> None:
    """First values of counters on known targets are events; what else appears is none."""
    assert by_rules[way, case] == pytest.approx(LIVES[case].failed, abs=1e-6)


@pytest.mark.parametrize("case", LIVES)
@pytest.mark.parametrize("way", WAYS)
def test_reports_count_what_was_born(by_report: Counts, way: str, case: str) -> None:
    """So does a report on raw history."""
    assert by_report[way, case] == pytest.approx(LIVES[case].failed, abs=1e-6)


@pytest.mark.parametrize("way", WAYS)
def test_without_groups_all_of_it_is_counted(by_rules: Counts, by_report: Counts, way: str) -> None:
    """One target's odd life never hides another's errors, nor makes any."""
    truth = sum(life.failed for life in LIVES.values())

    assert by_rules[f"{way}-all", ""] == pytest.approx(truth, abs=1e-6)
    assert by_report[f"{way}-all", ""] == pytest.approx(truth, abs=1e-6)
