"""Arguments and options that several commands share."""

import inspect
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from slokit.cli.output import say
from slokit.diagnostics.errors import BrokenEnvironmentError, NoSpecsError, UsageError
from slokit.text.words import no_such

if TYPE_CHECKING:
    from slokit.api import Loaded, PrometheusSettings
    from slokit.choices import Choice


def one_of(choice: "Choice") -> Any:
    """What an option of one or more names takes: a callback, and the names for completion.

    The callback refuses names that no registry holds: it raises a UsageError before the command
    does anything.
    """
    kind = choice.rpartition(" ")[2]

    def check(value: Any) -> Any:
        known = _names_of(choice)
        for name in [value] if isinstance(value, str) else value or ():
            if name not in known:
                raise UsageError(no_such(kind, name, known))
        return value

    return {"callback": check, "autocompletion": completed(lambda: _names_of(choice))}


def format_option(choice: "Choice", what: str) -> Any:
    """`--format` of a command: ``what`` says of what the name of the choice is the format."""
    help_text = f"How {what}: {{{choice}}}."
    return typer.Option("--format", metavar="FORMAT", help=help_text, **one_of(choice))


def completed(names: Callable[[], Iterable[str]]) -> Callable[[str], list[str]]:
    """What the shell offers for what was typed so far; nothing where the names are not known."""

    def complete(incomplete: str) -> list[str]:
        try:
            return [name for name in names() if name.startswith(incomplete)]
        except (UsageError, NoSpecsError, BrokenEnvironmentError):
            return []  # a key that is pressed has no place for a message

    return complete


def completed_or_files(incomplete: str) -> list[str]:
    """The files, services and SLOs that a word may go on to."""
    folder, _, start = incomplete.rpartition("/")
    try:
        found = sorted(Path(folder or ".").iterdir()) if start or folder else []
    except OSError:
        found = []
    files = [f"{path}/" if path.is_dir() else str(path) for path in found]
    names = completed(names_in_project)(incomplete)
    return [*(file for file in files if file.startswith(incomplete)), *names]


def _names_of(choice: "Choice") -> Iterable[str]:
    from slokit import api

    return api.names_of(choice)


def names_in_project() -> Iterable[str]:
    """The services and SLOs of the nearest project, as far as its specs can be read."""
    from slokit import api

    file = api.bundle_file()
    bundle = api.load([], file, env=api.chosen_environments([], file)[0]).bundle
    return sorted([*(s.name for s in bundle.services), *(slo.id for slo in bundle.slos)])


def _environments() -> Iterable[str]:
    from slokit import api

    return [name for name in api.chosen_environments([], api.bundle_file()) if name]


Specs = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="SPEC",
        help="Files, directories or globs, services or SLOs (service/slo); - is standard input."
        " Default: the project's specs.",
        autocompletion=completed_or_files,
    ),
]
Owner = Annotated[str | None, typer.Option(metavar="OWNER", help="Only SLOs of this owner.")]


def state_option(name: str, about: str) -> Any:
    """An option that takes states of a report, several times."""
    kind = one_of("report state")
    return typer.Option(name, metavar="STATE", help=f"{about}; repeatable.", **kind)


States = Annotated[
    list[str] | None,
    state_option("--only", "Only SLOs in this state, {report state}, as a report of now has them"),
]
ProjectFile = Annotated[
    str | None,
    typer.Option(
        "--project", metavar="FILE", help="The slokit.yaml to use. Default: the nearest one."
    ),
]
Environment = Annotated[
    str | None,
    typer.Option(
        "--env",
        metavar="ENV",
        help="The environment of slokit.yaml to look at; needed where it has several.",
        autocompletion=completed(_environments),
    ),
]
Environments = Annotated[
    list[str] | None,
    typer.Option(
        "--env",
        metavar="ENV",
        help="Only this environment of slokit.yaml; repeatable. Default: all of them.",
        autocompletion=completed(_environments),
    ),
]
Strict = Annotated[bool, typer.Option("--strict", help="Treat warnings as errors.")]
FindingFormat = Annotated[str, format_option("finding format", "findings are shown")]
OutFile = Annotated[
    str | None,
    typer.Option("--out", metavar="FILE", help="Write to a file instead of standard output."),
]


