"""slokit compile: specs in, rules out."""

from typing import TYPE_CHECKING, Annotated

import typer

from slokit.cli.arguments import ProjectFile, Specs, Strict
from slokit.cli.exit_codes import Exit
from slokit.text.words import counted

if TYPE_CHECKING:
    from pathlib import Path

    from slokit.api import Changes, Loaded


def run(
    specs: Specs = None,
    out: Annotated[str | None, typer.Option(help="Where to write. Default: the project's.")] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; fail when a file would change.")
    ] = False,
    target: Annotated[
        list[str] | None, typer.Option(help="What to write; may be given several times.")
    ] = None,
    project: ProjectFile = None,
    strict: Strict = False,
) -> None:
    """Compile specs into rules, tests and dashboards."""
    import gc

    from slokit import api
    from slokit.cli import findings

    gc.disable()  # nothing lives shorter than the run, so every collection is in vain: 12 % of it
    loaded = api.load(specs or [], project)
    findings.show(loaded)
    if findings.has_failed(loaded, strict=strict):
        print("nothing was written")
        raise typer.Exit(Exit.ERRORS)
    changes = api.write(loaded, target, out, dry_run=check)
    if check:
        _tell_drift(changes)
        raise typer.Exit(Exit.ERRORS if changes else Exit.FINE)
    _tell(loaded, changes, api.output_directory(loaded, out))


def _tell_drift(changes: "Changes") -> None:
    for verb, paths in (
        ("would create", changes.created),
        ("would change", changes.changed),
        ("would remove", changes.removed),
    ):
        for path in paths:
            print(f"{verb} {path}")
    print(
        "out of date: run `slokit compile`" if changes else f"up to date: {changes.unchanged} files"
    )


def _tell(loaded: "Loaded", changes: "Changes", directory: "Path") -> None:
    for path in changes.removed:
        print(f"removed {path}")
    slos = sum(len(s.slos) for s in loaded.bundle.services if s.name in loaded.selected)
    written = len(changes.created) + len(changes.changed)
    print(
        f"{counted(slos, 'SLO')} of {counted(len(loaded.selected), 'service')}:"
        f" {counted(written, 'file')} written to {directory}, {changes.unchanged} unchanged"
    )
    for bundle, files in changes.others.items():
        print(f"left alone {counted(files, 'file')} of bundle {bundle}: delete them if it is gone")
    if loaded.skipped:
        print(f"skipped {counted(loaded.skipped, 'YAML document')}: no slokit specs")
