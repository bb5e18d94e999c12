"""What can go wrong between slokit and a Prometheus server, one class for each way out.

Every message is one line: the address without credentials and query string, what happened, what to
try. Text that came from a server is stripped of control characters and clipped before it is shown.
"""

import unicodedata
from urllib.parse import urlsplit

from slokit.diagnostics.errors import BrokenEnvironmentError

SHOWN_TEXT = 300
SHOWN_QUERY = 120
LESS = "ask for less at once"
"""What a reader may try where a smaller question may be answered."""


def one_line(text: str, limit: int = SHOWN_TEXT) -> str:
    """Foreign text, safe to print: no control or bidi characters, one line, at most ``limit``."""
    head = text[: limit * 4]
    visible = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in head)
    words = " ".join(visible.split())
    cut = len(words) > limit or len(text) > len(head)
    return words[: limit - 1].rstrip() + "…" if cut else words


def shown_url(url: str) -> str:
    """The address as it may be printed: without user, password, query string and fragment."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "an address that cannot be read"
    host = parts.netloc.rpartition("@")[2]
    return one_line(f"{parts.scheme}://{host}{parts.path}")


class PrometheusError(BrokenEnvironmentError):
    """Base of everything that asking Prometheus may raise.

    ``url`` is the address without credentials, ``what`` a sentence whose subject is the server,
    ``hint`` what the reader may try (or empty). ``is_too_much`` says that a limit of the server, or
    of a proxy, was met: it may answer a smaller query. With ``is_many_series`` that limit is one of
    series, which a query about less time reads as many of.
    """

    def __init__(
        self,
        url: str,
        what: str,
        hint: str = "",
        *,
        is_too_much: bool = False,
        is_many_series: bool = False,
    ) -> None:
        self.url = shown_url(url)
        self.what = what
        self.hint = hint
        self.is_too_much = is_too_much
        self.is_many_series = is_many_series
        tail = f"; {hint}" if hint else ""
        super().__init__(f"Prometheus at {self.url} {what}{tail}")


class PrometheusUnreachableError(PrometheusError):
    """No connection, a broken connection, or no trust in the server's certificate."""


class PrometheusTimeoutError(PrometheusError):
    """The whole answer did not arrive within the time that the settings allow."""


class PrometheusDeniedError(PrometheusError):
    """The server, or a proxy before it, does not let us in (401, 403, 405, 407)."""


class NotPrometheusError(PrometheusError):
    """Something answers at that address, but it does not speak Prometheus' HTTP API."""


class QueryRejectedError(PrometheusError):
    """Prometheus understood the request and will not run it (400, 422), in its own words."""


class PrometheusOverloadedError(PrometheusError):
    """The server has too much to do just now, or is still starting (429, 503)."""


class PrometheusFailingError(PrometheusError):
    """The server or a gateway before it reports a failure of its own (500, 502, 504 and kin)."""


class MalformedAnswerError(PrometheusError):
    """A Prometheus answer of another type or shape than was asked for."""


class AnswerTooLargeError(PrometheusError):
    """The answer has more bytes than the settings allow to hold in memory."""


class MissingEndpointError(PrometheusError):
    """This server has no such endpoint, as Thanos, Mimir and VictoriaMetrics lack some.

    Only what is asked about the server itself raises it; a caller can do without the answer.
    """


class UnreadableCredentialsError(PrometheusError):
    """A token, password, certificate or key file that cannot be read or used."""
