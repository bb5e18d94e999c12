"""The console script: commands, and what becomes of their faults."""

import errno
import os
import sys
from io import StringIO, TextIOWrapper
from typing import Annotated

import typer

from slokit.cli import (
    catalog,
    check,
    compile,
    demo,
    diff,
    explain,
    gate,
    init,
    maintenance,
    report,
    schema,
    validate,
)
from slokit.cli.help import Command
from slokit.cli.output import Exit, say
from slokit.diagnostics.errors import BrokenEnvironmentError, NoSpecsError, UsageError
from slokit.text.words import clip

_UNWRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EIO)
_PATH_SHOWN = 200  # characters

app = typer.Typer(
    name="slokit",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for _command in (init, compile, validate, check, report, gate, diff, explain, schema, demo):
    app.command(_command.__name__.rpartition(".")[2], cls=Command)(_command.run)
app.add_typer(catalog.app, name="catalog")
app.add_typer(maintenance.app, name="maintenance")


def _version(wanted: bool) -> None:
    if wanted:
        from slokit import __version__

        print(f"slokit {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Error budgets for clustered systems: specs in YAML, rules for Prometheus, reports."""


def main() -> None:
    """Run a command; every fault that is not a bug ends in one line and its exit code."""
    # Looking for plugins of pydantic takes 45 ms of every start, and slokit has none.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    if sys.stderr is None:
        # who closed it (2>&-) does not want to hear of progress and faults
        sys.stderr = StringIO()
    if isinstance(sys.stdout, TextIOWrapper):
        # a terminal that is not UTF-8 shows what it cannot write as \u2026, and no traceback
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        _run()
    except UsageError as fault:
        _stop(fault, Exit.USAGE)
    except NoSpecsError as fault:
        _stop(fault, Exit.NO_SPECS)
    except BrokenEnvironmentError as fault:
        _stop(fault, Exit.ENVIRONMENT)
    except BrokenPipeError:
        _drop_output()
        sys.exit(Exit.ENVIRONMENT)
    except OSError as cause:
        _stop(_fault_of(cause), Exit.ENVIRONMENT)


def _fault_of(cause: OSError) -> BrokenEnvironmentError:
    """What the machine refuses: a path, wherever it was met, or room for the output.

    Raises:
        OSError: the cause itself, when it is a bug.
    """
    if cause.filename is not None:
        path = clip(os.fspath(cause.filename), _PATH_SHOWN)
        return BrokenEnvironmentError(f"cannot reach {path}: {cause.strerror}")
    if cause.errno not in _UNWRITABLE:
        raise cause
    _drop_output()
    return BrokenEnvironmentError(f"cannot write the output: {cause.strerror}")


def _run() -> None:
    """Run the command, and write what it left in the buffer while faults can still be shown."""
    try:
        app()
    finally:
        if sys.exc_info()[0] in (None, SystemExit):
            print(end="", flush=True)


def _drop_output() -> None:
    """Keep the interpreter from writing once more, at its end, what cannot be written."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _stop(fault: Exception, code: Exit) -> None:
    say(f"slokit: {' '.join(str(fault).split())}", sys.stderr)
    sys.exit(code)
