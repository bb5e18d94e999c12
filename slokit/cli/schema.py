"""slokit schema: JSON Schemas, for editors and for programs."""

import json
from typing import Annotated

import typer

from slokit.cli.options import OutFile
from slokit.diagnostics.errors import UsageError
from slokit.text.words import joined


def run(
    bundle_file: Annotated[
        bool, typer.Option("--bundle-file", help="The schema of slokit.yaml instead of specs.")
    ] = False,
    report: Annotated[
        bool,
        typer.Option("--report", help="The schema of `slokit report --format json` instead."),
    ] = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="The schema of `slokit diff --format json` instead.")
    ] = False,
    out: OutFile = None,
) -> None:
    """Print the JSON Schema of specs, slokit.yaml or outputs.

    With those of files, editors complete and check what is typed. yaml-language-server finds it by
    the first line of a spec: `# yaml-language-server: $schema=../slokit.schema.json`
    """
    from slokit import api

    asked = {"--bundle-file": bundle_file, "--report": report, "--diff": diff}
    if len(named := [option for option, is_asked in asked.items() if is_asked]) > 1:
        raise UsageError(f"{joined(named)} are different schemas: ask for one of them")
    if bundle_file:
        schema = api.project_file_schema()
    elif report or diff:
        schema = (api.report_schema if report else api.diff_schema)()
    else:
        schema = api.spec_schema()
    text = json.dumps(schema, indent=2, ensure_ascii=False)
    if out is None:
        print(text)
    else:
        api.save(out, f"{text}\n")
        print(f"wrote {out}")