URL_VARIABLE = "SLOKIT_PROMETHEUS_URL"
# What the environment may say about the server that it names.
_ENVIRONMENT = {
    "SLOKIT_BEARER_TOKEN": "bearer_token",
    "SLOKIT_BEARER_TOKEN_FILE": "bearer_token_file",
    "SLOKIT_BASIC_AUTH_FILE": "basic_auth_file",
    "SLOKIT_TENANT": "tenant",
}
_CREDENTIALS = ("bearer_token_file", "basic_auth_file", "headers", "client_cert", "client_key")


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """How to reach the server, as given on the command line; a field is one option."""

    prometheus: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="The server's address; replaces all of `prometheus:` in slokit.yaml, credentials"
            " and headers included. Default: SLOKIT_PROMETHEUS_URL, else the one in slokit.yaml.",
        ),
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
        typer.Option(
            metavar="'NAME: VALUE'",
            help="HTTP header to send; repeatable. Like all credentials, it needs --prometheus.",
        ),
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

    trust_project: Annotated[
        bool,
        typer.Option(
            "--trust-project",
            help="Use the credentials that slokit.yaml names, also in CI or when another user owns"
            " it.",
        ),
    ] = False

    @property
    def seconds(self) -> float | None:
        """The time limit of a request; None where none is given. Raises UsageError."""
        return _seconds(self.timeout)

    def settings(self, loaded: "Loaded") -> "PrometheusSettings":
        """The server to ask: by these options, else by the environment, else by slokit.yaml.

        Says on standard error what is not sent, or sent without encryption. Raises UsageError.
        """
        from slokit import api

        own = ("prometheus", "timeout", "header", "trust_project")
        given = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in own}
        given |= {"headers": _headers(self.header or ()) or None}
        given |= self._address([name for name in _CREDENTIALS if given[name]])
        given |= {"timeout": self.seconds}
        given = {name: value for name, value in given.items() if value is not None}
        settings = api.server_settings(loaded, trust_project=self.trust_project or None, **given)
        if settings.sends_in_clear:
            _warn(f"credentials go to {settings.url} without encryption: use https")
        return settings

    def _address(self, given: Sequence[str]) -> dict[str, str]:
        """The URL, and what the environment says where it names the server."""
        held = {key: os.environ[name] for name, key in _ENVIRONMENT.items() if os.environ.get(name)}
        if self.prometheus is None and (url := os.environ.get(URL_VARIABLE)):
            if given:
                raise UsageError(
                    f"{_option(given[0])} is given without --prometheus URL: credentials do not go"
                    f" to a server that {URL_VARIABLE} names"
                )
            return {"url": url, **held} | ({"tenant": self.tenant} if self.tenant else {})
        unused = [name for name, key in _ENVIRONMENT.items() if key in held and key != "tenant"]
        if unused:
            _warn(f"{unused[0]} is not sent: {URL_VARIABLE} does not name this server")
        return {} if self.prometheus is None else {"url": self.prometheus}


def with_server_options(command: Callable[..., None]) -> Callable[..., None]:
    """Gives a command the options of ServerOptions; it takes them as its argument ``server``.

    And those of each other class of options that an argument of it has for a type.
    """
    own = inspect.signature(command, eval_str=True).parameters
    groups: dict[str, Any] = {p.name: p.annotation for p in own.values() if _is_group(p.annotation)}

    @wraps(command)
    def run(**given: Any) -> None:
        taken = {
            name: group(**{field.name: given.pop(field.name) for field in fields(group)})
            for name, group in groups.items()
        }
        command(**taken, **given)

    kind = inspect.Parameter.KEYWORD_ONLY
    added = [
        inspect.Parameter(f.name, kind, default=f.default, annotation=hints[f.name])
        for group in groups.values()
        for hints in [get_type_hints(group, include_extras=True)]
        for f in fields(group)
    ]
    kept = [p.replace(kind=kind) for p in own.values() if p.name not in groups]
    vars(run)["__signature__"] = inspect.Signature([*kept, *added])
    run.__annotations__ = {p.name: p.annotation for p in [*kept, *added]}
    return run


def _is_group(annotation: object) -> bool:
    return isinstance(annotation, type) and is_dataclass(annotation)


def _option(name: str) -> str:
    return "--header" if name == "headers" else f"--{name.replace('_', '-')}"


def _warn(text: str) -> None:
    say(f"slokit: warning: {text}", sys.stderr)


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
