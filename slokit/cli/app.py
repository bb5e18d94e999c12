"""The console script: commands, and what becomes of their faults."""

import errno
import os
import sys
from typing import Annotated

import typer

from slokit.cli import catalog as catalog_command
from slokit.cli import check as check_command
from slokit.cli import compile as compile_command
from slokit.cli import demo as demo_command
from slokit.cli import diff as diff_command
from slokit.cli import explain as explain_command
from slokit.cli import init as init_command
from slokit.cli import report as report_command
from slokit.cli import schema as schema_command
from slokit.cli import validate as validate_command
from slokit.cli.exit_codes import Exit
from slokit.diagnostics.errors import BrokenEnvironmentError, NoSpecsError, UsageError

_UNWRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EIO)

app = typer.Typer(
    name="slokit",
    help="Error budgets for clustered systems: YAML specs become Prometheus rules and reports.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("init")(init_command.run)
app.command("compile")(compile_command.run)
app.command("validate")(validate_command.run)
app.command("check")(check_command.run)
app.command("report")(report_command.run)
app.command("diff")(diff_command.run)
app.command("explain")(explain_command.run)
app.add_typer(catalog_command.app, name="catalog")
app.command("schema")(schema_command.run)
app.command("demo")(demo_command.run)


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
    """Error budgets for clustered systems: YAML specs become Prometheus rules and reports."""


def main() -> None:
    """Run a command; every fault that is not a bug ends in one line and its exit code."""
    # Looking for plugins of pydantic takes 45 ms of every start, and slokit has none.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
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
        if cause.errno not in _UNWRITABLE:
            raise
        _drop_output()
        _stop(
            BrokenEnvironmentError(f"cannot write the output: {cause.strerror}"), Exit.ENVIRONMENT
        )


def _run() -> None:
    """Run the command, and write what it left in the buffer while faults can still be told."""
    try:
        app()
    finally:
        if sys.exc_info()[0] in (None, SystemExit):
            print(end="", flush=True)


def _drop_output() -> None:
    """Keep the interpreter from writing once more, at its end, what cannot be written."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _stop(fault: Exception, code: Exit) -> None:
    print(f"slokit: {' '.join(str(fault).split())}", file=sys.stderr)
    sys.exit(code)
