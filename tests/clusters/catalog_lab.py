"""A spec of the catalog on the real system that it is about, in fast motion."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from slokit.compiler import names
from tests.support.command import slokit
from tests.support.compile.compiled import compiled
from tests.support.servers.prometheus_server import PrometheusServer, ScrapeJob

SCRAPE, LEDGER = 1, 5
CATALOG = Path(__file__).parents[2] / "slo-specs"


@dataclass(frozen=True)
class CatalogLab:
    """The Prometheus that scrapes the system every second, and the bundle's directory."""

    prometheus: PrometheusServer
    directory: Path

    def goes_bad(self, slo: str) -> None:
        """Wait until something of an SLO is bad."""
        self.prometheus.wait_for(f'slokit:bad:rate{LEDGER}s{{slo="{slo}"}} > 0')

    def recovers(self, slo: str) -> None:
        """Wait until nothing of an SLO is bad."""
        self.prometheus.wait_for(f'sum(slokit:bad:rate{LEDGER}s{{slo="{slo}"}}) == 0')

    def counted(self, slo: str, side: str = "bad", until: float = 0) -> float:
        """What the ledger has of an SLO, over all groups, once it reaches a moment."""
        name = {"bad": names.bad_events, "total": names.total_events}[side](Fraction(LEDGER))
        of = f'{name}{{slo="{slo}"}}'
        self.prometheus.wait_for(of)
        if until:
            self.prometheus.wait_for(f"max(timestamp({of})) > {until + LEDGER + 2 * SCRAPE}")
        return self.prometheus.value(f"sum(sum_over_time({of}[1h]))")

    def unseen(self, instance: str) -> float:
        """How many looks at an instance, and how many of the rules, failed or were left out."""
        (up,) = self.prometheus.raw_points(f'up{{instance="{instance}"}}[1h]')
        (first, _), (last, _) = up.points[0], up.points[-1]
        scrapes = (last - first) / SCRAPE + 1 - sum(value for _, value in up.points)
        return scrapes + self.prometheus.missed_evaluations()

    def without_ledger(self) -> set[str]:
        """The SLOs that have no total."""
        slos = {one.labels["slo"] for one in self.prometheus.query("slokit:info")}
        totals = self.prometheus.query(f"slokit:total:rate{LEDGER}s")
        return slos - {one.labels["slo"] for one in totals}

    def missing(self) -> list[str]:
        """What the live check says that is missing: the messages of its errors."""
        options = ["--prometheus", self.prometheus.url, "--format", "json"]
        findings = json.loads(slokit(self.directory, "check", *options).out)["findings"]
        return [one["message"] for one in findings if one["severity"] == "error"]


@contextmanager
def catalog_lab(
    directory: Path, spec: str, scrape: Sequence[ScrapeJob], **server: str
) -> Iterator[CatalogLab]:
    """A lab for one spec of the catalog."""
    timing = {
        "interval": f"{SCRAPE}s",
        "scrape_interval": f"{SCRAPE}s",
        "ledger_window": f"{LEDGER}s",
    }
    rules = compiled(directory / "bundle", CATALOG / f"{spec}.yaml", **timing)
    prometheus = PrometheusServer(
        directory / "prometheus", scrape=scrape, rule_files=rules.files, **server
    )
    with prometheus:
        yield CatalogLab(prometheus, directory / "bundle")
