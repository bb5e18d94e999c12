"""Every code of a live server has one question that tells it and one page that explains it."""

from pathlib import Path

from slokit.diagnostics.codes import CODES
from slokit.livecheck import QUESTIONS

ROOT = Path(__file__).parents[3]
LIVE = [code for code in CODES if code.is_live]


def test_every_live_code_belongs_to_exactly_one_question() -> None:
    """No code is told by two questions, and none by nobody."""
    told = [code.number for question in QUESTIONS for code in question.codes]
    assert sorted(told) == sorted(code.number for code in LIVE)


def test_every_live_code_has_a_page_of_its_own() -> None:
    """The page that a finding names exists, begins with the code and says what to do."""
    for code in LIVE:
        text = (ROOT / code.docs).read_text(encoding="utf-8")
        assert text.startswith(f"# {code.number} {code.slug}\n")
        assert "\n## What to do\n" in text


def test_every_question_asks_something_of_its_own() -> None:
    """The questions' texts differ, and all of them are questions."""
    texts = [question.text for question in QUESTIONS]
    assert len(set(texts)) == len(texts)
    assert all(text.endswith("?") for text in texts)
