"""The server that slokit.yaml names: whether a request could be made with these settings at all.

Nothing is asked and no file is read. What compiles needs no server, so these are warnings.
"""

from collections.abc import Iterator
from typing import Any

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding, Location, Severity
from slokit.prometheus.settings import InvalidSettingsError, PrometheusSettings

# each behind what it is judged with
_KEYS = (
    "url",
    "bearer_token_file",
    "basic_auth_file",
    "headers",
    "tenant",
    "ca_file",
    "client_cert",
    "client_key",
)
_ANY_URL = "http://localhost"


def server_faults(written: object, location: Location) -> Iterator[Finding]:
    """The first setting that goes with none of those before it; secrets are not repeated."""
    settings: dict[str, Any] = {"url": _ANY_URL}
    for key in _KEYS:
        value = getattr(written, key)
        if value is None:
            continue
        settings[key] = value
        try:
            PrometheusSettings(**settings)
        except InvalidSettingsError as fault:
            where = location.at(key)
            warning = Severity.WARNING
            yield Finding(codes.BAD_VALUE, fault.message, where, fault.hint, severity=warning)
            return
