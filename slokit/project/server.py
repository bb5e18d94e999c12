"""The Prometheus server of a project: what a caller says, and slokit.yaml for the rest."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from slokit.diagnostics.errors import UsageError
from slokit.model.bundle import Project
from slokit.prometheus.settings import InvalidSettingsError, PrometheusSettings, names_tenant

FILES = ("bearer_token_file", "basic_auth_file", "ca_file", "client_cert", "client_key")
_CREDENTIALS = FILES[:2]


def server_settings(project: Project, root: Path, given: Mapping[str, Any]) -> PrometheusSettings:
    """The server to ask; ``given`` are fields of PrometheusSettings that win over slokit.yaml's.

    Files that slokit.yaml names are relative to ``root``, its directory. Headers add up; one kind
    of credentials replaces the other, and so does a tenant, whether by its name or as a header.

    Raises:
        UsageError: no server is named, or the settings make no sense.
    """
    written = dict(project.prometheus)
    given = {name: value for name, value in given.items() if value is not None}
    if not (given.get("url") or written.get("url")):
        raise UsageError("no server to ask: give --prometheus URL, or `prometheus:` in slokit.yaml")
    if any(name in given for name in _CREDENTIALS):
        written = {name: value for name, value in written.items() if name not in _CREDENTIALS}
    if "tenant" in given or names_tenant(given.get("headers", {})):
        own = written.get("headers", {}).items()
        kept = {name: value for name, value in own if not names_tenant({name: value})}
        written = {**written, "headers": kept, "tenant": None}
    written |= {name: str(root / written[name]) for name in FILES if name in written}
    if "timeout" in written:
        written["timeout"] = float(written["timeout"])
    headers = {**written.get("headers", {}), **given.get("headers", {})}
    try:
        return PrometheusSettings(**{**written, **given, "headers": headers})
    except InvalidSettingsError as refused:
        raise UsageError(str(refused)) from refused
