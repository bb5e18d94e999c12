"""Where a Prometheus server is and how to be let in: values only, checked, never read from here."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, urlsplit

TENANT_HEADER: Final = "X-Scope-OrgID"
"""Names the tenant to Mimir, Cortex, Thanos with tenancy and their kin."""
DEFAULT_TIMEOUT: Final = 30.0
DEFAULT_MAX_BYTES: Final = 256 * 1024 * 1024
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_EXAMPLE = "write it like https://prometheus.example.com or http://localhost:9090/prometheus"


class InvalidSettingsError(ValueError):
    """Settings that no request can be made with; the command line makes a usage error of it.

    ``message`` says what is wrong without repeating a secret, ``hint`` what to write instead.
    """

    def __init__(self, message: str, hint: str) -> None:
        self.message = message
        self.hint = hint
        super().__init__(f"{message}; {hint}")


@dataclass(frozen=True, slots=True)
class PrometheusSettings:
    """One server and the way in.

    ``url`` may have a path (``https://x/prometheus/``) and never credentials. ``bearer_token``,
    ``bearer_token_file`` and ``basic_auth_file`` exclude each other; the last holds
    ``user:password`` or two lines.
    ``tenant`` is sent as X-Scope-OrgID, which ``headers`` may hold instead.
    ``timeout`` is in seconds and covers a whole request: name look-up, connection, redirects, the
    wait that a busy server asks for, and the last byte of a slow body. ``max_bytes`` caps an
    answer after decompression. Files are read at the first request, not here.

    Raises InvalidSettingsError.
    """

    url: str
    bearer_token_file: str | Path | None = None
    basic_auth_file: str | Path | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False, hash=False)
    tenant: str | None = None
    ca_file: str | Path | None = None
    client_cert: str | Path | None = None
    client_key: str | Path | None = None
    timeout: float = DEFAULT_TIMEOUT
    max_bytes: int = DEFAULT_MAX_BYTES
    bearer_token: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "url", _checked_url(self.url))
        object.__setattr__(self, "headers", dict(self.headers))
        _check_headers(self.headers)
        _check_tenant(self.tenant, self.headers)
        _check_limits(self.timeout, self.max_bytes)
        _check_pairs(self)

    @property
    def has_credentials(self) -> bool:
        """Whether requests say who we are; a header of one's own may do so too."""
        return bool(
            self.bearer_token or self.bearer_token_file or self.basic_auth_file or self.headers
        )

    @property
    def sends_in_clear(self) -> bool:
        """Whether credentials go to another machine without encryption."""
        parts = urlsplit(self.url)
        return self.has_credentials and parts.scheme == "http" and not is_here(parts.hostname)

    @property
    def sends_tenant(self) -> bool:
        """Whether requests name a tenant."""
        return self.tenant is not None or names_tenant(self.headers)


def is_here(host: str | None) -> bool:
    """Whether a host is this machine: what is sent there crosses no network."""
    if not host or host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def names_tenant(headers: Mapping[str, str]) -> bool:
    """Whether a tenant is among the headers, however its name is written."""
    return any(name.lower() == TENANT_HEADER.lower() for name in headers)


def _checked_url(text: str) -> str:
    stripped = text.strip()
    parts = _parts(stripped)
    if parts.scheme.lower() not in ("http", "https") or "://" not in stripped:
        raise InvalidSettingsError(
            "the Prometheus URL must begin with http:// or https://", _EXAMPLE
        )
    if "@" in parts.netloc:
        raise InvalidSettingsError(
            "the Prometheus URL holds credentials",
            "take user:password@ out of it and put it into a file for basic_auth_file",
        )
    if parts.query or parts.fragment or stripped.endswith(("?", "#")):
        raise InvalidSettingsError("the Prometheus URL has a query string or a fragment", _EXAMPLE)
    return f"{parts.scheme.lower()}://{parts.netloc.lower()}{parts.path.rstrip('/')}"


def _parts(text: str) -> SplitResult:
    if not text.isprintable() or " " in text or "\\" in text:
        raise InvalidSettingsError("the Prometheus URL holds a character that no URL has", _EXAMPLE)
    try:
        parts = urlsplit(text)
        usable = bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise InvalidSettingsError("the Prometheus URL cannot be read", _EXAMPLE) from None
    if parts.scheme.lower() in ("http", "https") and not usable:
        raise InvalidSettingsError("the Prometheus URL names no host", _EXAMPLE)
    return parts


def _check_headers(headers: Mapping[str, str]) -> None:
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name):
            raise InvalidSettingsError(
                f"{name!r} is no HTTP header name", "use letters, digits and dashes"
            )
        if not (value.isascii() and value.isprintable()) or value != value.strip():
            raise InvalidSettingsError(
                f"the value of the header {name} cannot be sent",
                "use printable ASCII without surrounding blanks",
            )


def _check_tenant(tenant: str | None, headers: Mapping[str, str]) -> None:
    if tenant is None:
        return
    if not tenant:
        raise InvalidSettingsError("the tenant is empty", "name one, or leave it out")
    if names_tenant(headers):
        raise InvalidSettingsError(
            f"the tenant and a header {TENANT_HEADER} are both given", "keep the one that is meant"
        )
    _check_headers({TENANT_HEADER: tenant})


def _check_limits(timeout: float, max_bytes: int) -> None:
    if not (math.isfinite(timeout) and timeout > 0):
        raise InvalidSettingsError(f"a timeout of {timeout} makes no sense", "give seconds above 0")
    if max_bytes <= 0:
        raise InvalidSettingsError(f"max_bytes of {max_bytes} makes no sense", "give bytes above 0")


def _check_pairs(settings: PrometheusSettings) -> None:
    ways = ("bearer_token", "bearer_token_file", "basic_auth_file")
    given = [name for name in ways if getattr(settings, name)]
    if len(given) > 1:
        raise InvalidSettingsError(
            f"{given[0]} and {given[1]} are both given", "keep the one that is meant"
        )
    if settings.client_key and not settings.client_cert:
        raise InvalidSettingsError(
            "client_key is given without client_cert", "name the certificate's file too"
        )
