"""slokit compile: specs in, rules out."""

import gc
from typing import TYPE_CHECKING, Annotated

import typer

from slokit.cli.options import ProjectFile, Specs, Strict, one_of
from slokit.cli.output import Exit, has_failed, say, show_elsewhere, show_findings, show_skipped
from slokit.text.words import counted

if TYPE_CHECKING:
    from pathlib import Path

    from slokit.api import Changes, Loaded


def run(
    specs: Specs = None,
    out: Annotated[
        str | None,
        typer.Option(metavar="DIR", help="Where to write. Default: `out` of slokit.yaml."),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; fail if a file would change.")
    ] = False,
    target: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TARGET",
            help="Write only this: {target}; repeatable. Default: `targets` of slokit.yaml.",
            **one_of("target"),
        ),
    ] = None,
    project: ProjectFile = None,
    strict: Strict = False,
) -> None:
    """Compile specs into Prometheus rules, alerts and dashboards."""
    from slokit import api

    gc.disable()  # nothing lives shorter than the run, so every collection is in vain: 12 % of it
    try:
        loaded = api.load(specs or [], project)
    except api.NoSpecsError:
        if not specs:
            _remove_all(project, target, out, check=check)
        raise
    show_findings(loaded)
    show_elsewhere(loaded)
    if has_failed(loaded, strict=strict):
        print("nothing was written")
        raise typer.Exit(Exit.ERRORS)
    changes = api.write(loaded, target, out, dry_run=check)
    if check:
        _show_drift(changes)
        raise typer.Exit(Exit.ERRORS if changes else Exit.FINE)
    _show_written(loaded, changes, api.output_directory(loaded, out))


def _remove_all(
    project: str | None, target: list[str] | None, out: str | None, *, check: bool
) -> None:
    """Remove what the last specs of a bundle left, where it is sure that there are none."""
    from slokit import api

    emptied = api.load_emptied(project)
    if emptied is None:
        return
    changes = api.write(emptied, target, out, dry_run=check)
    if check and changes:
        _show_drift(changes)
    else:
        _show_changes(changes)


def _show_drift(changes: "Changes") -> None:
    _show_changes(changes, "would create", "would change", "would remove")
    up_to_date = f"up to date: {counted(changes.unchanged, 'file')}"
    print("out of date: run `slokit compile`" if changes else up_to_date)


def _show_changes(
    changes: "Changes", created: str = "created", changed: str = "changed", removed: str = "removed"
) -> None:
    """Each file behind the verb for what becomes of it."""
    for verb, paths in (
        (created, changes.created),
        (changed, changes.changed),
        (removed, changes.removed),
    ):
        for path in paths:
            say(f"{verb} {path}")


def _show_written(loaded: "Loaded", changes: "Changes", directory: "Path") -> None:
    _show_changes(changes)
    slos = sum(len(s.slos) for s in loaded.bundle.services if s.name in loaded.selected)
    written = len(changes.created) + len(changes.changed)
    say(
        f"{counted(slos, 'SLO')} of {counted(len(loaded.selected), 'service')}:"
        f" {counted(written, 'file')} written to {directory}, {changes.unchanged} unchanged"
    )
    if loaded.errors_elsewhere:
        print("left alone the files of the bundle as a whole: other specs have errors")
    for bundle, files in changes.taken.items():
        print(
            f"took over {counted(files, 'file')} of bundle {bundle}: where both bundles exist, set"
            " `files: {prefix: bundle}` in slokit.yaml"
        )
    for bundle, files in changes.others.items():
        print(f"left alone {counted(files, 'file')} of bundle {bundle}: delete them if it is gone")
    show_skipped(loaded)
