"""What goes wrong while a report is made, against a real Prometheus, in every format."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from slokit import api
from slokit.cli.output import Exit
from tests.prometheus.recorded_ledger import Ledger
from tests.support.command import ROOT, Ran, interrupted, slokit
from tests.support.compile.loaded import loaded, written
from tests.support.history.history import server_with_history
from tests.support.servers.prometheus_proxy import Faults, PrometheusProxy
from tests.support.servers.prometheus_server import PrometheusServer

DAY = 86_400.0
AT = time.time() // 300 * 300
# A day without a sample, which begins and ends in the middle of what is drawn as one slot.
SILENT = (AT - 10 * DAY - 40 * 60, AT - 9 * DAY - 40 * 60)
SPEC = """\
apiVersion: slokit/v1
service: edge
defaults: {window: 30d, group_by: [shard]}
slos:
  - {name: one, objective: 99%, sli: {events: {bad: errors_total, total: requests_total}}}
"""
FORMATS = api.names_of("report format")
# what Python runs before slokit: another clock, and a disk that is full after 200 bytes
OTHER_CLOCK = "import time\nreal = time.time\ntime.time = lambda: real() + {seconds}\n"
FULL_DISK = "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (200, 200))\n"

pytestmark = pytest.mark.programs("prometheus", "promtool")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """One SLO, grouped by shard, and last week's report."""
    root = written(tmp_path / "project", SPEC, bundle="shop").parent
    (root / "report").write_text("last week's")
    return root


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrometheusServer]:
    """Forty days of two shards up to now, all but a day of them measured."""
    settings = loaded(tmp_path_factory.mktemp("settings"), SPEC, bundle="shop").bundle.project
    # a ledger window that ends with the silence was not measured
    stretches = [(AT - 40 * DAY, SILENT[0]), (SILENT[1] + 300, AT)]
    found = {}
    for shard in ("a", "b"):
        for start, end in stretches:
            own = Ledger(settings, start, end, 100.0, 0.5, labels={"shard": shard}, phase=0.0)
            for each in own.series():
                key = (*sorted(each.labels.items()), ("start", str(start)))
                found[key] = each
    with server_with_history(tmp_path_factory.mktemp("faults"), list(found.values())) as running:
        yield running


def _report(project: Path, url: str, *given: str, before: str = "") -> Ran:
    """A report in a file; ``before`` is a program that runs ahead of slokit's."""
    (project.parent / "sitecustomize.py").write_text(before)
    paths = f"{project.parent}:{ROOT}"
    base = ["report", "--prometheus", url, "--source", "recorded", *given]
    # else a full disk would leave halves of compiled modules behind, in slokit's own folders
    return slokit(project, *base, PYTHONPATH=paths, NO_PROXY="*", PYTHONDONTWRITEBYTECODE="1")


def _assert_one_line(project: Path, ran: Ran, words: str) -> None:
    """Exit code 4, one line, the old report as it was, and nothing beside it."""
    assert (ran.code, ran.out) == (Exit.ENVIRONMENT, ""), ran
    assert len(ran.err.splitlines()) == 1
    assert words in ran.err
    assert (project / "report").read_text() == "last week's"
    assert sorted(each.name for each in project.iterdir()) == ["report", "slo-specs", "slokit.yaml"]


@pytest.mark.parametrize(("form", "answered"), [*zip(FORMATS, (1, 2, 3, 2, 1, 3), strict=True)])
def test_a_server_that_dies_half_way_leaves_no_report(
    project: Path, server: PrometheusServer, form: str, answered: int
) -> None:
    """After any number of answers but all of them, and nothing of the archive is written either."""
    kept = project.parent / "kept"
    given = ["--format", form, "--out", "report", "--archive", str(kept)]
    with PrometheusProxy(server.url, Faults(dies_after=answered)) as proxy:
        ran = _report(project, proxy.url, *given)

    _assert_one_line(project, ran, "was reached, but the connection broke off")
    assert not list(kept.rglob("*.parquet"))


