"""The plan of a report: which queries, about which times, and what each is for."""

import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import cast

import pytest

from slokit import api
from slokit.diagnostics.errors import UsageError
from slokit.prometheus.errors import QueryRejectedError
from slokit.prometheus.types import MetricsSource, Sample
from slokit.promql.reading import read
from slokit.reporting.model import TimeRange
from slokit.reporting.plan import QueryPlan
from slokit.reporting.plan.beginnings import plan_beginnings
from slokit.reporting.plan.query import stretches_of
from slokit.reporting.plan.recorded import MOST_SLO_DAYS
from slokit.reporting.read.beginnings import _answers
from tests.support.compile.loaded import loaded

AT = 1_767_225_600.0
DAY, SLOT = 86_400.0, 300.0
HEAD = "apiVersion: slokit/v1\nservice: shop\nslos:\n"
SLO = """\
  - name: {name}
    objective: 99%
    window: {window}
    sli: {{events: {{bad: '{bad}', total: requests_total}}}}
"""


def plan(
    directory: Path, *windows: str, source: str = "auto", period: str = "7d", bad: str = "bad_total"
) -> QueryPlan:
    """The plan for one SLO of each window."""
    slos = [SLO.format(name=f"slo-{n}", window=w, bad=bad) for n, w in enumerate(windows)]
    specs = loaded(directory, HEAD + "".join(slos))
    return api.plan_report(specs, at=AT, period=period, source=source)


def test_the_ledger_costs_the_same_for_any_number_of_slos(tmp_path: Path) -> None:
    """One query for each window and for the period, and a constant number of others."""
    one = plan(tmp_path, "30d", source="recorded")
    many = plan(tmp_path, *["30d"] * 20, source="recorded")
    mixed = plan(tmp_path, "30d", "90d", "7d", source="recorded")

    assert list(many.queries()) == list(one.queries())
    assert len(list(mixed.queries())) == len(list(one.queries())) + 1


@pytest.mark.parametrize("slos", [20, 10_000])
def test_each_count_is_read_once(slos: int) -> None:
    """However windows and periods overlap, and in few pieces where there are many SLOs."""
    ranges = [TimeRange(AT - days * DAY, AT) for days in (30, 7, 28, 90.5)]
    ranges.append(TimeRange(AT - 14 * DAY, AT - 7 * DAY))
    most = MOST_SLO_DAYS * DAY / slos
    found = stretches_of({over: over for over in ranges}, most)

    for over, parts in found.items():
        assert parts[0].start == over.start
        assert parts[-1].end == over.end
        assert all(one.end == two.start for one, two in pairwise(parts))
        assert all(part.seconds <= most for part in parts)
    whole = {part for parts in found.values() for part in parts}
    assert sum(part.seconds for part in whole) == 90.5 * DAY
    assert len(whole) == (5 if slos == 20 else 19)


def test_each_source_has_its_own_queries(tmp_path: Path) -> None:
    """Recorded and raw share the query about added labels alone, and auto has both.

    And one about the parts of a window that a ledger covers.
    """
    recorded, raw, auto = (
        [query.promql for query in plan(tmp_path, "30d", source=source).queries()]
        for source in ("recorded", "raw", "auto")
    )

    assert raw[0] == recorded[0]
    assert "slokit:budget:ratio" in raw.pop(0)
    assert auto[: len(recorded)] == recorded
    assert "[5h59m59s999ms]" in auto.pop(len(recorded))
    assert auto == recorded + raw
    assert "count without (bundle, service, slo) (slokit:budget:ratio)" in raw.pop(0)
    assert raw.pop(0) == "topk(1, last_over_time(up[1h]))"
    assert not [promql for promql in recorded if "requests_total" in promql]
    assert all("requests_total" in promql for promql in raw)


def test_raw_history_is_a_condition_of_auto_alone(tmp_path: Path) -> None:
    """Where both may be read, raw history waits for a ledger that is too short."""
    raw = [query.condition for query in plan(tmp_path, "30d", source="raw").queries()][3:]
    auto = [query.condition for query in plan(tmp_path, "30d").queries()][-len(raw) :]

    # what was before a series is asked where a look has seen it late, from either source
    late = "a series was seen late; up to where it may begin, such as half of the time"
    own = "the ledger does not cover the window"
    assert set(raw) == {"", late}
    assert set(auto) == {own, f"{own}; {late}"}


