"""The demo's month for tests: the report, the truth of the simulation, and a server to ask."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from slokit import api
from slokit.demo.month import report as demo_report
from slokit.demo.month.incidents import Calendar, calendar_of
from slokit.demo.month.report import simulate
from slokit.demo.month.simulated import DAY, Key, Simulated, Timeline, Truth
from slokit.demo.processes import Children
from slokit.reporting import ReportRequest, build_report
from slokit.reporting.formats import FORMATS
from slokit.text.format import format_named
from tests.support.history.samples import Sample, decode_instant
from tests.support.servers.process import loopback_session

AT = 1_767_225_600
DAYS = 4
WINDOW = DAYS * DAY
_PERIODS = {"h": 3600, "d": DAY}


@dataclass(frozen=True)
class TheMonth:
    """A month that Prometheus holds, with all that is known about it."""

    made: demo_report.Month
    simulated: Simulated
    calendar: Calendar
    timeline: Timeline
    rows: dict[Key, dict[str, Any]]

    @property
    def url(self) -> str:
        """Where its Prometheus answers."""
        return self.made.prometheus.url

    def truth(self, key: Key) -> Truth:
        """What happened to a group of an SLO."""
        return self.simulated.truth[key]

    def query(self, expr: str, at: float = AT) -> list[Sample]:
        """The samples of an instant query, asked without slokit's client."""
        answer = loopback_session().post(
            f"{self.url}/api/v1/query", data={"query": expr, "time": f"{at:.3f}"}, timeout=120
        )
        body = answer.json()
        assert body["status"] == "success", body
        return decode_instant(body["data"])

    def value(self, expr: str, at: float = AT) -> float:
        """The value of a query with one sample; 0 where there is none."""
        found = self.query(expr, at)
        assert len(found) <= 1, found
        return found[0].value if found else 0.0

    def report(self, origin: str, project: Path | None = None) -> dict[str, Any]:
        """Another report about the month, as JSON."""
        file = (project or self.made.project) / "slokit.yaml"
        bundle = api.load(project=str(file)).bundle
        with self.made.prometheus.client() as client:
            asked = ReportRequest(bundle, bundle.slos, AT, WINDOW, origin)
            return as_json(build_report(asked, client))


@contextmanager
def the_month(directory: Path) -> Iterator[TheMonth]:
    """Make the month of the demo, as `slokit demo` does, with a shorter month."""
    timeline, children = Timeline(AT, DAYS), Children(directory)
    try:
        made = demo_report.prepare(timeline, directory / "month", children, lambda text: None)
        calendar = calendar_of(timeline)
        rows = by_key(json.loads((made.project / "report.json").read_text()))
        yield TheMonth(made, simulate(timeline, calendar), calendar, timeline, rows)
    finally:
        children.close()


def as_json(report: Any) -> dict[str, Any]:
    """A report as other programs read it."""
    return dict(json.loads(format_named("json", FORMATS).render(report, 100)))


def by_key(report: dict[str, Any]) -> dict[Key, dict[str, Any]]:
    """The rows of a report by service, SLO and group."""
    return {
        (row["service"], row["slo"], tuple(sorted(row["group"].items()))): row
        for row in report["rows"]
    }


def budget(objective: str) -> Fraction:
    """Bad per total that an objective allows: of "99.9%" a thousandth, of "2/1d" per second."""
    if objective.endswith("%"):
        return 1 - Fraction(objective.removesuffix("%")) / 100
    events, _, period = objective.partition("/")
    return Fraction(events) / (int(period[:-1]) * _PERIODS[period[-1]])
