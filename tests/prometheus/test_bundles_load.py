"""The reference systems and the catalog: they compile, load, and every rule evaluates."""

import time
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import pytest

from slokit import api
from slokit.compiler.ledger import terms
from slokit.model.rehearsal import Rehearsed
from slokit.promql.raw_series import RawSeries
from tests.support.compiled import Compiled, compiled
from tests.support.exposition import Exposition
from tests.support.prometheus_server import PrometheusServer, ScrapeJob
from tests.support.promtool import check_rules

ROOT = Path(__file__).parents[2]
FOLDERS = {"catalog": ROOT / "slo-specs", "reference": ROOT / "tests" / "fixtures" / "specs"}
FAST = {"interval": "1s", "scrape_interval": "1s", "ledger_window": "10s"}


def specs(bundle: str) -> list[Path]:
    """The spec files of a bundle."""
    return sorted(path for path in FOLDERS[bundle].glob("*.yaml") if path.name != "slokit.yaml")


Row = tuple[str, str, str]
ROW = ("bundle", "service", "slo")


def rehearsed(made: Compiled) -> tuple[set[Row], dict[RawSeries, Fraction]]:
    """The SLOs that can be played, and all raw series that play them with how they move."""
    loaded = api.load(project=str(made.bundle.parents[1] / "slokit.yaml"))
    slos: set[Row] = set()
    moves: dict[RawSeries, Fraction] = {}
    for slo in loaded.bundle.slos:
        played = isinstance(slo.sli, Rehearsed) and slo.sli.rehearse(terms(slo, made.project))
        if played:
            slos.add((made.project.bundle, slo.service, slo.name))
            for act in reversed(played.acts):
                moves |= act.moves
    return slos, moves


def samples(moves: Mapping[RawSeries, Fraction], after: float) -> dict[str, float]:
    """What a scrape sees so many seconds after the beginning."""
    return {str(s): float(move) * (after if s.grows else 1) for s, move in moves.items()}


@pytest.mark.parametrize("bundle", sorted(FOLDERS))
def test_a_bundle_has_no_finding(bundle: str) -> None:
    """Not even a note."""
    project = ROOT if bundle == "catalog" else FOLDERS[bundle]
    loaded = api.load(project=str(project / "slokit.yaml"))

    assert loaded.findings == ()
    assert len(loaded.bundle.services) == len(specs(bundle))


@pytest.mark.programs("promtool")
def test_all_rule_files_load_without_a_lint(tmp_path: Path) -> None:
    """There is no fault and no duplicate rule in all files of both bundles together."""
    files = [
        f for name in FOLDERS for f in compiled(tmp_path / name, *specs(name), bundle=name).files
    ]

    outcome = check_rules(files)

    assert outcome.ok, outcome.output


@pytest.mark.programs("promtool")
def test_a_glob_over_the_committed_rules_loads() -> None:
    """alert-rules/*.yaml has rule files only, and promtool takes them all."""
    files = sorted((ROOT / "alert-rules").glob("*.yaml"))

    outcome = check_rules(files)

    assert len(files) == len(specs("catalog")) + 1
    assert outcome.ok, outcome.output


@pytest.mark.programs("prometheus")
def test_every_rule_evaluates_on_a_real_prometheus(tmp_path: Path) -> None:
    """With all series that play the SLOs at once, each has its ledger and no evaluation fails."""
    bundles = [compiled(tmp_path / n, *specs(n), bundle=n, **FAST) for n in sorted(FOLDERS)]
    played = [rehearsed(made) for made in bundles]
    slos = {slo for names, _ in played for slo in names}
    moves = {series: move for _, found in played for series, move in found.items()}
    files = [file for made in bundles for file in made.files]
    with Exposition() as exposed:
        job = ScrapeJob("all", [exposed.target], options={"honor_labels": True})
        with PrometheusServer(tmp_path / "prometheus", scrape=[job], rule_files=files) as server:
            begun = time.monotonic()

            def are_told() -> bool:
                exposed.set_samples(samples(moves, time.monotonic() - begun))
                rows = server.query("slokit:total:rate10s")
                return {tuple(row.labels[name] for name in ROW) for row in rows} >= slos

            server.wait_until(are_told, "told every ledger")
            server.wait_until(lambda: all(r["health"] == "ok" for r in server.rules()), "evaluated")
            assert server.failures() == 0
