"""Every code of a live server belongs to one check, and has one page that explains it."""

from pathlib import Path

import pytest

from slokit.diagnostics.codes import CODES
from slokit.livecheck import CHECKS, checks
from slokit.livecheck.checks.base import Check

ROOT = Path(__file__).parents[3]
LIVE = [code for code in CODES if code.is_live]
EACH_CHECK = pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)


def test_every_live_code_belongs_to_exactly_one_check() -> None:
    """No code comes from two checks, and none from no check."""
    found = [code.number for check in CHECKS for code in check.codes]
    assert sorted(found) == sorted(code.number for code in LIVE)


def test_every_live_code_has_a_page_of_its_own() -> None:
    """The page that a finding names exists, begins with the code and says what to do."""
    for code in LIVE:
        text = (ROOT / code.docs).read_text(encoding="utf-8")
        assert text.startswith(f"# {code.number} {code.slug}\n")
        assert "\n## What to do\n" in text


def test_every_check_asks_something_of_its_own() -> None:
    """The checks' questions and names differ, and all of the questions are questions."""
    assert len({check.question for check in CHECKS}) == len(CHECKS)
    assert len({check.name for check in CHECKS}) == len(CHECKS)
    assert all(check.question.endswith("?") for check in CHECKS)


def test_every_file_of_a_check_is_registered() -> None:
    """Each module of the folder is the file of one check, whose name it has."""
    folder = Path(checks.__file__).parent
    files = {path.stem for path in folder.glob("*.py")} - {"__init__", "base"}
    assert files == {check.name.replace("-", "_") for check in CHECKS}


@EACH_CHECK
def test_the_docstring_of_a_check_names_its_codes(check: Check) -> None:
    """Who reads the file learns at its top what it finds, and nothing that another check finds."""
    named = {code.number for code in LIVE if code.number in check.about}
    assert named == {code.number for code in check.codes}
