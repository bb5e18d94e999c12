"""The Prometheus server of a project: all that a caller says, or all that slokit.yaml says.

The two are never mixed: a credential goes to no host that another source named. Why, and what is
trusted: docs/decisions/0018-credentials-go-where-their-source-says.md.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from slokit.diagnostics.errors import UsageError
from slokit.model.bundle import FILE_NAME, Project
from slokit.prometheus.settings import InvalidSettingsError, PrometheusSettings, names_tenant

FILES = ("bearer_token_file", "basic_auth_file", "ca_file", "client_cert", "client_key")
_CREDENTIALS = (
    "bearer_token",
    "bearer_token_file",
    "basic_auth_file",
    "headers",
    "client_cert",
    "client_key",
)
# All that the file says and that reads a file of the machine, or speaks in the user's name.
_TRUSTED_ONLY = (*FILES, "headers")


def server_settings(
    project: Project, root: Path, given: Mapping[str, Any], untrusted: str = ""
) -> PrometheusSettings:
    """The server to ask; ``given`` are fields of PrometheusSettings.

    With a URL they replace the whole block of slokit.yaml. Without one that block is used, to which
    they may add a timeout, a tenant or certificates to trust. Files that slokit.yaml names are
    relative to ``root``, its directory. ``untrusted`` says why that file is not trusted, if so.

    Raises:
        UsageError: no server is named, credentials are given without one, slokit.yaml holds some
            and is not trusted, or the settings make no sense.
    """
    given = {name: value for name, value in given.items() if value not in (None, {})}
    settings = dict(given) if given.get("url") else _from_file(project, root, given, untrusted)
    if "timeout" in settings:
        settings["timeout"] = float(settings["timeout"])
    try:
        return PrometheusSettings(**settings)
    except InvalidSettingsError as refused:
        raise UsageError(str(refused)) from refused


def _from_file(
    project: Project, root: Path, given: Mapping[str, Any], untrusted: str
) -> dict[str, Any]:
    written = dict(project.prometheus)
    if not written.get("url"):
        raise UsageError("no server to ask: give --prometheus URL, or `prometheus:` in slokit.yaml")
    if sent := [name for name in _CREDENTIALS if given.get(name)]:
        raise UsageError(
            f"{_option(sent[0])} is given without --prometheus URL: credentials do not go to a"
            f" server that {FILE_NAME} names"
        )
    if untrusted and (held := [name for name in _TRUSTED_ONLY if written.get(name)]):
        raise UsageError(
            f"`{held[0]}` of {FILE_NAME} is not used {untrusted}: give --prometheus URL and"
            " credentials here or by the environment, or --trust-project"
        )
    if "tenant" in given and "headers" in written:
        own = written.get("headers", {}).items()
        written["headers"] = {name: v for name, v in own if not names_tenant({name: v})}
    written |= {name: str(root / written[name]) for name in FILES if name in written}
    return {**written, **given}


def _option(name: str) -> str:
    return "--header" if name == "headers" else f"--{name.replace('_', '-')}"