def test_a_day_without_samples_is_marked(project: Path, server: PrometheusServer) -> None:
    """By a note with its times, to a ledger window, and in what is covered: 29 days of 30."""
    loaded = api.load(project=str(project / "slokit.yaml"))
    made = api.report(loaded, server.url, at=AT, source="recorded")
    start, end = (time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment)) for moment in SILENT)

    # incidents are none of it
    for form in (form for form in FORMATS if form != "csv-incidents"):
        text = " ".join(api.render_report(made, form).replace("\N{NO-BREAK SPACE}", " ").split())
        assert text.count(",recorded,0.966") == 2 if form == "csv" else start in text
        assert form in ("csv", "json") or "97 %" in text
    assert [row.coverage for row in made.rows] == pytest.approx([29 / 30] * 2, abs=1e-3)
    (warning,) = made.warnings
    assert warning.startswith(f"nothing was measured from {start} to {end}, as when Prometheus")
    before = api.report(loaded, server.url, at=AT - 11 * DAY, source="recorded")
    assert before.warnings == ()


@pytest.mark.parametrize(
    ("seconds", "form", "words"),
    [
        (1500, "md", "this machine's clock is 25 minutes ahead of the server's"),
        (-1500, "csv", "this machine's clock is 25 minutes behind the server's"),
        (20, "json", ""),
    ],
)
def test_a_clock_that_is_off_is_said(
    project: Path, server: PrometheusServer, seconds: int, form: str, words: str
) -> None:
    """In the report, or beside one that has no room for notes."""
    ran = _report(project, server.url, "--format", form, before=OTHER_CLOCK.format(seconds=seconds))
    notes = ran.err if form == "csv" else ran.out

    assert ran.code == Exit.FINE, ran.err
    assert words in " ".join(notes.split())
    assert words or "clock" not in notes


def test_a_given_moment_needs_no_clock(project: Path, server: PrometheusServer) -> None:
    """It is that moment by whichever clock."""
    clock = OTHER_CLOCK.format(seconds=1500)
    ran = _report(project, server.url, "--at", str(AT), before=clock)

    assert ran.code == Exit.FINE
    assert "clock" not in ran.out


def test_a_full_disk_leaves_the_old_report(project: Path, server: PrometheusServer) -> None:
    """The file that did not fit is removed."""
    given = ["--format", "html", "--out", "report"]
    ran = _report(project, server.url, *given, before=FULL_DISK)

    _assert_one_line(project, ran, "cannot write report: File too large")


def test_an_archive_on_a_full_disk_stays_whole(project: Path, server: PrometheusServer) -> None:
    """The exit code is 4 and the report is there, with last week's hours in the archive."""
    kept = project.parent / "kept"
    given = ["--archive", str(kept), "--period", "3d"]
    first = _report(project, server.url, *given, "--at", str(AT - DAY))
    before = {path: path.read_bytes() for path in kept.rglob("*.parquet")}
    ran = _report(project, server.url, *given, before=FULL_DISK)

    assert (first.code, ran.code) == (Exit.FINE, Exit.ENVIRONMENT)
    assert ran.err == "slokit: cannot write to the archive ../kept/shop: File too large\n"
    assert "Error budgets of shop" in ran.out
    assert before
    assert {path: path.read_bytes() for path in kept.rglob("*.parquet")} == before


@pytest.mark.parametrize("out", ["report/new", "."])
def test_a_place_that_cannot_be_written_is_one_line(
    project: Path, server: PrometheusServer, out: str
) -> None:
    """Below a file, and a directory."""
    _assert_one_line(project, _report(project, server.url, "--out", out), "cannot write")


def test_a_run_that_is_killed_leaves_the_old_report(project: Path, tmp_path: Path) -> None:
    """Killed while it waits for an answer: no partial file, whatever it had been answered."""
    with PrometheusServer(tmp_path / "server") as running:
        running.hang()

        def when_asked(_process: object) -> None:
            time.sleep(2)

        ran = interrupted(
            project,
            *["report", "--prometheus", running.url, "--format", "html", "--out", "report"],
            when=when_asked,
            by=signal.SIGKILL,
        )
        running.unhang()

    assert ran.code == -signal.SIGKILL
    assert (project / "report").read_text() == "last week's"
    assert sorted(each.name for each in project.iterdir()) == ["report", "slo-specs", "slokit.yaml"]
