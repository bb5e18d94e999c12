"""slokit schema: JSON Schemas for editors."""

from pathlib import Path
from typing import Annotated

import typer


def run(
    bundle_file: Annotated[
        bool, typer.Option("--bundle-file", help="The schema of slokit.yaml instead of a spec's.")
    ] = False,
    out: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write there instead of the screen.")
    ] = None,
) -> None:
    """Print the JSON Schema of a spec, so that editors complete and check.

    Editors with yaml-language-server take it from a comment in the spec:
    # yaml-language-server: $schema=../slokit.schema.json
    """
    import json

    from slokit.project import schemas, workspace

    schema = schemas.project_file_schema() if bundle_file else schemas.spec_schema()
    text = json.dumps(schema, indent=2, ensure_ascii=False)
    if out is None:
        print(text)
    else:
        workspace.write_text(Path(out), f"{text}\n")
        print(f"wrote {out}")
