"""The reference says what the program does today, and its JSON keys are those that are promised."""

import re
from pathlib import Path
from typing import Any

import pytest

from scripts.write_reference import pages
from slokit.dialects.slokit_v1.schema import schema
from slokit.promql import variables
from slokit.reporting.formats.schema import report_schema
from slokit.sli import SLI_TYPES
from tests.docs.shell_blocks import ROOT

REFERENCE = ROOT / "docs" / "reference"
WRITTEN = pages()
KEY = re.compile(r"^\| `(\w+)` \|", re.MULTILINE)


def keys_of(section: str) -> list[str]:
    """The keys of the table below a heading of the page about a report's JSON."""
    text = (REFERENCE / "report-json.md").read_text(encoding="utf-8")
    return KEY.findall(text.partition(f"\n## {section}\n")[2].partition("\n## ")[0])


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: page.name)
def test_a_page_is_what_the_program_says(page: Path) -> None:
    """`make docs` would change nothing."""
    assert page.read_text(encoding="utf-8") == WRITTEN[page]


def test_the_keys_of_a_report_are_those_that_are_promised() -> None:
    """The page has the keys of the schema that tests hold every report to."""
    promised = report_schema()
    parts = {name: list(part["properties"]) for name, part in promised["$defs"].items()}

    assert keys_of("The report") == list(promised["properties"])
    assert keys_of("A row") == parts["row"]
    assert keys_of("A measure") == parts["measure"]
    assert keys_of("An incident") == parts["incident"]


def keys_below(schema: Any) -> set[str]:
    """Every key that a JSON Schema knows, at any depth."""
    parts = schema.values() if isinstance(schema, dict) else schema
    found = {key for part in parts if isinstance(part, dict | list) for key in keys_below(part)}
    known = schema.get("properties", {}) if isinstance(schema, dict) else {}
    return found | set(known)


def test_every_key_and_variable_of_a_spec_is_there() -> None:
    """What the schema knows, and what PromQL may use: nothing else is needed."""
    page = (REFERENCE / "spec.md").read_text(encoding="utf-8")
    keys = keys_below(schema(["default"])) - {kind.name for kind in SLI_TYPES}
    words = {f"${name}" for name in variables.NAMES}

    assert len(keys) > 40
    assert [one for one in keys | words if f"`{one}`" not in page] == []


def test_every_page_is_listed() -> None:
    """A page that the documentation's table of contents does not name would not be found."""
    contents = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")

    assert [page.name for page in WRITTEN if f"reference/{page.name}" not in contents] == []
