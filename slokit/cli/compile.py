"""slokit compile: specs in, rules out."""

import gc
from typing import TYPE_CHECKING, Annotated

import typer

from slokit.cli.options import Environments, ProjectFile, Specs, Strict, one_of
from slokit.cli.output import Exit, has_failed, say, show_elsewhere, show_findings, show_skipped
from slokit.text.words import counted

if TYPE_CHECKING:
    from collections.abc import Mapping
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
    env: Environments = None,
    project: ProjectFile = None,
    strict: Strict = False,
) -> None:
    """Compile specs into Prometheus rules, alerts and dashboards.

    Each environment of slokit.yaml is a bundle of its own, in a directory of its own.
    """
    from slokit import api

    gc.disable()  # nothing lives shorter than the run, so every collection is in vain: 12 % of it
    bundle = api.bundle_file(project)
    chosen = api.chosen_environments(env or [], bundle)
    states: list[Loaded] = []
    try:
        states += [api.load(specs or [], bundle, env=each) for each in chosen]
    except api.NoSpecsError:
        if not specs:
            emptied = {each: api.load_emptied(bundle, env=each) for each in chosen}
            sure = {each: state for each, state in emptied.items() if state}
            _remove_all(sure, target, out, check=check)
        raise
    loaded = api.merged(states)
    show_findings(loaded)
    show_elsewhere(loaded)
    if has_failed(loaded, strict=strict):
        print("nothing was written")
        raise typer.Exit(Exit.ERRORS)
    places = [_below(out, each) for each in chosen]
    changes = api.write_all(list(zip(states, places, strict=True)), target, dry_run=check)
    left_over = {} if specs or env or out else api.left_over(bundle)
    if check:
        _show_drift(dict(zip(chosen, changes, strict=True)))
        _show_left_over(left_over)
        raise typer.Exit(Exit.ERRORS if any(changes) else Exit.FINE)
    for state, place, change in zip(states, places, changes, strict=True):
        _show_written(state, change, api.output_directory(state, place))
    _show_left_over(left_over)
    show_skipped(loaded)


def _show_left_over(found: "Mapping[str, tuple[str, int]]") -> None:
    """What environments left that slokit.yaml has no more."""
    for directory, (name, files) in found.items():
        say(
            f"left alone {counted(files, 'file')} of bundle {name} in {directory}: slokit.yaml"
            " makes no such bundle now; delete them, so that no server loads them on"
        )


def _below(out: str | None, env: str | None) -> str | None:
    """Where an environment is written that goes below a given directory."""
    return f"{out}/{env}" if out is not None and env is not None else out


def _remove_all(
    emptied: "Mapping[str | None, Loaded]",
    target: list[str] | None,
    out: str | None,
    *,
    check: bool,
) -> None:
    """Remove what the last specs of bundles left, where it is sure that there are none."""
    from slokit import api

    states = [(state, _below(out, each)) for each, state in emptied.items()]
    for each, changes in zip(emptied, api.write_all(states, target, dry_run=check), strict=True):
        if check and changes:
            _show_drift({each: changes})
        else:
            _show_changes(changes, each)


def _show_drift(found: "Mapping[str | None, Changes]") -> None:
    for env, changes in found.items():
        _show_changes(changes, env, "would create", "would change", "would remove")
    unchanged = sum(changes.unchanged for changes in found.values())
    up_to_date = f"up to date: {counted(unchanged, 'file')}"
    print("out of date: run `slokit compile`" if any(found.values()) else up_to_date)
    if any(changes.unmerged for changes in found.values()):
        say("a merge left its conflicts in them: `slokit compile` writes them anew; then git add")


def _show_changes(
    changes: "Changes",
    env: str | None,
    created: str = "created",
    changed: str = "changed",
    removed: str = "removed",
) -> None:
    """Each file behind the verb for what becomes of it."""
    below = f"{env}/" if env is not None else ""
    for verb, paths in (
        (created, changes.created),
        (changed, changes.changed),
        (removed, changes.removed),
    ):
        for path in paths:
            say(f"{verb} {below}{path}")


def _show_written(loaded: "Loaded", changes: "Changes", directory: "Path") -> None:
    _show_changes(changes, loaded.bundle.project.environment or None)
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
