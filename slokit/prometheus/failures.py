"""What a failed exchange is called: from an exception or a refusing reply to the typed error.

Owns the messages: what the server does, then what to try. Text of the server's own is quoted only
after our secrets are masked in it; the libraries' sentences never are, since they hold addresses.
"""

import re
import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import BadStatusLine, LineTooLong
from typing import Final

import requests
from urllib3.exceptions import DecodeError, ReadTimeoutError

from slokit.prometheus import decode
from slokit.prometheus.errors import (
    LESS,
    SHOWN_QUERY,
    SHOWN_TEXT,
    MissingEndpointError,
    NotPrometheusError,
    PrometheusDeniedError,
    PrometheusError,
    PrometheusFailingError,
    PrometheusOverloadedError,
    PrometheusTimeoutError,
    PrometheusUnreachableError,
    QueryRejectedError,
    one_line,
    shown_url,
)
from slokit.prometheus.settings import TENANT_HEADER, PrometheusSettings

_CUT = (ConnectionResetError, ConnectionAbortedError, BrokenPipeError)
_BROKE_OFF = "the connection broke off"
_CHECK_URL = "check the URL and that the server runs"
_CHECK_PATH = "check the URL: it must be the one under which /api/v1/query answers"
_LOOK_BETWEEN = "look at its log and at any proxy before it"
_NAME_A_FILE = "name a bearer_token_file or a basic_auth_file"
_CHECK_FILES = "check bearer_token_file, basic_auth_file and headers"
# What servers and proxies with a limit say: Prometheus' own words, those of Thanos, Mimir, Cortex
# and VictoriaMetrics ("the query exceeded the maximum number of chunks (limit: …)").
_LIMITS = ("too many samples", "too much", "exceed", "limit", "maxsamples", "-search.max")
# Those that count series, as "maximum resolution of … points per timeseries" does not.
_MANY_SERIES = re.compile(
    r"(?:number of|max|maximum) (?:\w+ )?(?:time)?series|series limit|maxUniqueTimeseries",
    re.IGNORECASE,
)
_MOST_WORDS = 10_000
_LONG_QUOTATION = re.compile(r'"(?:[^"\\]|\\.){40,}"')
# What Mimir, Cortex and their kin answer to a request without the tenant header.
_NO_TENANT: Final = "no org id"
_NAME_A_TENANT = (
    f"give --tenant NAME, or `tenant:` below `prometheus:` in slokit.yaml (sent as {TENANT_HEADER})"
)
_TENANT_LOST = f"{TENANT_HEADER} was sent: look at any proxy before it"


def failure_of_exception(error: Exception, settings: PrometheusSettings) -> PrometheusError:
    """The typed error for an exception of requests, urllib3 or the socket."""
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
        return _tls_failure(cause, settings)
    if isinstance(cause, (BadStatusLine, LineTooLong)) and not isinstance(cause, OSError):
        return NotPrometheusError(url, "does not speak HTTP", _CHECK_URL)
    why = _root(cause)
    if why.startswith(_BROKE_OFF):
        return PrometheusUnreachableError(
            url, f"was reached, but {why}", _tls_hint(settings, _LOOK_BETWEEN)
        )
    return PrometheusUnreachableError(url, f"cannot be reached: {why}", _CHECK_URL)


