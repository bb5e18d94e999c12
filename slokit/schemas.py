"""JSON Schemas for editors and programs: a use case of `slokit.api`, which has them too."""

from typing import Any


def spec_schema(project: str | None = None) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a spec, for editors; it offers the bundle's own policies.

    Raises as ``load`` does for a project file.
    """
    from slokit.project import loading, schemas

    return schemas.spec_schema(loading.settings_of(project)[0].own_policies)


def project_file_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of slokit.yaml, for editors."""
    from slokit.project import schemas

    return schemas.project_file_schema()


def report_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a report in JSON."""
    from slokit.reporting.formats import schema

    return schema.report_schema()


def diff_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a difference in JSON."""
    from slokit.diff.formats import schema

    return schema.diff_schema()
