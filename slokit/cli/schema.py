"""slokit schema: JSON Schemas for editors."""

import json
from typing import Annotated

import typer

from slokit.cli.options import OutFile


def run(
    bundle_file: Annotated[
        bool, typer.Option("--bundle-file", help="The schema of slokit.yaml instead of specs.")
    ] = False,
    out: OutFile = None,
) -> None:
    """Print the JSON Schema of specs or of slokit.yaml.

    With it, editors complete and check what is typed. yaml-language-server finds it by the first
    line of a spec: `# yaml-language-server: $schema=../slokit.schema.json`
    """
    from slokit import api

    schema = api.project_file_schema() if bundle_file else api.spec_schema()
    text = json.dumps(schema, indent=2, ensure_ascii=False)
    if out is None:
        print(text)
    else:
        api.save(out, f"{text}\n")
        print(f"wrote {out}")
