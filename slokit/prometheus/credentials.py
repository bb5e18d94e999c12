"""The secrets that a request carries, and to whom: the configured server alone."""

import base64
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import SplitResult, urlsplit

import requests
from requests.auth import AuthBase

from slokit.prometheus.errors import UnreadableCredentialsError, one_line
from slokit.prometheus.settings import TENANT_HEADER, PrometheusSettings


@dataclass(frozen=True, slots=True, repr=False)
class Credentials(AuthBase):
    """Headers to add, and the files for TLS.

    As the ``auth`` of every request it also keeps ~/.netrc out. A redirect to another host gets
    neither the token nor the configured headers, which often hold keys of their own.
    """

    home: SplitResult
    headers: Mapping[str, str]
    secrets: tuple[str, ...]
    verify: str | bool
    cert: str | tuple[str, str] | None

    @classmethod
    def read(cls, settings: PrometheusSettings) -> Self:
        """Reads the files that the settings name. Raises UnreadableCredentialsError."""
        authorization, secrets = _authorization(settings)
        tenant = {TENANT_HEADER: settings.tenant} if settings.tenant else {}
        return cls(
            home=urlsplit(settings.url),
            headers={**settings.headers, **tenant, **authorization},
            secrets=(*secrets, *settings.headers.values()),
            verify=_checked_ca(settings),
            cert=_checked_pair(settings),
        )

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Adds the headers when the request goes to the configured server."""
        if _same_server(self.home, urlsplit(request.url or "")):
            request.headers.update(self.headers)
        return request

    def cert_for(self, url: str) -> str | tuple[str, str] | None:
        """Our certificate, when the request goes to the configured server."""
        return self.cert if _same_server(self.home, urlsplit(url)) else None

    def hidden(self, text: str) -> str:
        """``text`` with every secret of more than three characters masked."""
        for secret in self.secrets:
            if len(secret) > 3:
                text = text.replace(secret, "***")
        return text


def _same_server(home: SplitResult, there: SplitResult) -> bool:
    if home.hostname != there.hostname:
        return False
    if home.scheme == there.scheme:
        return _port(home) == _port(there)
    return home.scheme == "http" and _port(home) == 80 and _port(there) == 443


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def _authorization(settings: PrometheusSettings) -> tuple[dict[str, str], tuple[str, ...]]:
    if settings.bearer_token or settings.bearer_token_file:
        token = (settings.bearer_token or "").strip()
        if settings.bearer_token_file:
            token = _secret(settings, settings.bearer_token_file, "bearer_token_file")
        _refuse_odd_text(settings, token)
        return {"Authorization": f"Bearer {token}"}, (token,)
    if settings.basic_auth_file:
        text = _secret(settings, settings.basic_auth_file, "basic_auth_file")
        user, password = _user_and_password(settings, text)
        pair = base64.b64encode(f"{user}:{password}".encode()).decode()
        return {"Authorization": f"Basic {pair}"}, (pair, password)
    return {}, ()


def _user_and_password(settings: PrometheusSettings, text: str) -> tuple[str, str]:
    lines = text.splitlines()
    user, _, password = text.partition(":") if len(lines) == 1 else (lines[0], "", lines[1])
    if len(lines) > 2 or not user.strip() or not password.strip():
        raise _unreadable(
            settings, "basic_auth_file", "holds neither 'user:password' nor two lines"
        )
    return user.strip(), password.strip()


def _refuse_odd_text(settings: PrometheusSettings, token: str) -> None:
    if token and token.isascii() and token.isprintable() and " " not in token:
        return
    why = "holds more than one line or word of plain ASCII"
    if settings.bearer_token_file:
        raise _unreadable(settings, "bearer_token_file", why)
    raise UnreadableCredentialsError(settings.url, f"was not asked: the bearer token {why}")


def _secret(settings: PrometheusSettings, path: str | Path, key: str) -> str:
    try:
        text = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        raise _unreadable(settings, key, _reason(error)) from error
    if not text:
        raise _unreadable(settings, key, "is empty")
    return text


def _checked_ca(settings: PrometheusSettings) -> str | bool:
    if not settings.ca_file:
        return True
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(str(settings.ca_file))
    except (OSError, ValueError) as error:
        raise _unreadable(settings, "ca_file", _reason(error)) from error
    return str(settings.ca_file)


def _checked_pair(settings: PrometheusSettings) -> str | tuple[str, str] | None:
    if not settings.client_cert:
        return None
    cert, key = str(settings.client_cert), settings.client_key
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(cert, key, _no_password)
    except (OSError, ValueError) as error:
        raise _unreadable(settings, "client_cert or client_key", _reason(error)) from error
    return (cert, str(key)) if key else cert


def _no_password() -> str:
    """Stands for the pass phrase that OpenSSL would otherwise ask the terminal for."""
    return ""


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        return "is no PEM file of the right kind, or needs a pass phrase"
    if isinstance(error, OSError):
        return f"cannot be read: {one_line(error.strerror or type(error).__name__).lower()}"
    return "is not text"


def _unreadable(settings: PrometheusSettings, key: str, why: str) -> UnreadableCredentialsError:
    named = [str(path) for name in key.split(" or ") if (path := getattr(settings, name))]
    files = one_line(" or ".join(named))
    return UnreadableCredentialsError(settings.url, f"was not asked: {key} ({files}) {why}")
