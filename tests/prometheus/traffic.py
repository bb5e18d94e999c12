"""Request counters of instances, scraped at phases of their own, out of expected rates."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from tests.support.compile.compiled import Compiled, keeping
from tests.support.history.history import Floats, server_with_history
from tests.support.history.rule_replay import RuleReplay
from tests.support.history.samples import Sample
from tests.support.history.scrapes import Scraped, promtool_input, scraped
from tests.support.servers.prometheus_server import PrometheusServer

# A multiple of every step in use, so that a replay's time 0 keeps its phase in the real server.
START = 1_699_920_000.0
DAY = 86_400
GRID = 15
LEDGER = (
    "slokit:total:rate5m",
    "slokit:bad:rate5m",
    "slokit:total:events5m",
    "slokit:bad:events5m",
)
# what some SLIs record before their total
SUPPORTING = ("slokit:failed:rate5m", "slokit:slow:rate5m")


def counted(
    rng: np.random.Generator, per_scrape: Floats, interval: int, phase: int, **labels: str
) -> Scraped:
    """`http_requests_total` of one instance: Poisson events of these means between scrapes."""
    values = np.cumsum(rng.poisson(per_scrape)).astype(np.float64)
    return scraped({"__name__": "http_requests_total", **labels}, values, interval, phase)


def replayed(directory: Path, made: Sequence[Compiled], series: list[Scraped]) -> RuleReplay:
    """The ledger and its counts of these bundles, as promtool's rule manager records them."""
    files = [keeping(path, LEDGER) for one in made for path in one.files]
    step = f"{series[0].interval}s"
    inputs = promtool_input(series, GRID)
    return RuleReplay(directory / "replay", files, inputs, f"{GRID}s", evaluation_interval=step)


def raw_server(directory: Path, series: Sequence[Scraped]) -> PrometheusServer:
    """A real Prometheus, not started yet, that holds the same scrapes from START on."""
    return server_with_history(directory / "raw", [row.history(START) for row in series])


def by_case(samples: Iterable[Sample]) -> dict[str, float]:
    """The values of an answer by the label `case`."""
    return {sample.labels["case"]: sample.value for sample in samples}


def recorded(side: str, window: str) -> str:
    """The counts of one side over a window, less the minute that keeps its slots the same."""
    return f"sum_over_time(slokit:{side}:events5m[{window}])"


def increase(selector: str, window: str) -> str:
    """Raw events of a window, in the words that a person would type."""
    return f"sum by (case) (increase({selector}[{window}]))"
