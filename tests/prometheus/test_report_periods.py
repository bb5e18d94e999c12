"""Reports of weeks, months and ranges: every number against a ledger written by hand."""

import json
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from slokit import api
from slokit.compiler import names
from slokit.reporting.model import Report
from tests.prometheus.recorded_ledger import Ledger
from tests.support.command_here import slokit
from tests.support.compile.loaded import written
from tests.support.history.history import server_with_history
from tests.support.servers.prometheus_server import PrometheusServer

DAY, HOUR = 86_400.0, 3600.0
# Monday of 2026-W02 in UTC, and in Berlin an hour before.
MONDAY = 1_767_571_200.0
AT = MONDAY + 3 * DAY
OUTAGE = (MONDAY - 5 * DAY, MONDAY - 5 * DAY + 4 * HOUR)
SETTINGS = {
    "bundle": "shop",
    "maintenance": [
        {
            "name": "nothing",
            "reason": "No length",
            "services": ["edge"],
            "applies": ["report"],
            "from": "2026-01-02T00:00:00Z",
            "to": "2026-01-02T00:00:00Z",
        }
    ],
}
SPEC = """\
apiVersion: slokit/v1
service: edge
defaults: {window: 30d, group_by: [shard]}
slos:
  - {name: one, objective: 99%, sli: {events: {bad: errors_total, total: requests_total}}}
"""

