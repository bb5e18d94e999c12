"""Whether the JSON of a report is what the published JSON Schema promises."""

from typing import Any

from jsonschema import Draft202012Validator

from slokit.reporting.formats.schema import report_schema


def broken_promises(report: Any) -> list[str]:
    """Where a report is not what is promised: place and reason."""
    validator = Draft202012Validator(report_schema())
    return [f"{fault.json_path}: {fault.message}" for fault in validator.iter_errors(report)]
