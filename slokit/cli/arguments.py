"""Arguments and options that several commands share."""

from typing import Annotated

import typer

Specs = Annotated[
    list[str] | None,
    typer.Argument(
        help="Files, directories or globs; - is standard input. Default: the project's."
    ),
]
ProjectFile = Annotated[
    str | None,
    typer.Option(
        "--project", metavar="FILE", help="The bundle file. Default: nearest slokit.yaml."
    ),
]
Strict = Annotated[bool, typer.Option("--strict", help="Warnings count as errors.")]
