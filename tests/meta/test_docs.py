"""What the documentation must have a page for, and that its links lead somewhere."""

import re
from pathlib import Path

from slokit.compiler import names

ROOT = Path(__file__).parents[2]
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)[^)]*\)")


def test_every_alert_has_a_runbook() -> None:
    """Each alert has a page under docs/runbooks, and each page is of an alert."""
    alerts = {value for name, value in vars(names).items() if name.endswith("_ALERT")}
    pages = {path.stem for path in (ROOT / "docs" / "runbooks").glob("*.md")} - {"README"}

    assert pages == alerts


def test_links_lead_to_files() -> None:
    """Every relative link of README and docs leads to a file or folder of the repository."""
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    links = [
        (page, target)
        for page in pages
        for target in LINK.findall(CODE.sub("", page.read_text(encoding="utf-8")))
        if "://" not in target
    ]

    assert len(links) > 50
    assert [link for link in links if not (link[0].parent / link[1]).exists()] == []
