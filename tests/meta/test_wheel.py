"""What a user installs: the wheel."""

import os
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.docs.shell_blocks import blocks
from tests.support.command import slokit

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> ZipFile:
    into = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(into)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (built,) = into.glob("*.whl")
    return ZipFile(built)


def test_the_wheel_holds_every_file_of_the_package_and_the_catalog(wheel: ZipFile) -> None:
    """Modules, templates, py.typed and the catalog's specs are all inside; no test is."""
    names = set(wheel.namelist())
    package = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "slokit").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    catalog = {
        f"slokit/catalog/{path.relative_to(ROOT / 'slo-specs')}"
        for path in (ROOT / "slo-specs").rglob("*")
        if path.is_file()
    }

    assert package | catalog <= names
    assert "slokit/py.typed" in names
    assert not [name for name in names if name.startswith("tests/")]


def test_the_wheel_brings_the_command(wheel: ZipFile) -> None:
    """Installing it gives the command slokit."""
    (entry_points,) = [name for name in wheel.namelist() if name.endswith("entry_points.txt")]

    assert "slokit = slokit.__main__:main" in wheel.read(entry_points).decode()


def test_what_the_tutorial_installs_works_anywhere(tmp_path: Path) -> None:
    """The tutorial's commands install slokit into an empty environment, and it compiles there."""
    install, *_rest = blocks(ROOT / "docs" / "tutorial.md")
    home, project = tmp_path / "home", tmp_path / "project"
    project.mkdir()
    environment = {"HOME": str(home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
    environment |= {k: v for k, v in os.environ.items() if k.startswith("PIP_")}
    source = ROOT / "slo-specs" / "etcd.yaml"
    script = f"set -e\n{install.commands}\ncd {project}\nslokit compile {source}\n"
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert (project / "alert-rules" / "etcd.rules.yaml").is_file()
    catalog = list((home / ".slokit").glob("lib/*/site-packages/slokit/catalog/etcd.yaml"))
    assert [path.read_text() for path in catalog] == [source.read_text()]


def test_the_wheel_finds_its_catalog(wheel: ZipFile, tmp_path: Path) -> None:
    """Unpacked far from the repository, it lists and shows the same specs."""
    wheel.extractall(tmp_path / "packages")
    there = {"PYTHONPATH": str(tmp_path / "packages")}

    listed = slokit(tmp_path, "catalog", "list", **there)
    shown = slokit(tmp_path, "catalog", "show", "etcd", **there)

    assert listed.code == 0
    assert listed.out == slokit(tmp_path, "catalog", "list").out
    assert shown.out == (ROOT / "slo-specs" / "etcd.yaml").read_text()


def test_the_ci_job_installs_the_wheel_that_is_built(wheel: ZipFile, tmp_path: Path) -> None:
    """What `slokit init` writes names the file that the documented command makes."""
    slokit(tmp_path, "init")
    job = (tmp_path / ".github" / "workflows" / "slokit.yaml").read_text()

    assert wheel.filename is not None
    assert f"pip install vendor/{Path(wheel.filename).name}\n" in job
