"""The options of every command that asks a Prometheus server."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from slokit.diagnostics.errors import UsageError

if TYPE_CHECKING:
    from slokit.api import Loaded
    from slokit.prometheus.settings import PrometheusSettings

_FILES = ("bearer_token_file", "basic_auth_file", "ca_file", "client_cert", "client_key")


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """How to reach the server, as given on the command line; a field is one option."""

    prometheus: Annotated[
        str | None,
        typer.Option("--prometheus", metavar="URL", help="The server. Default: slokit.yaml's."),
    ] = None
    timeout: Annotated[
        str | None, typer.Option(metavar="DURATION", help="For each request, such as 30s.")
    ] = None
    bearer_token_file: Annotated[
        str | None, typer.Option(metavar="FILE", help="Holds the token for the server.")
    ] = None
    basic_auth_file: Annotated[
        str | None, typer.Option(metavar="FILE", help="Holds user:password.")
    ] = None
    header: Annotated[
        list[str] | None,
        typer.Option(metavar="'NAME: VALUE'", help="Sent along; may be given several times."),
    ] = None
    tenant: Annotated[
        str | None, typer.Option(metavar="NAME", help="Sent as X-Scope-OrgID, as Mimir wants it.")
    ] = None
    ca_file: Annotated[
        str | None, typer.Option(metavar="FILE", help="Certificates to trust, as PEM.")
    ] = None
    client_cert: Annotated[
        str | None, typer.Option(metavar="FILE", help="Our certificate, as PEM.")
    ] = None
    client_key: Annotated[
        str | None, typer.Option(metavar="FILE", help="The key of our certificate.")
    ] = None


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


def settings_of(options: ServerOptions, loaded: "Loaded") -> "PrometheusSettings":
    """The server to ask: what the command line says, and slokit.yaml for the rest.

    Files named in slokit.yaml are sought beside it. Raises UsageError.
    """
    from slokit.prometheus.settings import InvalidSettingsError, PrometheusSettings

    project = loaded.bundle.project.prometheus
    url = options.prometheus or project.get("url")
    if not url:
        raise UsageError("no server to ask: give --prometheus URL, or `prometheus:` in slokit.yaml")
    headers, tenant = _headers_and_tenant(options, project)
    try:
        return PrometheusSettings(
            url,
            headers=headers,
            tenant=tenant,
            **_timeout(options, project),
            **_files(options, loaded),
        )
    except InvalidSettingsError as refused:
        raise UsageError(str(refused)) from refused


def _files(options: ServerOptions, loaded: "Loaded") -> dict[str, Any]:
    project = loaded.bundle.project.prometheus
    found = {name: str(loaded.root / project[name]) for name in _FILES if name in project}
    given = {name: value for name in _FILES if (value := getattr(options, name))}
    if "bearer_token_file" in given or "basic_auth_file" in given:
        # the command line replaces one kind of credentials by the other
        found = {k: v for k, v in found.items() if k not in _FILES[:2]}
    return {**found, **{name: str(Path(value)) for name, value in given.items()}}


def _timeout(options: ServerOptions, project: Mapping[str, Any]) -> dict[str, Any]:
    from slokit.text import InvalidTextError
    from slokit.text.durations import parse_duration

    if options.timeout is None:
        return {"timeout": float(project["timeout"])} if "timeout" in project else {}
    text = options.timeout
    try:
        return {"timeout": float(parse_duration(f"{text}s" if text.isdigit() else text))}
    except InvalidTextError as cause:
        raise UsageError(f"--timeout: {cause}; {cause.hint}") from cause


def _headers_and_tenant(
    options: ServerOptions, project: Mapping[str, Any]
) -> tuple[dict[str, str], str | None]:
    """What to send; a tenant of the command line replaces slokit.yaml's, in either form."""
    from slokit.prometheus.settings import names_tenant

    given, written = _headers(options.header or ()), dict(project.get("headers", {}))
    if options.tenant is None and not names_tenant(given):
        return {**written, **given}, project.get("tenant")
    kept = {name: value for name, value in written.items() if not names_tenant({name: value})}
    return {**kept, **given}, options.tenant


def _headers(given: "list[str] | tuple[()]") -> dict[str, str]:
    headers = {}
    for text in given:
        name, colon, value = text.partition(":")
        if not colon:
            raise UsageError("--header wants 'Name: value'")
        headers[name.strip()] = value.strip()
    return headers
