"""Gates on a real Prometheus: canaries by what the ledger counted, logs, and what is refused."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from slokit import api
from slokit.cli.output import Exit
from tests.prometheus.recorded_ledger import Ledger
from tests.support.command import Ran, slokit
from tests.support.history.history import backfill
from tests.support.servers.prometheus_server import PrometheusServer

DAY = 86_400
AT = 1_767_225_600.0
SETTINGS = "bundle: shop\nspecs: [spec.yaml]\n"
SPEC = """\
apiVersion: slokit/v1
service: edge
defaults: {window: 30d, group_by: [version]}
slos:
  - {name: one, objective: 99%, sli: {events: {bad: errors_total, total: requests_total}}}
  - name: whole
    objective: 99%
    group_by: []
    sli: {events: {bad: errors_total, total: requests_total}}
"""
# each ledger window: of version v2 3 % are bad, of v3 as many as of v1, of v4 hardly anything
VERSIONS = {"v1": (1000.0, 2.0), "v2": (400.0, 12.0), "v3": (400.0, 1.0), "v4": (5.0, 0.0)}

pytestmark = pytest.mark.programs("prometheus", "promtool")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SLO that is grouped by version, and one that is not."""
    root = tmp_path_factory.mktemp("project")
    (root / "slokit.yaml").write_text(SETTINGS)
    (root / "spec.yaml").write_text(SPEC)
    return root


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, project: Path) -> Iterator[PrometheusServer]:
    """A Prometheus with a day of four versions."""
    settings = api.load(project=str(project / "slokit.yaml")).bundle.project
    running = PrometheusServer(tmp_path_factory.mktemp("prometheus"))
    every = [
        series
        for version, (total, bad) in VERSIONS.items()
        for series in Ledger(
            settings, AT - DAY, AT, total, bad, labels={"version": version}
        ).series()
    ]
    backfill(running.data, list({tuple(sorted(s.labels.items())): s for s in every}.values()))
    with running:
        yield running


def _gate(project: Path, server: PrometheusServer, *given: str) -> Ran:
    base = ["gate", "--prometheus", server.url, "--at", str(AT)]
    return slokit(project, *base, *given, NO_PROXY="*")


@pytest.mark.parametrize(
    ("version", "code", "words"),
    [
        ("v2", Exit.BREACHED, "144 bad of 4,800 events against 24 bad of 12,000 events"),
        ("v3", Exit.FINE, "12 bad of 4,800 events against 24 bad of 12,000 events"),
        ("v4", Exit.UNKNOWN, "0 bad of 60 events against 24 bad of 12,000 events"),
        ("v5", Exit.UNKNOWN, "version=v5 has counted nothing yet"),
    ],
)
def test_a_canary_ends_in_its_own_exit_code(
    project: Path, server: PrometheusServer, version: str, code: Exit, words: str
) -> None:
    """Twelve ledger windows of an hour, counted by hand; the SLO without versions is left out."""
    ran = _gate(project, server, "--match", f"version={version}", "--against", "version=v1")
    first, last = ran.out.splitlines()

    assert ran.code == code, ran.err
    assert words in first
    assert last.startswith(f"gate at 2026-01-01T00:00:00Z for version={version} against version=v1")


def test_a_canary_in_json_has_its_counts_and_its_bounds(
    project: Path, server: PrometheusServer
) -> None:
    """For programs, with patterns of labels and another time."""
    given = ["--match", "version=~v2|v9", "--against", 'version="v1"', "--over", "2h"]
    data = json.loads(_gate(project, server, *given, "--format", "json").out)
    (answer,) = data["slos"]

    assert (answer["bad"], answer["total"]) == (288, 9600)
    assert (answer["against_bad"], answer["against_total"]) == (48, 24_000)
    assert 1 < answer["burn_difference_at_least"] < 2.8 < answer["burn_difference_at_most"] < 4
    assert data["gate"] == "closed"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["--match", "version=v2"], "both groups are needed"),
        (["--match", "v2", "--against", "version=v1"], "'v2' is no matcher"),
        (["--match", "version=~(", "--against", "version=v1"], "match: 'version=~(':"),
        (["--match", "pod=a", "--against", "pod=b"], "grouped by pod: they are grouped by version"),
        (["--match", "version=v1", "--against", "version=v1"], "both about version=v1"),
        (["--match", "version=v2", "--against", "version=v1", "--over", "1m"], "two ledger"),
        (["--match", "version=v2", "--against", "version=v1", "--max-worse", "nan"], "above 0"),
        (["--match", "version=v2", "--against", "version=v1", "--confidence", "95"], "95%"),
        (["--match", "version=v2", "--against", "version=v1", "--confidence", "100%"], "between"),
        (["--match", "version=v2", "--against", "version=v1", "--max-burn", "2"], "of their own"),
    ],
)
def test_what_cannot_be_compared_is_wrong_usage(
    project: Path, server: PrometheusServer, given: list[str], words: str
) -> None:
    """One line that says what is wrong, and neither open nor closed."""
    ran = _gate(project, server, *given)

    assert ran.code == Exit.USAGE, ran.err
    assert words in ran.err
    assert len(ran.err.splitlines()) == 1


def test_an_override_is_recorded_and_shown_to_the_next(
    project: Path, server: PrometheusServer, tmp_path: Path
) -> None:
    """Each gate is a line of JSON; the next one says what was overridden, and why."""
    log = tmp_path / "logs" / "gates.jsonl"
    given = ["--match", "version=v2", "--against", "version=v1", "--log", str(log)]
    first = _gate(project, server, *given, "--override", "Fixes\nthe outage")
    log.write_text(log.read_text() + "not of a gate\n[]\n")
    second = _gate(project, server, *given)
    lines = log.read_text().splitlines()

    assert (first.code, second.code) == (Exit.FINE, Exit.BREACHED), first.err + second.err
    assert "overridden before, 2026-01-01T00:00:00Z, closed: Fixes the outage" in second.out
    assert json.loads(lines[0])["override"] == "Fixes the outage"
    assert json.loads(lines[3])["override"] is None


def test_an_override_that_cannot_be_recorded_passes_nothing(
    project: Path, server: PrometheusServer, tmp_path: Path
) -> None:
    """The environment is at fault, in one line."""
    (tmp_path / "taken").write_text("")
    given = ["--match", "version=v2", "--against", "version=v1", "--override", "In vain"]
    ran = _gate(project, server, *given, "--log", str(tmp_path / "taken" / "gates.jsonl"))

    assert ran.code == Exit.ENVIRONMENT
    assert len(ran.err.splitlines()) == 1
