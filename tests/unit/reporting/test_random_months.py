"""Incidents of fifty random months against what the generator knows, shape by shape.

The months are ledger windows made by arithmetic, judged as a server's are.
docs/reference/incidents.md has the figures, and names what is missed.
"""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from slokit.api import Loaded
from slokit.reporting.evidence import Evidence, FastWindow, Key, Observed
from slokit.reporting.incidents import chains
from slokit.reporting.judge import judge
from slokit.reporting.model import Chain, Counts, Report, TimeRange
from slokit.reporting.plan import QueryPlan, plan_report
from slokit.reporting.plan.query import FAST_BURN
from slokit.reporting.plan.request import request_about
from tests.support.compile.loaded import loaded
from tests.support.history.random_months import (
    BEGIN,
    END,
    FOUND,
    MINUTES,
    MISSED,
    MONTHS,
    PATCHING,
    SETTINGS,
    SLOT,
    SPEC,
    Floats,
    Known,
    Month,
    key_of,
    random_month,
)

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "incidents.md"


def _evidence(plan: QueryPlan, key: Key, total: Floats, bad: Floats, at: float) -> Evidence:
    """What a ledger would say about minutes: sums of ledger windows, and those that burned fast."""
    (slo,) = [slo for slo in plan.request.slos if slo.name == key[1]]
    totals, bads = (side.reshape(-1, SLOT // 60).sum(axis=1) for side in (total, bad))
    ends = BEGIN + SLOT * (np.arange(len(totals)) + 1)

    def counted(over: TimeRange) -> Counts:
        inside = (ends > over.start) & (ends <= over.end)
        return Counts(float(totals[inside].sum()), float(bads[inside].sum()), int(inside.sum()))

    burn = bads / totals / float(slo.budget)
    over = plan.request.window(slo)
    return Evidence(
        source="recorded",
        counts={each: counted(each) for each in (over, plan.request.period)},
        burn={},
        total_now=float(totals[-1]),
        fast_windows=tuple(
            FastWindow(float(ends[n]), float(bads[n]), float(burn[n]))
            for n in np.nonzero(burn > FAST_BURN)[0]
        ),
        begun=frozenset([over]),
        left_out=tuple((each.over, counted(each.over)) for each in plan.left_out),
    )


def _judged(specs: Loaded, month: Month) -> Report:
    request = request_about(
        specs.bundle, specs.bundle.slos, END, period="2026-10", timezone="Europe/Berlin"
    )
    plan = plan_report(request)
    assert request.period == TimeRange(BEGIN, END)
    found = {key: _evidence(plan, key, *sides, END) for key, sides in month.groups.items()}
    return judge(plan, Observed(found))


@pytest.fixture(scope="module")
def months(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Month, Report]]:
    """All months, with their reports."""
    specs = loaded(tmp_path_factory.mktemp("months"), SPEC, **SETTINGS)
    made = [random_month(seed) for seed in range(MONTHS)]
    return [(month, _judged(specs, month)) for month in made]


def _touches(chain: Chain, known: Known) -> bool:
    return chain.over.start < known.end + SLOT and chain.over.end > known.start - SLOT


def _is_exact(chain: Chain, known: Known) -> bool:
    """Start and end to five minutes, and all SLOs that were hit, in their order."""
    return (
        abs(chain.over.start - known.start) <= SLOT
        and abs(chain.over.end - known.end) <= SLOT
        and tuple(link.row.slo for link in chain.links) == known.slos
    )


def _figures(months: Sequence[tuple[Month, Report]]) -> list[str]:
    """By shape: how many there were, recall and precision; then what was reported of nothing."""
    rows = []
    reported = [(month, chains(report)) for month, report in months]
    for shape in (*FOUND, *MISSED):
        pairs = [(k, found) for m, found in reported for k in m.known if k.shape == shape]
        exact = sum(any(_is_exact(chain, k) for chain in found) for k, found in pairs)
        touching = sum(_touches(chain, k) for k, found in pairs for chain in found)
        precision = f"{exact / touching:.0%}" if touching else "–"
        rows.append(f"| {shape} | {len(pairs)} | {exact / len(pairs):.0%} | {precision} |")
    return rows


def test_incidents_of_random_months_are_found(months: list[tuple[Month, Report]]) -> None:
    """Recall and precision by shape are those of the page; nothing else is reported."""
    false = [
        chain
        for month, report in months
        for chain in chains(report)
        if not any(_touches(chain, known) for known in month.known)
    ]

    assert re.findall(r"^\| [a-z ]+ \| \d.*$", PAGE.read_text(), re.MULTILINE) == _figures(months)
    assert false == []


def test_what_is_missed_is_missed_on_purpose(months: list[tuple[Month, Report]]) -> None:
    """All shapes but the slow and the short one are found; of most chains the order as well.

    Where an election and errors begin in one ledger window, which was first is not known.
    """
    for row in _figures(months):
        shape, recall = row.split(" | ")[0].removeprefix("| "), row.split(" | ")[2]
        least = 85 if shape == "chain" else 95
        assert (int(recall.rstrip("%")) >= least) is (shape in FOUND), row


def test_one_group_of_five_is_named(months: list[tuple[Month, Report]]) -> None:
    """Where one shard failed one group is hit, where all did all five are."""
    for month, report in months:
        for known in month.known:
            for chain in chains(report):
                if known.shape in ("one group of five", "all groups") and _is_exact(chain, known):
                    hit = len(chain.links[0].incident.groups)
                    assert hit == (1 if known.shape == "one group of five" else 5)


def test_what_goes_on_is_said_to(months: list[tuple[Month, Report]]) -> None:
    """Only of the incident that had not ended."""
    for month, report in months:
        going = [chain for chain in chains(report) if chain.is_ongoing]
        (known,) = [known for known in month.known if known.shape == "still going on"]

        assert len(going) == 1
        assert _touches(going[0], known)


def test_shares_of_incidents_and_the_background_are_the_whole(
    months: list[tuple[Month, Report]],
) -> None:
    """Of every group: bad events of incidents and of all other time are those of the month."""
    for month, report in months:
        for row in report.rows:
            key = key_of(row.slo, **row.group)
            assert row.background is not None
            parts = [each.bad for each in row.incidents]
            _, bad = month.groups[key]
            minutes = BEGIN + 60 * (np.arange(MINUTES) + 1)
            inside = (minutes > PATCHING[0]) & (minutes <= PATCHING[1] + 2 * SLOT)

            assert sum(parts) + row.background == pytest.approx(row.period_measure.bad)
            assert row.period_measure.bad == pytest.approx(bad.sum() - bad[inside].sum())
            allowed = row.window_measure.budget_allowed
            assert allowed
            shares = [each.budget_share or 0.0 for each in row.incidents]
            assert sum(shares) == pytest.approx(sum(parts) / allowed)
