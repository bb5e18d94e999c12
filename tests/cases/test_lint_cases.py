"""Every lint case gives exactly its findings, and nothing is compiled from one with errors."""

import re
from pathlib import Path

import pytest
import typer

from slokit import api
from slokit.cli.app import app
from slokit.diagnostics import codes
from slokit.diagnostics.finding import Severity
from tests.cases.lint_case import LintCase, read_cases

ERROR = re.compile(rf"(\^|# nowhere) {Severity.ERROR.value} SLK")
# made once: making it takes longer than most cases
COMMAND = typer.main.get_command(app)
FOLDER = Path(__file__).parent / "lint"
FILES = sorted(FOLDER.glob("*.yaml"))
CASES = [
    pytest.param(case, id=f"{path.stem}-{case.title.replace(' ', '-')}")
    for path in FILES
    for case in read_cases(path)
]


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory that is the working directory, so that files are called as in the case."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("case", CASES)
def test_a_case_gives_exactly_its_findings(case: LintCase, directory: Path) -> None:
    """Code, severity, words and place of every finding are those that the case says."""
    case.write(directory)

    findings = api.load(case.arguments).findings

    assert case.written_as(findings) == case.expected


@pytest.mark.parametrize("case", CASES)
def test_errors_keep_compile_from_writing(case: LintCase, directory: Path) -> None:
    """A case with errors leaves no output and exit code 1; of any other one rules are written."""
    case.write(directory)

    arguments = [*case.arguments, "--target", "prometheus", "--out", "made"]
    exit_code = COMMAND.main(["compile", *arguments], standalone_mode=False)

    is_faulty = bool(ERROR.search(case.expected))
    assert (exit_code or 0) == int(is_faulty)
    assert (directory / "made").exists() is not is_faulty


def test_every_offline_code_has_a_case() -> None:
    """Each code that needs no server is shown by a case in a file of its name."""
    shown = {
        (path.name[:6], number)
        for path in FILES
        for case in read_cases(path)
        for number in {code.number for code in codes.CODES if f" {code.number}: " in case.expected}
    }
    offline = {code.number for code in codes.CODES if not code.is_live}

    assert {number for own, number in shown if own == number} == offline