def too_slow(settings: PrometheusSettings) -> PrometheusTimeoutError:
    """The error of an answer that is not complete in time."""
    return PrometheusTimeoutError(
        settings.url,
        f"gave no complete answer within {settings.timeout:g} s",
        f"{LESS} or raise the timeout",
        is_too_much=True,
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """What a message must know of the request.

    ``query`` is the PromQL or the selectors, ``is_optional`` an endpoint that many servers lack,
    ``hide`` masks our own secrets in the server's words.
    """

    settings: PrometheusSettings
    query: str
    is_optional: bool
    hide: Callable[[str], str]

    @property
    def url(self) -> str:
        """The configured address."""
        return self.settings.url


def failure_of_reply(
    reply: requests.Response, content: object, asked: Asked
) -> PrometheusError | None:
    """The error that a reply amounts to; None for a success in Prometheus' form.

    ``content`` is the body's JSON. A success is a 200 and nothing else, for the library too.
    """
    if not isinstance(content, dict) or content.get("status") not in ("success", "error"):
        return _foreign(reply, asked)
    if content["status"] == "error":
        return _rejection(reply, asked, content)
    if reply.status_code != requests.codes.ok or "data" not in content:
        return _foreign(reply, asked)
    return None


def _rejection(
    reply: requests.Response, asked: Asked, content: Mapping[str, object]
) -> PrometheusError:
    """An error in Prometheus' own words."""
    status = reply.status_code
    kind = one_line(str(content.get("errorType", "")), 40)
    said = _without_echo(asked.hide(str(content.get("error") or kind or "no reason given")))
    words = _both_ends(said)
    if status in (401, 403, 407):
        return _refused(reply, asked, words)
    if asked.is_optional and status in (404, 405, 501):
        return _missing(asked)
    if status in (429, 503) or kind in ("timeout", "canceled", "unavailable"):
        return _overloaded(reply, asked, words)
    is_limit = any(each in said.lower() for each in _LIMITS)
    is_many = is_limit and _MANY_SERIES.search(said) is not None
    if status >= 500 or kind == "internal":
        return _failing(asked, status, f": {words}", is_limit=is_limit, is_many_series=is_many)
    query = f"`{one_line(asked.query, SHOWN_QUERY)}`" if asked.query else "the question"
    hint = f"{LESS}, or raise its limit" if is_limit else ""
    hint = f"{LESS}, or raise its --query.max-samples" if "too many samples" in said else hint
    return QueryRejectedError(
        asked.url,
        f"rejects {query}: {words}",
        hint,
        is_too_much=is_limit,
        is_many_series=is_many,
    )


def _without_echo(said: str) -> str:
    """A server's words without the query that VictoriaMetrics repeats before its reason.

    That may be as long as the query, and hold any word.

    >>> _without_echo('cannot execute "count(limit_total) > 0 or count(limit_total) < 9": too many')
    'cannot execute "…": too many'
    """
    return _LONG_QUOTATION.sub('"…"', said)


def _both_ends(said: str) -> str:
    """One line of a server's words: the reason may be what it says last."""
    words = one_line(said, _MOST_WORDS)
    if len(words) <= SHOWN_TEXT:
        return words
    return f"{words[: SHOWN_TEXT // 3].rstrip()} … {words[-SHOWN_TEXT * 2 // 3 :].lstrip()}"


def _foreign(reply: requests.Response, asked: Asked) -> PrometheusError:
    """A reply that is not in Prometheus' form: its status decides."""
    status = reply.status_code
    words = _plain_words(reply, asked)
    if asked.is_optional and status in (400, 404, 405, 410, 501):
        return _missing(asked)
    if status in (401, 403, 405, 407):
        return _refused(reply, asked, words)
    if status in (429, 503):
        return _overloaded(reply, asked, words)
    if status in (413, 414, 431):
        what = f"takes no query this long ({status})"
        return QueryRejectedError(asked.url, what, LESS, is_too_much=True)
    if status >= 500:
        return _failing(asked, status, _quoted(words))
    what, hint = _what_it_is(reply)
    return NotPrometheusError(asked.url, f"{what}{_elsewhere(reply, asked)}{_quoted(words)}", hint)


def _what_it_is(reply: requests.Response) -> tuple[str, str]:
    """What came back, and what to try."""
    status, body = reply.status_code, reply.content
    if status == 400 and b"HTTPS" in body:
        return "wants TLS (400)", "try https:// instead of http://"
    if status == 404:
        return "has no Prometheus API at this address (404)", _CHECK_PATH
    if _is_html(reply):
        return f"answers with a web page instead of JSON ({status})", _CHECK_PATH
    if 200 <= status < 300 and body.lstrip()[:1] == b"{" and decode.parsed(body) is None:
        return "sent JSON that is cut off or broken", _LOOK_BETWEEN
    if 200 <= status < 300 and not body:
        return "sent an empty body", _LOOK_BETWEEN
    return f"does not answer like Prometheus ({status})", _CHECK_PATH


def _refused(reply: requests.Response, asked: Asked, words: str) -> PrometheusDeniedError:
    status, settings = reply.status_code, asked.settings
    hint = _CHECK_FILES if settings.has_credentials else _NAME_A_FILE
    if status == 401 and _NO_TENANT in words.lower():
        what = "wants a tenant (401)"
        hint = _TENANT_LOST if settings.sends_tenant else _NAME_A_TENANT
    elif status == 401:
        what = f"wants {'other ' if settings.has_credentials else ''}credentials (401)"
    elif status == 403:
        what = "does not allow this request (403)"
    elif status == 405:
        what, hint = "or a proxy before it refuses the HTTP method (405)", ""
    else:
        what = "is behind a proxy that wants credentials (407)"
    return PrometheusDeniedError(
        asked.url, f"{what}{_elsewhere(reply, asked)}{_quoted(words)}", hint
    )


def _overloaded(reply: requests.Response, asked: Asked, words: str) -> PrometheusOverloadedError:
    wait, status = reply.headers.get("Retry-After", ""), reply.status_code
    later = f"try again in {one_line(wait, 40)} s" if wait.isdigit() else "try again later"
    if status == 503:
        later = f"{LESS}, or try again later"
    what = "gets too many requests" if status == 429 else "is too busy or not ready"
    what = f"{what} ({status}){_quoted(words)}"
    return PrometheusOverloadedError(asked.url, what, later, is_too_much=status == 503)


def _failing(
    asked: Asked, status: int, words: str, *, is_limit: bool = False, is_many_series: bool = False
) -> PrometheusFailingError:
    """A failure of the server's own; a gateway that waited too long (504) is one of its limits."""
    hint = f"{LESS}, or raise the gateway's time limit" if status == 504 else "look at its log"
    hint = f"{LESS}, or raise its limit" if is_limit else hint
    what, is_too_much = f"failed with {status}{words}", is_limit or status == 504
    return PrometheusFailingError(
        asked.url, what, hint, is_too_much=is_too_much, is_many_series=is_many_series
    )


def _missing(asked: Asked) -> MissingEndpointError:
    return MissingEndpointError(asked.url, "lacks an endpoint that not every server has")


def _is_html(reply: requests.Response) -> bool:
    kind = reply.headers.get("Content-Type", "").lower()
    return "html" in kind or reply.content.lstrip().startswith(b"<")


def _plain_words(reply: requests.Response, asked: Asked) -> str:
    """A short plain-text body; HTML and JSON say nothing to a human reader."""
    if _is_html(reply) or reply.content.lstrip()[:1] in (b"{", b"["):
        return ""
    return one_line(asked.hide(reply.content[:2000].decode("utf-8", "replace")), 120)


def _quoted(words: str) -> str:
    return f": {words}" if words else ""


def _elsewhere(reply: requests.Response, asked: Asked) -> str:
    there = shown_url(reply.url)
    return "" if there.startswith(f"{asked.url}/api/v1/") else f" after a redirect to {there}"


def _tls_hint(settings: PrometheusSettings, otherwise: str) -> str:
    """A server that misses a client certificate may hang up before it can say so."""
    if settings.url.startswith("https:") and not settings.client_cert:
        return "it may want a client certificate: see client_cert and client_key"
    return otherwise


def _tls_failure(cause: BaseException, settings: PrometheusSettings) -> PrometheusUnreachableError:
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
