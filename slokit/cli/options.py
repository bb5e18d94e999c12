"""Arguments and options that several commands share."""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from slokit.diagnostics.errors import UsageError
from slokit.text.words import no_such

if TYPE_CHECKING:
    from slokit.api import Choice, Loaded, PrometheusSettings


def one_of(choice: "Choice") -> Callable[[Any], Any]:
    """A callback for an option of one or more names: it refuses those that no registry holds.

    It raises a UsageError before the command does anything.
    """
    kind = choice.rpartition(" ")[2]

    def check(value: Any) -> Any:
        from slokit import api

        known = api.names_of(choice)
        for name in [value] if isinstance(value, str) else value or ():
            if name not in known:
                raise UsageError(no_such(kind, name, known))
        return value

    return check


Specs = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="SPEC",
        help="Files, directories or globs; - is standard input. Default: the project's specs.",
    ),
]
ProjectFile = Annotated[
    str | None,
    typer.Option(
        "--project", metavar="FILE", help="The slokit.yaml to use. Default: the nearest one."
    ),
]
Strict = Annotated[bool, typer.Option("--strict", help="Treat warnings as errors.")]
FindingFormat = Annotated[
    str,
    typer.Option(
        "--format",
        metavar="FORMAT",
        help="How findings are shown: {finding format}.",
        callback=one_of("finding format"),
    ),
]
OutFile = Annotated[
    str | None,
    typer.Option("--out", metavar="FILE", help="Write to a file instead of standard output."),
]


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """How to reach the server, as given on the command line; a field is one option."""

    prometheus: Annotated[
        str | None,
        typer.Option(metavar="URL", help="The server's address. Default: the one in slokit.yaml."),
    ] = None
    timeout: Annotated[
        str | None, typer.Option(metavar="DURATION", help="Time limit of a request, such as 30s.")
    ] = None
    bearer_token_file: Annotated[
        str | None, typer.Option(metavar="FILE", help="File with a bearer token.")
    ] = None
    basic_auth_file: Annotated[
        str | None, typer.Option(metavar="FILE", help="File with user:password.")
    ] = None
    header: Annotated[
        list[str] | None,
        typer.Option(metavar="'NAME: VALUE'", help="HTTP header to send; repeatable."),
    ] = None
    tenant: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Tenant of Mimir or Cortex: sent as X-Scope-OrgID."),
    ] = None
    ca_file: Annotated[
        str | None, typer.Option(metavar="FILE", help="Certificates to trust, as PEM.")
    ] = None
    client_cert: Annotated[
        str | None, typer.Option(metavar="FILE", help="Client certificate, as PEM.")
    ] = None
    client_key: Annotated[
        str | None, typer.Option(metavar="FILE", help="Key of the client certificate, as PEM.")
    ] = None

    def settings(self, loaded: "Loaded") -> "PrometheusSettings":
        """The server to ask: what is given here, and slokit.yaml's settings for the rest.

        Raises UsageError.
        """
        from slokit import api

        given = {field.name: getattr(self, field.name) for field in fields(self)}
        url, timeout, header = (given.pop(name) for name in ("prometheus", "timeout", "header"))
        given |= {"url": url, "timeout": _seconds(timeout), "headers": _headers(header or ())}
        return api.server_settings(loaded, **{n: v for n, v in given.items() if v is not None})


def with_server_options(command: Callable[..., None]) -> Callable[..., None]:
    """Gives a command the options of ServerOptions; it takes them as its argument ``server``."""
    names = [field.name for field in fields(ServerOptions)]
    hints = get_type_hints(ServerOptions, include_extras=True)

    @wraps(command)
    def run(**given: Any) -> None:
        server = ServerOptions(**{name: given.pop(name) for name in names})
        command(server=server, **given)

    kind = inspect.Parameter.KEYWORD_ONLY
    added = [inspect.Parameter(n, kind, default=None, annotation=hints[n]) for n in names]
    own = inspect.signature(command, eval_str=True).parameters.values()
    kept = [p.replace(kind=kind) for p in own if p.name != "server"]
    vars(run)["__signature__"] = inspect.Signature([*kept, *added])
    run.__annotations__ = {p.name: p.annotation for p in [*kept, *added]}
    return run


def _seconds(timeout: str | None) -> float | None:
    from slokit.text import InvalidTextError
    from slokit.text.durations import parse_duration

    if timeout is None:
        return None
    try:
        return float(parse_duration(f"{timeout}s" if timeout.isdigit() else timeout))
    except InvalidTextError as cause:
        raise UsageError(f"--timeout: {cause}; {cause.hint}") from cause


def _headers(given: Sequence[str]) -> dict[str, str]:
    headers = {}
    for text in given:
        name, colon, value = text.partition(":")
        if not colon:
            raise UsageError(f"--header: {name!r} has no colon; write it like 'Name: value'")
        headers[name.strip()] = value.strip()
    return headers