pytestmark = pytest.mark.programs("prometheus", "promtool")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One service of two shards, and a maintenance without length."""
    return written(tmp_path_factory.mktemp("project"), SPEC, **SETTINGS)


@pytest.fixture(scope="module")
def ledgers(project: Path) -> list[Ledger]:
    """Shard a has an outage of four hours in 2026-W01; shard b is always a bit bad."""
    settings = api.load(project=str(project)).bundle.project
    start = AT - 40 * DAY
    return [
        Ledger(settings, start, AT, 100.0, 40.0, OUTAGE, labels={"shard": "a"}),
        Ledger(settings, start, AT, 50.0, 0.5, labels={"shard": "b"}),
    ]


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, ledgers: list[Ledger]
) -> Iterator[PrometheusServer]:
    """A Prometheus that holds these ledgers."""
    every = [each for ledger in ledgers for each in ledger.series()]
    once = {tuple(sorted(each.labels.items())): each for each in reversed(every)}
    with server_with_history(tmp_path_factory.mktemp("periods"), list(once.values())) as running:
        yield running


def _report(
    project: Path, server: PrometheusServer, period: str, compare: str = "", zone: str = "UTC"
) -> Report:
    return api.report(
        api.load(project=str(project)),
        server.url,
        at=AT,
        period=period,
        compare=compare,
        timezone=zone,
        source="recorded",
        series=0,
    )


def _counted(ledger: Ledger, start: float, end: float) -> tuple[float, float]:
    """The total and the bad of a time range, by plain arithmetic."""
    ends = [moment for moment in ledger.slots() if start < moment <= end]
    begin, until = ledger.between or (ledger.start, ledger.end)
    bad = sum(ledger.bad for moment in ends if begin < moment <= until)
    return ledger.total * len(ends), bad


def test_a_week_and_the_one_before(
    project: Path, server: PrometheusServer, ledgers: list[Ledger]
) -> None:
    """Both have the counts of the ledger, by the clocks of the place."""
    for zone, ahead in (("UTC", 0.0), ("Europe/Berlin", HOUR)):
        made = _report(project, server, "2026-W01", "previous", zone)
        monday = MONDAY - ahead

        assert made.at == made.period.end == monday
        for row, ledger in zip(made.rows, ledgers, strict=True):
            assert row.compare_measure is not None
            for measure, end in ((row.period_measure, monday),
                                 (row.compare_measure, monday - 7 * DAY)):  # fmt: skip
                total, bad = _counted(ledger, end - 7 * DAY, end)
                assert measure.total == pytest.approx(total)
                assert measure.bad == pytest.approx(bad)


def test_two_half_periods_add_up_to_the_whole(project: Path, server: PrometheusServer) -> None:
    """Total and bad events of both halves are those of the whole; none is counted twice."""
    early = _report(project, server, "2025-12-29/2026-01-01").rows
    late = _report(project, server, "2026-01-01/2026-01-05").rows
    whole = _report(project, server, "2026-W01").rows

    for first, second, both in zip(early, late, whole, strict=True):
        for side in ("total", "bad", "covered_seconds"):
            halves = [getattr(row.period_measure, side) for row in (first, second)]
            assert sum(halves) == pytest.approx(getattr(both.period_measure, side))


def test_the_groups_add_up_to_what_the_server_sums(project: Path, server: PrometheusServer) -> None:
    """All rows together are the sum over all groups, asked for in raw PromQL."""
    made = _report(project, server, "2026-W01")

    for side, name in (("total", names.total_events), ("bad", names.bad_events)):
        series = name(Fraction(300))
        asked = server.value(f"sum(sum_over_time({series}[6d23h59m59s]))", made.at)
        summed = sum(getattr(row.period_measure, side) for row in made.rows)
        assert asked == pytest.approx(summed)


@pytest.mark.parametrize("period", ["7d", "3h", "2025-12-30/2026-01-02", "35d"])
def test_window_and_period_are_what_one_query_about_all_of_each_finds(
    project: Path, server: PrometheusServer, period: str
) -> None:
    """Read in stretches or as a whole, total, bad and measured time of each group are the same."""
    made = _report(project, server, period, "previous")

    for row in made.rows:
        assert row.compare_measure is not None
        for measure in (row.window_measure, row.period_measure, row.compare_measure):
            over, labels = measure.time_range, f'{{shard="{row.group["shard"]}"}}'
            length = f"[{round(over.seconds) * 1000 - 1}ms]"
            total, bad = (
                f"{name(Fraction(300))}{labels}{length}"
                for name in (names.total_events, names.bad_events)
            )
            asked = {
                "total": server.value(f"sum_over_time({total})", over.end),
                "bad": server.value(f"sum_over_time({bad})", over.end),
                "covered_seconds": 300 * server.value(f"count_over_time({total})", over.end),
            }
            assert asked == pytest.approx(
                {side: getattr(measure, side) for side in asked}, rel=1e-12
            )


def test_a_maintenance_without_length_changes_nothing(
    project: Path, server: PrometheusServer, ledgers: list[Ledger]
) -> None:
    """Nothing is left out, and no number has another one beside it."""
    for row, ledger in zip(_report(project, server, "2026-W01").rows, ledgers, strict=True):
        assert row.uncorrected_period is None
        assert row.period_measure.bad == pytest.approx(
            _counted(ledger, MONDAY - 7 * DAY, MONDAY)[1]
        )


def test_a_past_period_has_the_same_bytes_whenever_it_is_asked_for(
    project: Path, server: PrometheusServer
) -> None:
    """The report on a week that has ended does not depend on the moment of asking."""
    loaded = api.load(project=str(project))
    made = [
        api.report(loaded, server.url, at=at, period="2026-W01", compare="2025-W52", series=10)
        for at in (MONDAY, AT)
    ]

    for form in api.names_of("report format"):
        first, second = (api.render_report(each, form) for each in made)
        assert first == second


def test_a_comparison_costs_one_request(project: Path, server: PrometheusServer) -> None:
    """One query more about all SLOs."""
    alone, compared = (_report(project, server, "2026-W01", c) for c in ("", "previous"))

    assert compared.requests == alone.requests + 1


def test_every_format_shows_the_comparison(project: Path, server: PrometheusServer) -> None:
    """What was spent in both periods, and which of them was better."""
    made = _report(project, server, "2026-W01", "previous")
    shown = {form: api.render_report(made, form, 200) for form in api.names_of("report format")}
    data = json.loads(shown["json"])

    for form in ("table", "md", "html"):
        assert "Compared with 2025-W52" in shown[form].replace("\N{NO-BREAK SPACE}", " ")
        assert "worse" in shown[form]
        assert "same" in shown[form]
    assert data["compare"] == {"from": "2025-12-22T00:00:00Z", "to": "2025-12-29T00:00:00Z"}
    assert data["rows"][0]["compare_measure"]["bad"] == 0
    assert "compare_bad" in shown["csv"].splitlines()[0]


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (
            ["--service", "edge"],
            5,
            "edge/one shard=b: 0.0 % of the budget is left: freeze",
        ),
        (["--min-remaining", "90%"], 5, "less than 90.0 %"),
        (["--override", "Fixes the\noutage"], 0, "override: Fixes the outage"),
        (["--at", "2025-12-01T00:00:00Z"], 6, "unknown"),
        (["--max-burn", "0"], 2, "a burn rate is above 0"),
        (["--format", "xml"], 2, "no such format"),
    ],
)
def test_a_gate_ends_with_its_answer(
    project: Path, server: PrometheusServer, options: list[str], code: int, words: str
) -> None:
    """A spent budget closes it, what has a short history is not known, an override passes."""
    at = [] if "--at" in options else ["--at", str(int(AT))]
    ran = slokit(project.parent, "gate", *at, *options, "--prometheus", server.url)

    assert ran.code == code
    assert words in ran.out + ran.err


@pytest.mark.parametrize(
    ("states", "code", "words"),
    [
        (["no-data", "ok"], 5, "ok: edge/one shard=a\n"),
        (["no-data", "burning"], 0, ""),
        (["fine"], 2, "no such state 'fine'"),
    ],
)
def test_a_report_fails_on_the_states_that_it_is_asked_to(
    project: Path, server: PrometheusServer, states: list[str], code: int, words: str
) -> None:
    """Once it is written: the file is there, and standard error names the rows."""
    out = project.parent / f"report-{code}.json"
    given = [f"--fail-on={state}" for state in states]
    ran = slokit(
        project.parent,
        *["report", "--prometheus", server.url, "--at", str(AT), "--source", "recorded"],
        *["--format", "json", "--out", out.name, *given],
        environment={"NO_PROXY": "*"},
    )

    assert ran.code == code, ran.err
    assert words in ran.err
    assert out.exists() == (code != 2)
