"""slokit explain: the formulas with one SLO's values in them."""

import shutil
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from slokit.cli.arguments import ProjectFile, Specs
from slokit.cli.exit_codes import Exit
from slokit.diagnostics.errors import UsageError
from slokit.text.words import counted

if TYPE_CHECKING:
    from slokit.api import Loaded
    from slokit.model.slo import Slo

_PIPED_WIDTH = 100
_CLOSE, _MOST = 3, 12


def run(
    name: Annotated[str, typer.Argument(metavar="SERVICE/SLO", help="The SLO to explain.")],
    specs: Specs = None,
    form: Annotated[str, typer.Option("--format", help="text or md.")] = "text",
    project: ProjectFile = None,
) -> None:
    """Explain one SLO: what counts, what its budget is, when it alerts, and where it goes."""
    from slokit import api
    from slokit.cli import findings
    from slokit.explain.facts import explain
    from slokit.explain.formats import FORMATS
    from slokit.text.format import format_named

    chosen = format_named(form, FORMATS)
    loaded = api.load(specs or [], project)
    slo = next((slo for slo in loaded.bundle.slos if slo.id == name), None)
    if slo is None and loaded.errors:
        findings.show(loaded)
        raise typer.Exit(Exit.ERRORS)
    if slo is None:
        raise UsageError(_unknown(name, loaded.bundle.slos))
    place = loaded.place(slo.location_of("name"))
    print(chosen.render(explain(slo, loaded.bundle, place), _width()), end="")
    _tell_errors(loaded)


def _unknown(name: str, slos: "tuple[Slo, ...]") -> str:
    """That there is no such SLO, and which were likely meant."""
    ids = [slo.id for slo in slos]
    near = _nearest(name, ids) or ids
    shown = ", ".join(near[:_MOST]) + (f" and {len(near) - _MOST} more" if near[_MOST:] else "")
    wanted = f"there is no SLO {name!r}" if "/" in name else f"{name!r} is no SERVICE/SLO"
    return f"{wanted}; there {'are' if near[1:] else 'is'} {shown}"


def _nearest(name: str, ids: list[str]) -> list[str]:
    from difflib import get_close_matches

    service, slash, slo = name.partition("/")
    siblings = [known for known in ids if known.startswith(f"{service}/")]
    if slash and siblings:
        close = get_close_matches(slo, [s.partition("/")[2] for s in siblings], _CLOSE)
        return [f"{service}/{bare}" for bare in close] or siblings
    same = siblings or [known for known in ids if known.endswith(f"/{name}")]
    return same or get_close_matches(name, ids, _CLOSE)


def _tell_errors(loaded: "Loaded") -> None:
    if loaded.errors:
        errors = counted(len(loaded.errors), "error")
        print(f"{errors} in the specs: run `slokit validate`", file=sys.stderr)


def _width() -> int:
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else _PIPED_WIDTH
