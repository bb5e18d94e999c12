"""What the documentation must have a page for."""

from pathlib import Path

from slokit.compiler import names

ROOT = Path(__file__).parents[2]


def test_every_alert_has_a_runbook() -> None:
    """Each alert has a page under docs/runbooks, and each page is of an alert."""
    alerts = {value for name, value in vars(names).items() if name.endswith("_ALERT")}
    pages = {path.stem for path in (ROOT / "docs" / "runbooks").glob("*.md")} - {"README"}

    assert pages == alerts
