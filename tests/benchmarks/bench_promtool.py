"""promtool: the time that a service's generated unit tests take, against the number of its SLOs."""

from pathlib import Path

import pytest

from tests.benchmarks.conftest import Figure
from tests.benchmarks.fleet import write_service
from tests.benchmarks.whole_process import SLOKIT, run

AIMS = {10: "under 5 s", 50: "", 200: "under 60 s"}


@pytest.mark.parametrize("slos", AIMS)
def bench_generated_tests(slos: int, tmp_path: Path, figure: Figure) -> None:
    """`promtool test rules` of one service: from raw series to the ledger, from there to alerts."""
    service = write_service(tmp_path, slos)
    run([SLOKIT, "compile", "--target", "prometheus", "--target", "tests"], tmp_path)
    tests = tmp_path / "alert-rules" / "tests"
    files = [str(tests / f"{service}{part}.test.yaml") for part in ("", ".burn")]
    measured = run(["promtool", "test", "rules", *files], tmp_path)
    figure(
        f"promtool test rules, a service of {slos} SLOs of all types",
        f"{measured.wall:.1f} s ({measured.cpu:.1f} s of processor)",
        AIMS[slos],
    )
