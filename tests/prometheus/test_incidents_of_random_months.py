"""Incidents of random months in a real Prometheus: ten of the fifty, each a cluster of its own."""

from collections.abc import Iterator

import numpy as np
import pytest

from slokit import api
from slokit.compiler import names
from slokit.reporting.incidents import chains
from slokit.reporting.model import Chain, Report
from tests.support.compile.loaded import loaded
from tests.support.history.history import History, every, history, server_with_history
from tests.support.history.random_months import (
    BEGIN,
    END,
    FOUND,
    PATCHING,
    SETTINGS,
    SLOT,
    SPEC,
    Known,
    Month,
    random_month,
)
from tests.support.servers.prometheus_server import PrometheusServer

SEEDS = range(10)
# An alert fires so many seconds after the start of what happens across midnight.
LATE = 660
WINDOWS = BEGIN + SLOT * (np.arange((END - BEGIN) // SLOT) + 1.0)

pytestmark = pytest.mark.programs("prometheus", "promtool")


@pytest.fixture(scope="module")
def months() -> dict[str, Month]:
    """By cluster."""
    return {f"eu-{seed}": random_month(seed) for seed in SEEDS}


@pytest.fixture(scope="module")
def specs(tmp_path_factory: pytest.TempPathFactory) -> api.Loaded:
    """Errors by shard, elections and lag, with an hour of maintenance."""
    return loaded(tmp_path_factory.mktemp("months"), SPEC, **SETTINGS)


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, specs: api.Loaded, months: dict[str, Month]
) -> Iterator[PrometheusServer]:
    """A Prometheus that has recorded the ledgers of all clusters, and their alerts."""
    series = list(_ledgers(specs, months))
    with server_with_history(tmp_path_factory.mktemp("server"), series) as running:
        yield running


@pytest.fixture(scope="module")
def report(specs: api.Loaded, server: PrometheusServer) -> Report:
    """A month by the clocks of Berlin, in which they change."""
    return api.report(
        specs,
        server.url,
        at=END,
        period="2026-10",
        timezone="Europe/Berlin",
        source="recorded",
        series=0,
    )


def _ledgers(specs: api.Loaded, months: dict[str, Month]) -> Iterator[History]:
    project = specs.bundle.project
    window = project.ledger_window
    for slo in specs.slos:
        own = {"bundle": project.bundle, "service": slo.service, "slo": slo.name}
        often = every(BEGIN, END + 1, 240)
        yield history({"__name__": names.BUDGET, **own}, often, float(slo.budget))
    for cluster, month in months.items():
        for (service, name_of_slo, group), sides in month.groups.items():
            labels = {"bundle": project.bundle, "service": service, "slo": name_of_slo}
            labels |= {**dict(group), "cluster": cluster}
            for name, side in zip((names.total_events, names.bad_events), sides, strict=True):
                sums = side.reshape(-1, SLOT // 60).sum(axis=1)
                yield history({"__name__": name(window), **labels}, WINDOWS, sums)
            # a budget is known of what has data now
            rate = {"__name__": names.total_rate(window), **labels}
            yield history(rate, every(END - 3600, END + 1, 60), sides[0][-1] / 60)
            if name_of_slo == "errors":
                known = _known(month, "across midnight")
                fires = {"__name__": "ALERTS", "alertname": "SLOBudgetBurn", **labels}
                fires |= {"alertstate": "firing", "severity": "page", "alert_policy": "standard"}
                yield history(fires, every(known.start + LATE, known.end, 60), 1.0)


def _known(month: Month, shape: str) -> Known:
    return next(known for known in month.known if known.shape == shape)


def _chains(report: Report, cluster: str) -> list[Chain]:
    return [chain for chain in chains(report) if chain.cluster == {"cluster": cluster}]


def _is_exact(chain: Chain, known: Known) -> bool:
    """Start and end to five minutes, and the SLOs that were hit."""
    return (
        abs(chain.over.start - known.start) <= SLOT
        and abs(chain.over.end - known.end) <= SLOT
        and {link.row.slo for link in chain.links} == set(known.slos)
    )


def test_every_known_incident_is_found_and_nothing_else(
    report: Report, months: dict[str, Month]
) -> None:
    """Of each shape that is found at all; what is slow or short is not, as the reference says."""
    for cluster, month in months.items():
        found = _chains(report, cluster)
        wanted = [known for known in month.known if known.shape in FOUND]

        for known in wanted:
            assert any(_is_exact(chain, known) for chain in found), (cluster, known)
        for chain in found:
            assert any(_is_exact(chain, known) for known in wanted), (cluster, chain.over)


def test_alerts_are_those_that_fired_in_it(report: Report, months: dict[str, Month]) -> None:
    """Each after as long as it took, to the two ledger windows between which both lie."""
    for cluster, month in months.items():
        known = _known(month, "across midnight")
        alerted = [chain for chain in _chains(report, cluster) if chain.alerts_after]

        assert [_is_exact(chain, known) for chain in alerted] == [True]
        assert alerted[0].alerts_after.keys() == {"page"}
        assert LATE <= alerted[0].alerts_after["page"] <= LATE + 2 * SLOT


def test_incidents_and_the_background_are_what_the_server_sums(
    report: Report, server: PrometheusServer, months: dict[str, Month]
) -> None:
    """Of each group: their bad events, and their shares of the budget, by raw PromQL.

    Less what was bad in the maintenance, which only the report leaves out.
    """
    # what a maintenance has left in counters is seen for two ledger windows more
    after = PATCHING[1] + 2 * SLOT
    length, patched = END - BEGIN, after - PATCHING[0]
    for row in report.rows:
        labels = {"service": row.service, "slo": row.slo, **row.group}
        selector = ",".join(f'{name}="{value}"' for name, value in labels.items())
        bad, total = (f"slokit:{side}:events5m{{{selector}}}" for side in ("bad", "total"))
        whole = server.value(f"sum(sum_over_time({bad}[{length - 1}s]))", END)
        planned = server.value(f"sum(sum_over_time({bad}[{patched - 1}s]))", after)
        allowed = server.value(f"sum(sum_over_time({total}[30d]))", END) * (row.budget or 0.0)
        parts = [each.bad for each in row.incidents]

        assert row.background is not None
        assert sum(parts) + row.background == pytest.approx(row.period_measure.bad)
        assert row.period_measure.bad == pytest.approx(whole - planned)
        shares = sum(each.budget_share or 0.0 for each in row.incidents)
        assert shares == pytest.approx(sum(parts) / allowed, rel=0.01)
    assert len(report.rows) == 7 * len(months)
