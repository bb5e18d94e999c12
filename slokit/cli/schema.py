"""slokit schema: JSON Schemas, for editors and for who reads reports."""

import json
from typing import Annotated

import typer

from slokit.cli.options import OutFile
from slokit.diagnostics.errors import UsageError


def run(
    bundle_file: Annotated[
        bool, typer.Option("--bundle-file", help="The schema of slokit.yaml instead of specs.")
    ] = False,
    report: Annotated[
        bool,
        typer.Option("--report", help="The schema of `slokit report --format json` instead."),
    ] = False,
    out: OutFile = None,
) -> None:
    """Print the JSON Schema of specs, of slokit.yaml or of reports.

    With the first two, editors complete and check what is typed. yaml-language-server finds it by
    the first line of a spec: `# yaml-language-server: $schema=../slokit.schema.json`
    """
    from slokit import api

    if bundle_file and report:
        raise UsageError("--bundle-file and --report are two schemas: ask for one of them")
    if bundle_file or report:
        schema = (api.report_schema if report else api.project_file_schema)()
    else:
        schema = api.spec_schema()
    text = json.dumps(schema, indent=2, ensure_ascii=False)
    if out is None:
        print(text)
    else:
        api.save(out, f"{text}\n")
        print(f"wrote {out}")
