"""docs/codes/ holds one page for each code, and what the pages show is true."""

import re
from pathlib import Path

import pytest

from slokit import api
from slokit.diagnostics import codes
from slokit.diagnostics.finding import Code, Finding, Place
from slokit.diagnostics.ignores import apply
from slokit.source.places import Places

PAGES = Path(__file__).parents[2] / "docs" / "codes"
BEFORE_AND_AFTER = re.compile(
    r"## Before\n\n```yaml\n(.*?)```\n\n## After\n\n```yaml\n(.*?)```", re.DOTALL
)
NO_EXAMPLE = {
    "SLK005": "a file of five million bytes fits no page",
    "SLK007": "a page is UTF-8 text without control characters",
}
OFFLINE = [code for code in codes.CODES if not code.is_live]


def page(code: Code) -> str:
    return (PAGES / f"{code.number}.md").read_text(encoding="utf-8")


def codes_of(directory: Path, text: str) -> set[Code]:
    """The codes of the findings about a spec, or about a slokit.yaml that says that it is one."""
    is_project = text.startswith("# slokit.yaml\n")
    spec = "apiVersion: slokit/v1\nservice: shop\nslos: [{name: a, objective: 99%, sli: {events: "
    files = {
        "slokit.yaml": text if is_project else "bundle: page\n",
        "spec.yaml": f"{spec}{{bad: b, total: t}}}}}}]\n" if is_project else text,
    }
    directory.mkdir()
    for name, content in files.items():
        (directory / name).write_text(content)
    paths = [str(directory / "spec.yaml")]
    return {f.code for f in api.load(paths, str(directory / "slokit.yaml")).findings}


def test_every_code_has_a_page_and_every_page_a_code() -> None:
    """The page that a finding names exists, and no page is left over."""
    assert {path.name for path in PAGES.iterdir()} == {f"{c.number}.md" for c in codes.CODES}


@pytest.mark.parametrize("code", codes.CODES, ids=lambda code: code.number)
def test_a_page_says_number_slug_and_severity(code: Code) -> None:
    """Title and second paragraph are those of the registry."""
    title, _, severity = page(code).split("\n")[:3]

    assert title == f"# {code.number} {code.slug}"
    assert severity.startswith(f"*{code.severity.value.capitalize()}")


@pytest.mark.parametrize(
    "code",
    [code for code in OFFLINE if code.number not in NO_EXAMPLE],
    ids=lambda code: code.number,
)
def test_what_a_page_shows_is_told_before_and_not_after(code: Code, tmp_path: Path) -> None:
    """The first example gives the finding; the second gives none at all."""
    found = BEFORE_AND_AFTER.search(page(code))
    assert found is not None

    assert code in codes_of(tmp_path / "before", found[1])
    assert codes_of(tmp_path / "after", found[2]) == set()


@pytest.mark.parametrize("code", OFFLINE, ids=lambda code: code.number)
def test_a_page_says_whether_the_code_can_be_ignored(code: Code) -> None:
    """What no comment silences says so, and only that."""
    text = f"a: b  # slokit: ignore[{code.number}] reason\n"
    finding = Finding(code, "m", place=Place("f", 1, 1, 1, 2))
    stays = finding in apply([finding], Places({"f": text}))

    assert stays == ("It cannot be ignored." in page(code))
