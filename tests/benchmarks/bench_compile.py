"""Compiling: time and memory against the number of SLOs, start-up, rules per SLO."""

from pathlib import Path

import pytest

from tests.benchmarks.conftest import Figure
from tests.benchmarks.fleet import write_fleet
from tests.benchmarks.whole_process import SLOKIT, run, told, typical
from tests.support.compile.compiled import rules_of

AIMS = {100: "", 1_000: "under 1 s", 10_000: "under 8 s, under 300 MiB"}


@pytest.mark.parametrize("slos", AIMS)
def bench_rules_alone(slos: int, tmp_path: Path, figure: Figure) -> None:
    """`slokit compile --target prometheus` of event SLOs with groups."""
    write_fleet(tmp_path, slos)
    measured = typical([SLOKIT, "compile", "--target", "prometheus"], tmp_path, runs=3)
    figure(f"compile --target prometheus, {slos:,} SLOs", told(measured), AIMS[slos])


@pytest.mark.parametrize("slos", [1_000, 10_000])
def bench_all_default_targets(slos: int, tmp_path: Path, figure: Figure) -> None:
    """`slokit compile`: rules, unit tests, dashboards."""
    write_fleet(tmp_path, slos)
    measured = typical([SLOKIT, "compile"], tmp_path, runs=1)
    figure(f"compile with tests and all default targets, {slos:,} SLOs", told(measured), "stated")


def bench_start_up(tmp_path: Path, figure: Figure) -> None:
    """What every call pays."""
    figure("--version", told(typical([SLOKIT, "--version"], tmp_path)), "under 0.2 s")
    write_fleet(tmp_path, 10)
    alone = typical([SLOKIT, "compile", "--target", "prometheus"], tmp_path)
    figure("compile --target prometheus, one file", told(alone), "under 0.5 s")
    whole = typical([SLOKIT, "compile"], tmp_path)
    figure("compile, one file, all default targets", told(whole), "under 0.5 s")
    figure("validate, one file", told(typical([SLOKIT, "validate"], tmp_path)), "")


def bench_rules_per_slo(tmp_path: Path, figure: Figure) -> None:
    """Four for each SLO, and a constant number for the bundle."""
    write_fleet(tmp_path, 1_000)
    run([SLOKIT, "compile", "--target", "prometheus"], tmp_path)
    files = (tmp_path / "alert-rules").glob("*.rules.yaml")
    rules = sum(len(rules_of(file)) for file in files)
    figure("rules per SLO at 1,000 SLOs", f"{rules / 1_000:.3f}", "under 4.1")


CLUSTER = "service: NAME\ndefaults: {selector: {job: NAME}}\nslos:\n" + "".join(
    f"  - {{name: s{n}, objective: 99.9%, sli: {{events: {{bad: bad_{n}, total: all_{n}}}}}}}\n"
    for n in range(20)
)


def bench_fifty_clusters(tmp_path: Path, figure: Figure) -> None:
    """One template of twenty SLOs in fifty uses, against the same written out."""
    head, names = "apiVersion: slokit/v1\n", [f"c{number}" for number in range(50)]
    use = head + "use: ../template.yaml\nwith: {name: NAME}\n"
    for root, text in (("written out", head + CLUSTER), ("from one template", use)):
        specs = tmp_path / root / "slo-specs"
        specs.mkdir(parents=True)
        (tmp_path / root / "slokit.yaml").write_text("bundle: test\n")
        for name in names:
            (specs / f"{name}.yaml").write_text(text.replace("NAME", name))
    template = f"{head}parameters: {{name: }}\n" + CLUSTER.replace("NAME", '"${name}"')
    (tmp_path / "from one template" / "template.yaml").write_text(template)
    for root in ("written out", "from one template"):
        measured = typical([SLOKIT, "compile", "--target", "prometheus"], tmp_path / root, runs=3)
        figure(f"compile 50 clusters of 20 SLOs, {root}", told(measured), "as fast as written out")
