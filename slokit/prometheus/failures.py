"""What a library exception means: the one place that translates them."""

import socket
import ssl
from http.client import BadStatusLine, LineTooLong

import requests
from urllib3.exceptions import DecodeError, ReadTimeoutError

from slokit.prometheus.errors import (
    NotPrometheusError,
    PrometheusError,
    PrometheusTimeoutError,
    PrometheusUnreachableError,
    one_line,
)
from slokit.prometheus.settings import PrometheusSettings

_CUT = (ConnectionResetError, ConnectionAbortedError, BrokenPipeError)
_BROKE_OFF = "the connection broke off"
_CHECK_URL = "check the URL and that the server runs"
_PROXY = "look at its log and at any proxy before it"


def fault_of(error: Exception, settings: PrometheusSettings) -> PrometheusError:
    """The typed fault for an exception of requests, urllib3 or the socket."""
    url = settings.url
    cause = _innermost(error)
    if isinstance(error, requests.Timeout) or isinstance(cause, (TimeoutError, ReadTimeoutError)):
        return too_slow(settings)
    if isinstance(error, (requests.exceptions.ContentDecodingError, DecodeError)):
        return NotPrometheusError(
            url, "sent a broken compressed body", "look at the proxy before it"
        )
    if isinstance(error, requests.exceptions.ProxyError):
        return PrometheusUnreachableError(
            url, f"is behind a proxy that fails: {_root(cause)}", "check HTTPS_PROXY and NO_PROXY"
        )
    if isinstance(cause, ssl.SSLError) or isinstance(error, requests.exceptions.SSLError):
        return _tls_fault(cause, settings)
    if isinstance(cause, (BadStatusLine, LineTooLong)) and not isinstance(cause, OSError):
        return NotPrometheusError(url, "does not speak HTTP", _CHECK_URL)
    why = _root(cause)
    if why.startswith(_BROKE_OFF):
        return PrometheusUnreachableError(
            url, f"was reached, but {why}", _tls_hint(settings, _PROXY)
        )
    return PrometheusUnreachableError(url, f"cannot be reached: {why}", _CHECK_URL)


def too_slow(settings: PrometheusSettings) -> PrometheusTimeoutError:
    """The fault of an answer that is not complete in time."""
    return PrometheusTimeoutError(
        settings.url,
        f"gave no complete answer within {settings.timeout:g} s",
        "ask for less at once or raise the timeout",
    )


def _tls_hint(settings: PrometheusSettings, otherwise: str) -> str:
    """A server that misses a client certificate may hang up before it can say so."""
    if settings.url.startswith("https:") and not settings.client_cert:
        return "it may want a client certificate: see client_cert and client_key"
    return otherwise


def _tls_fault(cause: BaseException, settings: PrometheusSettings) -> PrometheusUnreachableError:
    url = settings.url
    if isinstance(cause, ssl.SSLCertVerificationError):
        reason = one_line(cause.verify_message, 120)
        return PrometheusUnreachableError(
            url, f"shows a certificate that is not trusted: {reason}", "name its CA in ca_file"
        )
    text = f"{getattr(cause, 'reason', None) or ''} {cause}".lower()
    if "wrong_version" in text or "wrong version" in text or "record layer" in text:
        return PrometheusUnreachableError(
            url, "does not speak TLS", "try http:// instead of https://"
        )
    if "alert" in text and "certificate" in text:
        return PrometheusUnreachableError(
            url, "wants another client certificate", "check client_cert and client_key"
        )
    hint = _tls_hint(settings, "check its certificate and TLS versions")
    return PrometheusUnreachableError(url, "cannot agree on TLS with this client", hint)


def _innermost(error: BaseException) -> BaseException:
    """The exception that started it; urllib3 keeps it as ``reason`` or as an argument."""
    seen: set[int] = set()
    while id(error) not in seen:
        seen.add(id(error))
        inner = [getattr(error, "reason", None), *reversed(error.args), error.__cause__]
        inner.append(error.__context__)
        error = next((one for one in inner if isinstance(one, BaseException)), error)
    return error


def _root(cause: BaseException) -> str:
    """The cause in a few words, never the library's sentence: that one quotes URLs and headers."""
    if isinstance(cause, socket.gaierror):
        return "the host name does not resolve"
    if isinstance(cause, ConnectionRefusedError):
        return "the connection was refused"
    if isinstance(cause, (requests.exceptions.InvalidURL, UnicodeError)):
        return "the address is not valid"
    if type(cause).__name__ == "IncompleteRead":
        return f"{_BROKE_OFF} in the middle of the answer"
    if isinstance(cause, _CUT):
        return _BROKE_OFF
    if isinstance(cause, OSError) and cause.strerror:
        return one_line(cause.strerror.lower(), 120)
    return _BROKE_OFF