@pytest.mark.parametrize(("window", "period"), [("30d", "7d"), ("3d", "8d"), ("2d", "1h")])
def test_the_parts_of_raw_history_hold_each_ledger_window_once(
    tmp_path: Path, window: str, period: str
) -> None:
    """From the end back over the longer one of window and period, none left out and none twice."""
    made = plan(tmp_path, window, source="raw", period=period)
    whole = max(made.raw[0].window.seconds, made.request.period_seconds)
    ends = Counter(
        query.over.start + n * query.step
        for query in made.raw[0].queries(needs_gap=False)
        for n in range(int(query.over.seconds // query.step) + 1)
    )

    assert set(ends.values()) == {1}
    assert sorted(ends) == [AT - n * SLOT for n in range(int(whole // SLOT))][::-1]


def test_every_query_is_promql_with_a_purpose(tmp_path: Path) -> None:
    """Each of them can be pasted into Prometheus as it stands."""
    for query in plan(tmp_path, "30d", "90d").queries():
        assert read(query.promql).type == "vector"
        assert query.purpose
        assert query.over.start <= query.over.end <= AT


def test_a_plan_is_text_to_paste(tmp_path: Path) -> None:
    """Each query stands once, below what it is for and when it is sent."""
    text = str(plan(tmp_path, "30d"))
    blocks = text.split("\n\n")

    assert blocks[0] == (
        "# The queries of a report on 1 SLO of test, at 2026-01-01T00:00:00Z, over 7d."
    )
    assert "# burn rates\n# at 2026-01-01T00:00:00Z\n" in text
    assert (
        "# shop/slo-0: total and bad events of each ledger window\n"
        "# every 5m from 2025-12-02T00:05:00Z to 2026-01-01T00:00:00Z\n"
        "# only if the ledger does not cover the window\n"
    ) in text
    assert text.count("total and bad events of each ledger window") == 1
    for block in blocks[1:]:
        promql = "\n".join(line for line in block.split("\n") if not line.startswith("#"))
        assert read(promql).type == "vector"


def test_text_of_users_cannot_steer_the_terminal(tmp_path: Path) -> None:
    """What a spec holds is spelled out."""
    text = str(plan(tmp_path, "30d", bad='bad_total{path="\N{RIGHT-TO-LEFT OVERRIDE}"}'))

    assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in text
    assert "<U+202E>" in text


def test_a_source_that_does_not_exist(tmp_path: Path) -> None:
    """It is refused, with those that do."""
    with pytest.raises(UsageError, match="no such source 'x': choose auto, recorded or raw"):
        plan(tmp_path, "30d", source="x")


def test_alerts_are_found_under_any_name_and_labels(tmp_path: Path) -> None:
    """All burn alerts of the bundle; what they carry is no part of their group."""
    spec = HEAD + SLO.format(name="a", window="30d", bad="bad_total")
    spec += "    alert_name: ShopErrors\n    routing: {team: shop}\n"
    spec += SLO.format(name="b", window="30d", bad="bad_total")
    alerts = {
        "severities": {"page": {"labels": {"pager": "yes"}}},
        "labels": {"page": ["owner"], "ticket": ["tier"]},
        "annotations": ["note"],
    }
    made = api.plan_report(loaded(tmp_path, spec, alerts=alerts), at=AT).recorded

    assert made is not None
    assert made.alerts_firing.promql == (
        'ALERTS{alertstate="firing",bundle="test",alertname=~"SLOBudgetBurn|ShopErrors"}'
    )
    assert {"severity", "alert_policy", "owner", "tier", "pager", "team"} <= made.alert_labels
    assert "note" not in made.alert_labels


def test_a_refused_look_concerns_its_own_selectors_alone() -> None:
    """Where one query is refused, what the others ask has its answers."""

    class Picky:
        def instant(self, query: str, at: float) -> list[Sample]:
            if "bad_total" in query:
                raise QueryRejectedError("http://localhost", "refuses it", "")
            numbers = re.findall(r'"side", "(\d+)"', query)
            return [Sample({"side": number}, at, at) for number in numbers]

    long = [f"{name}_total{{path='{'x' * 6_000}'}}" for name in ("a", "bad", "c", "d")]
    looks = plan_beginnings(long, 0, 30 * DAY)
    with ThreadPoolExecutor(1) as pool:
        found, refused = _answers(looks, cast("MetricsSource", Picky()), pool)

    assert (set(found), refused) == ({0, 2, 3}, {1})
