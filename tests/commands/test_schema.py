"""`slokit schema` on the command line."""

import json
from pathlib import Path

from jsonschema import Draft202012Validator

from slokit.dialects.slokit_v1.written import SloWritten
from slokit.diff.formats.schema import diff_schema
from slokit.project.schemas import project_file_schema, spec_schema
from slokit.reporting.formats.schema import report_schema
from slokit.source.json_schema import name_of
from tests.support.command import slokit as slokit_alone
from tests.support.command_here import slokit


def test_the_schema_is_printed_and_always_the_same(tmp_path: Path) -> None:
    """Two runs print the same bytes, whatever the hash seed, and they are the schema."""
    first = slokit_alone(tmp_path, "schema", PYTHONHASHSEED="1")
    second = slokit_alone(tmp_path, "schema", PYTHONHASHSEED="2")

    assert first == second
    assert (first.code, first.err) == (0, "")
    assert json.loads(first.out) == spec_schema()
    assert not list(tmp_path.iterdir())


def test_the_schema_of_the_bundle_file_goes_into_a_file(tmp_path: Path) -> None:
    """--bundle-file and --out go together; the file is replaced when it is there."""
    for _ in range(2):
        ran = slokit(tmp_path, "schema", "--bundle-file", "--out", "schemas/slokit.json")

        assert (ran.code, ran.out) == (0, "wrote schemas/slokit.json\n")
    assert json.loads((tmp_path / "schemas/slokit.json").read_text()) == project_file_schema()


def test_the_schema_of_reports_is_valid_and_whole(tmp_path: Path) -> None:
    """--report prints the schema that the JSON of a report is held to; it is of draft 2020-12."""
    ran = slokit(tmp_path, "schema", "--report")

    assert (ran.code, ran.err) == (0, "")
    assert json.loads(ran.out) == report_schema()
    Draft202012Validator.check_schema(report_schema())


def test_the_schema_of_differences_is_printed(tmp_path: Path) -> None:
    """--diff prints the schema that the JSON of a difference is held to."""
    ran = slokit(tmp_path, "schema", "--diff")

    assert (ran.code, ran.err) == (0, "")
    assert json.loads(ran.out) == diff_schema()


def test_one_schema_at_a_time(tmp_path: Path) -> None:
    """Two of them are wrong usage: exit code 2, and nothing is printed."""
    ran = slokit(tmp_path, "schema", "--report", "--bundle-file")

    assert (ran.code, ran.out) == (2, "")
    assert "ask for one of them" in ran.err


def test_a_place_that_cannot_be_written_is_a_fault_of_the_environment(tmp_path: Path) -> None:
    """One line names the file, with exit code 4."""
    (tmp_path / "taken").write_text("")

    ran = slokit(tmp_path, "schema", "--out", "taken/schema.json")

    assert ran.code == 4
    assert ran.err.startswith("slokit: cannot write taken/schema.json: ")
    assert ran.err.count("\n") == 1


def test_arguments_are_wrong_usage(tmp_path: Path) -> None:
    """There is nothing to name: exit code 2."""
    assert slokit(tmp_path, "schema", "spec.yaml").code == 2


def test_the_schema_offers_the_policies_of_the_bundle(tmp_path: Path) -> None:
    """Those of the nearest slokit.yaml, beside the presets."""
    (tmp_path / "slokit.yaml").write_text("bundle: shop\nalert_policies: {gold: {}}\n")
    schema = json.loads(slokit(tmp_path, "schema").out)

    offered = schema["$defs"][name_of(SloWritten)]["properties"]["alert_policy"]["anyOf"][0]["enum"]
    assert offered == ["default", "page-only", "ticket-only", "none", "gold"]
