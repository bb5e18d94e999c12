"""The CI jobs and hooks of the documentation are YAML, and their commands do what the page says."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from slokit.demo.processes import HOST
from tests.support.command import slokit
from tests.support.servers.prometheus_server import PrometheusServer, ScrapeJob

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "how-to" / "ci.md"
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
# What a job fetches is here already.
FETCHES = re.compile(r"^ *(pip|sudo apt-get) install .*$", re.MULTILINE)


def examples() -> dict[str, dict[Any, Any]]:
    """The YAML blocks of the page, by the name of the workflow or the first key."""
    text = PAGE.read_text(encoding="utf-8")
    found = [
        yaml.safe_load(body)
        for body in re.findall(r"^```yaml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    ]
    return {str(block.get("name") or next(iter(block))): block for block in found}


def steps(example: dict[Any, Any]) -> Iterator[str]:
    """The scripts of the one job of a workflow of GitHub, or of a job of GitLab."""
    if "jobs" in example:
        (job,) = example["jobs"].values()
        yield from (step["run"] for step in job["steps"] if "run" in step)
    else:
        yield from example["slokit"]["script"]


def run(script: str, directory: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a script as CI does, less what it would fetch."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", FETCHES.sub("", script)],
        cwd=directory,
        env={"PATH": path, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", **environment},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
        timeout=120,
    )


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new project whose output is committed."""
    directory = tmp_path_factory.mktemp("sound")
    assert slokit(directory, "init").code == 0
    assert slokit(directory, "compile").code == 0
    return directory


@pytest.fixture
def project(sound: Path, tmp_path: Path) -> Path:
    """A copy of the sound project, for a test to spoil."""
    return shutil.copytree(sound, tmp_path / "project")


def break_spec(project: Path) -> None:
    """A key is misspelt."""
    (spec,) = (project / "slo-specs").glob("*.yaml")
    spec.write_text(spec.read_text().replace("objective:", "objektive:", 1))


def let_drift(project: Path) -> None:
    """A spec is changed and not compiled again."""
    (spec,) = (project / "slo-specs").glob("*.yaml")
    spec.write_text(spec.read_text().replace("objective: 9", "objective: 8", 1))


@pytest.mark.programs("promtool")
@pytest.mark.parametrize("name", ["slos", "slos-code-scanning", "slokit"])
def test_each_job_passes_on_a_sound_project(project: Path, name: str) -> None:
    """Every step succeeds."""
    for script in steps(examples()[name]):
        done = run(script, project)
        assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"


@pytest.mark.parametrize("name", ["slos", "slos-code-scanning", "slokit"])
def test_each_job_fails_on_a_fault(project: Path, name: str) -> None:
    """The step that validates fails."""
    break_spec(project)
    (script,) = (one for one in steps(examples()[name]) if "validate" in one)

    assert run(script, project).returncode == 1


@pytest.mark.parametrize("name", ["slos", "slokit"])
def test_each_job_fails_on_drift(project: Path, name: str) -> None:
    """The step that compares the committed output fails."""
    let_drift(project)
    (script,) = (one for one in steps(examples()[name]) if "compile" in one)
    done = run(script, project)

    assert done.returncode == 1
    assert "out of date" in done.stdout


def test_a_fault_is_annotated_uploaded_and_reported(project: Path) -> None:
    """GitHub gets an annotation and SARIF, GitLab its report, and a log that a person can read."""
    break_spec(project)
    jobs = examples()
    annotated = run(next(s for s in steps(jobs["slos"]) if "validate" in s), project)
    run(next(s for s in steps(jobs["slos-code-scanning"]) if "validate" in s), project)
    logged = run(next(s for s in steps(jobs["slokit"]) if "validate" in s), project)
    upload = jobs["slos-code-scanning"]["jobs"]["slokit"]["steps"][-1]["with"]["sarif_file"]
    report = jobs["slokit"]["slokit"]["artifacts"]["reports"]["codequality"]

    assert annotated.stdout.startswith("::error file=slo-specs/")
    (result,) = json.loads((project / upload).read_text())["runs"][0]["results"]
    assert result["ruleId"] == "SLK103"
    (issue,) = json.loads((project / report).read_text())
    assert issue["check_name"] == "SLK103 shape/unknown-key"
    assert "error[SLK103" in logged.stdout


@pytest.mark.programs("prometheus")
def test_the_scheduled_job_asks_the_server(project: Path, tmp_path: Path) -> None:
    """A Prometheus that scrapes itself has what the first spec of a project reads."""
    (script,) = (one for one in steps(examples()["slos-live"]) if "check" in one)
    server = PrometheusServer(tmp_path / "prometheus")
    server.scrape = [ScrapeJob("prometheus", [f"{HOST}:{server.port}"])]
    with server:
        server.wait_for("rate(prometheus_http_requests_total[1m]) > 0")
        named = {"SLOKIT_PROMETHEUS_URL": server.url, "SLOKIT_BEARER_TOKEN": "t"}
        done = run(script, project, **named)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "checked" in done.stderr


def test_the_hooks_of_the_page_are_those_of_the_repository() -> None:
    """Each one has what pre-commit needs, and sees the specs, the rules and the dashboards."""
    (used,) = examples()["repos"]["repos"]

    assert [hook["id"] for hook in used["hooks"]] == [hook["id"] for hook in HOOKS]
    for hook in HOOKS:
        assert {"id", "name", "entry", "language"} <= hook.keys()
        assert hook["pass_filenames"] is False
        assert "yaml" in hook.get("types", hook.get("types_or"))


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: str(hook["id"]))
def test_a_hook_passes_a_sound_project_and_stops_the_other(
    project: Path, hook: dict[str, Any]
) -> None:
    """The entry is the whole command: no file names are added to it."""
    assert run(hook["entry"], project).returncode == 0
    {"slokit-validate": break_spec, "slokit-compile": let_drift}[hook["id"]](project)

    assert run(hook["entry"], project).returncode == 1
