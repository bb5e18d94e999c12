"""What the documentation must have a page for, and that its links lead somewhere."""

import re
from pathlib import Path

from slokit.compiler import names
from slokit.model.causes import FAILURE_MODES
from slokit.promql.faults import find_faults

ROOT = Path(__file__).parents[2]
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)[^)]*\)")
ANCHORED = re.compile(r"\[[^\]]*\]\(([^)#\s]*)#([^)\s]+)\)")
FENCED = re.compile(r"```.*?```", re.DOTALL)
PYTHON = re.compile(r"(?<![\w./<>-])([\w/]+/\w+\.py)\b")
ADDED = re.compile(r"^New file `([^`]+)`", re.MULTILINE)


def test_every_alert_has_a_runbook() -> None:
    """Each alert and each failure mode has a page under docs/runbooks, and there are no others."""
    alerts = {value for name, value in vars(names).items() if name.endswith("_ALERT")}
    pages = {path.stem for path in (ROOT / "docs" / "runbooks").glob("*.md")} - {"README"}

    assert pages == alerts | set(FAILURE_MODES)


def test_a_failure_mode_has_a_runbook_with_queries() -> None:
    """What it looks like, how to confirm it (each query is PromQL), to stop and to prevent it."""
    for mode in FAILURE_MODES:
        text = (ROOT / "docs" / "runbooks" / f"{mode}.md").read_text(encoding="utf-8")
        queries = re.findall(r"```promql\n(.*?)\n```", text, re.DOTALL)

        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == [
            "What it looks like",
            "How to confirm it",
            "How to stop it",
            "How to prevent it",
        ], mode
        assert len(queries) > 2
        assert [query for query in queries if find_faults(query)] == []


def pages() -> list[Path]:
    """The Markdown pages of the repository."""
    return [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]


def test_modules_that_a_page_names_exist() -> None:
    """Each path of a Python file is of the repository or of the package, or added by a recipe."""
    named = [
        (page, path)
        for page in pages()
        if page.name != "CHANGELOG.md"
        for text in [page.read_text(encoding="utf-8")]
        for path in PYTHON.findall(text)
        if path not in ADDED.findall(text)
    ]

    assert len(named) > 50
    assert [
        (str(page.relative_to(ROOT)), path)
        for page, path in named
        if not any((base / path).is_file() for base in (ROOT, ROOT / "slokit"))
    ] == []


def test_what_contributors_are_to_run_is_there() -> None:
    """Each `make …` of CONTRIBUTING.md is a target of the Makefile."""
    targets = re.findall(r"^([a-z0-9]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    commands = re.findall(r"`make ([a-z0-9 ]+)", (ROOT / "CONTRIBUTING.md").read_text("utf-8"))

    assert commands
    assert {word for command in commands for word in command.split()} <= set(targets)


def test_decisions_are_numbered_one_after_another() -> None:
    """No number is left out or taken twice, and the title has that of the file."""
    files = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    numbers = [path.name[:4] for path in files]

    assert numbers == [f"{number:04}" for number in range(1, len(files) + 1)]
    for number, path in zip(numbers, files, strict=True):
        assert path.read_text(encoding="utf-8").startswith(f"# {number}: ")


def test_links_lead_to_files() -> None:
    """Every relative link of README and docs leads to a file or folder of the repository."""
    links = [
        (page, target)
        for page in pages()
        for target in LINK.findall(CODE.sub("", page.read_text(encoding="utf-8")))
        if "://" not in target
    ]

    assert len(links) > 50
    assert [link for link in links if not (link[0].parent / link[1]).exists()] == []


def test_links_lead_to_headings() -> None:
    """Every `#…` of a relative link is a heading of its page, as GitHub makes anchors of them."""
    links = [
        (page, page.parent / path if path else page, anchor)
        for page in pages()
        for path, anchor in ANCHORED.findall(page.read_text(encoding="utf-8"))
        if "://" not in path
    ]

    assert len(links) > 20
    assert [link for link in links if link[2] not in anchors(link[1])] == []


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings."""
    text = FENCED.sub("", page.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    shown = (re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading) for heading in headings)
    return {re.sub(r"[^\w\- ]", "", each.strip().lower()).replace(" ", "-") for each in shown}
