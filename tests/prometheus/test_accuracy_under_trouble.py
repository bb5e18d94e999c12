"""Two days of trouble: the ledger against raw `increase()`, each trouble a group of one SLO.

All cases share one replay, so that they also prove that no group disturbs another.
"""

from dataclasses import dataclass

import numpy as np
import pytest

from tests.prometheus.traffic import DAY, START, by_case, counted, increase, raw_server, replayed
from tests.prometheus.traffic import recorded as counts
from tests.support.compile.compiled import compiled
from tests.support.history.history import Floats
from tests.support.history.rule_replay import RuleReplay
from tests.support.history.scrapes import Scraped

pytestmark = pytest.mark.programs("prometheus", "promtool")

STEP, DAYS, LEAD = 30, 2, 1800
END = DAYS * DAY + LEAD
RAW, WINDOW, NOW = f"{DAYS}d", "1d23h59m", f"{END}s"
# The moment, in scrapes, at which most of the troubles begin.
HALF = (LEAD + DAY) // STEP
SPEC = """
    apiVersion: slokit/v1
    service: shop
    defaults: {window: 2d, group_by: [case]}
    slos:
      - name: requests
        sli:
          events: {bad: 'http_requests_total{code="500"}', total: http_requests_total}
        objectives:
          - {name: all, objective: 99%}
          - {name: checkout, objective: 99%, match: 'path="/checkout"'}
"""
OTHER = """
    apiVersion: slokit/v1
    service: shop
    slos:
      - name: requests-all
        objective: 99.9%
        window: 2d
        group_by: [case]
        sli:
          events: {good: 'http_requests_total{code="200"}', total: http_requests_total}
"""
CASES = [
    "idle hour",
    "first error late",
    "reset of all",
    "instances come and go",
    "vanished group",
    "two SLOs",
]


@dataclass(frozen=True)
class Measured:
    """One replay and the raw counts of the same scrapes, by case."""

    replay: RuleReplay
    bad: dict[str, float]
    total: dict[str, float]
    checkout: dict[str, float]

    def events(
        self, side: str, bundle: str = "test", slo: str = "requests-all"
    ) -> dict[str, float]:
        """The recorded counts of one side over the whole window, by case."""
        samples = self.replay.samples(counts(side, WINDOW), NOW)
        return by_case(s for s in samples if (s.labels["bundle"], s.labels["slo"]) == (bundle, slo))

    def ratio(self, bundle: str = "test", slo: str = "requests-all") -> dict[str, float]:
        """Bad per total over the whole window, as recorded, by case."""
        bad, total = self.events("bad", bundle, slo), self.events("total", bundle, slo)
        return {case: bad[case] / total[case] for case in total}


def minute_traffic() -> tuple[Floats, Floats]:
    """Requests between two scrapes, and the share that fails: at night, when traffic is low."""
    scrape = np.arange(END // STEP + 1)
    hour = (scrape - LEAD // STEP) / 120 % 24
    return 40 + 400 * np.sin(np.pi * hour / 24) ** 2, np.where((hour >= 1) & (hour < 7), 0.1, 0)


def one_case(case: str) -> list[Scraped]:
    """Two instances, two codes, and the trouble that the case is called after."""
    rng = np.random.default_rng(CASES.index(case))
    requests, failing = minute_traffic()
    if case == "idle hour":
        requests[HALF : HALF + 120] = 0
    path = "/checkout" if case == "two SLOs" else "/"
    rows = [
        counted(rng, requests * share, STEP, 15 * i, case=case, path=path, instance=str(i), code=c)
        for i in range(2)
        for c, share in (("200", 1 - failing), ("500", failing))
    ]
    if case == "two SLOs":
        labels = {"case": case, "path": "/", "instance": "0"}
        rows.append(counted(rng, requests, STEP, 0, code="200", **labels))
        rows.append(counted(rng, requests / 10, STEP, 0, code="500", **labels))
    for row in rows:
        spoil(case, row)
    return rows


def spoil(case: str, row: Scraped) -> None:
    """Do to one series what its case is called after."""
    values, instance = row.values, row.labels["instance"]
    if case == "first error late" and row.labels["code"] == "500":
        values[:HALF] = np.nan
    if case == "reset of all":
        values[HALF + 300 :] -= values[HALF + 299]
    if case == "instances come and go":
        values[slice(HALF + 400, None) if instance == "0" else slice(0, HALF + 200)] = np.nan
    if case == "vanished group":
        values[HALF + 600 :] = np.nan


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Measured:
    directory = tmp_path_factory.mktemp("trouble")
    one = compiled(directory / "one", SPEC)
    two = compiled(directory / "two", OTHER, bundle="other")
    series = [row for case in CASES for row in one_case(case)]
    with raw_server(directory, series) as server:
        bad, total, failed, seen = (
            by_case(server.query(increase(selector, RAW), START + END))
            for selector in (
                'http_requests_total{code="500"}',
                "http_requests_total",
                'http_requests_total{code="500",path="/checkout"}',
                'http_requests_total{path="/checkout"}',
            )
        )
    checkout = {case: failed[case] / seen[case] for case in failed}
    replay = replayed(directory, [one, two], series)
    replay.ask(counts("bad", WINDOW), NOW).ask(counts("total", WINDOW), NOW)
    return Measured(replay, bad, total, checkout)


@pytest.mark.parametrize("case", [case for case in CASES if case != "vanished group"])
def test_each_trouble_leaves_the_ratio_that_raw_increase_gives(
    measured: Measured, case: str
) -> None:
    """Through each trouble the window's bad ratio stays that of raw `increase()`.

    Tolerance 0.1 %: promtool lets scrapes of both instances and the ledger's evaluations fall
    together, the worst case, in which an event weighs 1 within 3 %; that is 0.06 % of 2,500.
    """
    assert measured.bad[case] >= 2500
    assert measured.ratio()[case] == pytest.approx(
        measured.bad[case] / measured.total[case], rel=1e-3
    )


def test_a_vanished_group_keeps_its_budget(measured: Measured) -> None:
    """A group that vanishes in its worst hour keeps the events it had, and no more come.

    Tolerance: one minute of its last traffic. The ledger window in which it ends is averaged over
    the samples that there are, so its short rest counts as a whole one.
    """
    case = "vanished group"
    requests, failing = minute_traffic()
    last = HALF + 600
    minute = 2 * 2 * float(requests[last] * failing[last])
    over = measured.events("bad")[case] - measured.bad[case]

    assert failing[last] > 0
    assert -minute <= over <= minute
    assert measured.ratio()[case] == pytest.approx(
        measured.bad[case] / measured.total[case], rel=minute / measured.bad[case] + 1e-3
    )


def test_two_slos_on_one_metric_do_not_mix(measured: Measured) -> None:
    """A narrower SLO on the same metric has the ratio of its own series, not of all of them.

    Tolerance 0.1 %, as above; the ratios of one and both lie far apart.
    """
    narrow, wide = measured.checkout["two SLOs"], measured.ratio()["two SLOs"]

    assert measured.ratio(slo="requests-checkout")["two SLOs"] == pytest.approx(narrow, rel=1e-3)
    assert abs(wide / narrow - 1) > 0.2


@pytest.mark.parametrize("case", CASES)
def test_two_bundles_share_a_prometheus(measured: Measured, case: str) -> None:
    """A second bundle with an SLO of the same name, told by good events, has the same ratio.

    Tolerance 0.01 %: both read the same scrapes at the same moments, one as bad and one as
    total less good, and only the rounding differs.
    """
    assert measured.ratio("other")[case] == pytest.approx(measured.ratio()[case], rel=1e-4)
