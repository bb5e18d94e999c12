"""HTTP to one server: a requests session with the rules that prometheus-api-client lacks.

Owns a request from the library's call to a complete success in Prometheus' form: one deadline over
all of it, credentials for the configured server alone, redirects that keep the query whole, one
repetition for a busy server, a limit on what is held in memory. What a failure is called belongs to
``failures``, what an answer means to ``decode``.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from email.utils import parsedate_to_datetime
from functools import cached_property
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Final
from urllib.parse import urlencode, urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import BaseHTTPResponse
from urllib3.exceptions import HTTPError

from slokit.prometheus import decode
from slokit.prometheus.credentials import Credentials
from slokit.prometheus.errors import AnswerTooLargeError, NotPrometheusError
from slokit.prometheus.failures import Asked, failure_of_exception, failure_of_reply, too_slow
from slokit.prometheus.in_time import in_time
from slokit.prometheus.settings import PrometheusSettings

API: Final = "/api/v1/"
LONGEST_GET: Final = 1500
"""Bytes of encoded parameters; more go into a POST body, since proxies cut URLs off."""
MAX_REDIRECTS: Final = 5
CONNECTIONS: Final = 32
"""Kept open for as many threads; more threads open connections of their own."""
_FORM_ENDPOINTS: Final = ("query", "query_range", "series", "labels")
_OPTIONAL_ENDPOINTS: Final = (
    "metadata",
    "targets",
    "rules",
    "status/buildinfo",
    "status/runtimeinfo",
    "status/flags",
)
"""What compatible servers (Thanos, Mimir, VictoriaMetrics) may lack."""
_RESULT_TYPES: Final[Mapping[str, tuple[str, ...]]] = {
    "query": ("vector", "scalar"),
    "query_range": ("matrix",),
}
_CHUNK: Final = 1 << 16
_FAILURE_HEAD: Final = 1 << 20
_MOVED: Final = (301, 302, 303, 307, 308)


class Deadline:
    """The moment when a request has taken too long."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds until then, never below a millisecond."""
        return max(self._end - time.monotonic(), 0.001)


class Answer(requests.Response):
    """A reply that is a success. Its JSON is parsed once, not again when the library reads it."""

    def __init__(self, reply: requests.Response, content: Mapping[str, Any]) -> None:
        super().__init__()
        vars(self).update(vars(reply))
        self._parsed = content

    def json(self, **_options: Any) -> Any:
        """The whole answer: ``status``, ``data``, ``warnings`` and the like."""
        return self._parsed


class PrometheusSession(requests.Session):
    """The connections to one server, for several threads at once.

    A request's deadline, redirects and reply live in its own call; shared are the pool of
    connections and two tallies behind a lock. The credential files are read at the first request.
    """

    def __init__(self, settings: PrometheusSettings) -> None:
        super().__init__()
        self._settings = settings
        self._lock = threading.Lock()
        self._sent = 0
        self._warnings: dict[str, None] = {}
        self._clock: float | None = None
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
        self.headers["User-Agent"] = "slokit"
        self.headers["Accept"] = "application/json"
        self.adapter = BoundedAdapter(settings.max_bytes)
        for scheme in ("http://", "https://"):
            self.mount(scheme, self.adapter)

    @property
    def sent(self) -> int:
        """HTTP requests so far, with redirects and repetitions."""
        return self._sent

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the server warned about so far, each text once, in the order of appearance."""
        with self._lock:
            return tuple(self._warnings)

    @property
    def clock(self) -> float | None:
        """What the server's clock showed at its first answer (Unix seconds), None where unknown."""
        return self._clock

    def request(
        self, method: str | bytes, url: str | bytes, *args: Any, params: Any = None, **rest: Any
    ) -> Answer:
        """Sends a request that the library composed; its timeout, headers and the like are ours.

        Raises a PrometheusError for whatever is not a success.
        """
        endpoint = str(url).removeprefix(f"{self._settings.url}{API}")
        encoded, form = urlencode(params or {}, doseq=True), None
        if endpoint in _FORM_ENDPOINTS and len(encoded) > LONGEST_GET:
            form = encoded
        elif encoded:
            url = f"{url!s}?{encoded}"
        deadline = Deadline(self._settings.timeout)
        reply = self._in_time(lambda: self._ask(str(url), form, deadline), deadline)
        return self._checked(reply, endpoint, params or {})

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Hides redirects from requests, which would make a GET without a query of a POST."""
        return None

    def _in_time(
        self, job: Callable[[], requests.Response], deadline: Deadline
    ) -> requests.Response:
        try:
            return in_time(job, deadline.left())
        except TimeoutError:
            raise too_slow(self._settings) from None
        except (requests.RequestException, HTTPError, OSError) as cause:
            raise failure_of_exception(cause, self._settings) from cause

    def _ask(self, url: str, form: str | None, deadline: Deadline) -> requests.Response:
        """The reply, asked for once more if a busy server (429) names a wait that fits."""
        reply = self._follow(url, form, deadline)
        wait = seconds_to_wait(reply)
        if wait is None or wait >= deadline.left():
            return reply
        time.sleep(wait)
        return self._follow(url, form, deadline)

    def _follow(self, url: str, form: str | None, deadline: Deadline) -> requests.Response:
        for _ in range(MAX_REDIRECTS + 1):
            reply = self._send_once(url, form, deadline)
            target = _redirect_target(reply)
            if target is None:
                return reply
            url = target
        raise NotPrometheusError(
            self._settings.url, "redirects in a circle", "give the address that it leads to"
        )

    def _send_once(self, url: str, form: str | None, deadline: Deadline) -> requests.Response:
        credentials = self._credentials
        with self._lock:
            self._sent += 1
        return super().request(
            "GET" if form is None else "POST",
            url,
            data=form,
            headers={} if form is None else {"Content-Type": "application/x-www-form-urlencoded"},
            auth=credentials,
            verify=credentials.verify,
            cert=credentials.cert_for(url),
            timeout=deadline.left(),
            allow_redirects=False,
        )

    def _checked(
        self, reply: requests.Response, endpoint: str, params: Mapping[str, Any]
    ) -> Answer:
        """The reply as a success in which the library finds what it reaches for."""
        asked = Asked(
            self._settings,
            query=" ".join((params.get("query", ""), *params.get("match[]", ()))).strip(),
            is_optional=endpoint in _OPTIONAL_ENDPOINTS,
            hide=self._credentials.hidden,
        )
        content = decode.parsed(reply.content)
        failure = failure_of_reply(reply, content, asked)
        if failure is not None:
            raise failure
        answer = decode.as_dict(content)
        if endpoint in _RESULT_TYPES:
            with decode.malformed(self._settings.url):
                decode.check_result(answer["data"], _RESULT_TYPES[endpoint])
        with self._lock:
            self._clock = self._clock or dated(reply)
            self._warnings.update(dict.fromkeys(decode.warnings(answer)))
        return Answer(reply, answer)

    @cached_property
    def _credentials(self) -> Credentials:
        return Credentials.read(self._settings)


class BoundedAdapter(HTTPAdapter):
    """Connections without repetitions, and bodies that end at a limit."""

    def __init__(self, most_bytes: int) -> None:
        super().__init__(pool_maxsize=CONNECTIONS, max_retries=0)
        self._most_bytes = most_bytes

    def build_response(
        self, req: requests.PreparedRequest, resp: BaseHTTPResponse
    ) -> requests.Response:
        """The response, its body not yet read."""
        response = super().build_response(req, resp)
        response.raw = _BoundedBody(resp, response, self._most_bytes)
        return response


class _BoundedBody:
    """A body as requests reads it, counted after decompression.

    Of a reply that is no success only the head is taken, which is all that a message needs.
    """

    def __init__(self, raw: BaseHTTPResponse, response: requests.Response, most_bytes: int) -> None:
        self._raw = raw
        self._url = str(response.url)
        self._is_failure = not response.ok
        self._most = min(most_bytes, _FAILURE_HEAD) if self._is_failure else most_bytes

    def stream(self, _amount: int, *, decode_content: bool) -> Iterator[bytes]:
        """The body's chunks. Raises AnswerTooLargeError."""
        left = self._most
        for chunk in self._raw.stream(_CHUNK, decode_content):
            yield chunk[:left]
            left -= len(chunk)
            if left < 0:
                self.close()
                if self._is_failure:
                    return
                raise AnswerTooLargeError(
                    self._url,
                    f"answers with more than {self._most} bytes",
                    "ask for a shorter period or fewer series",
                    is_too_much=True,
                )

    def close(self) -> None:
        """Ends the connection in the middle of a body."""
        self._raw.close()


def seconds_to_wait(reply: requests.Response) -> float | None:
    """How long a 429 asks to wait; None without a readable Retry-After.

    A date counts from the reply's own Date header: the two clocks need not agree.
    """
    text = reply.headers.get("Retry-After", "").strip()
    if reply.status_code != 429 or not text:
        return None
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        until = parsedate_to_datetime(text)
        wait = until - parsedate_to_datetime(reply.headers.get("Date", ""))
    except (TypeError, ValueError):
        return None
    return max(wait.total_seconds(), 0.0)


def dated(reply: requests.Response) -> float | None:
    """When a reply was made by its server's clock; None where it is not said, or from a cache."""
    if "Age" in reply.headers:
        return None
    try:
        return parsedate_to_datetime(reply.headers.get("Date", "")).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None


def _redirect_target(reply: requests.Response) -> str | None:
    location = reply.headers.get("Location", "")
    if reply.status_code not in _MOVED or not location:
        return None
    try:
        target = urljoin(reply.url, location)
        usable = urlsplit(target).scheme in ("http", "https")
    except ValueError:
        usable = False
    if not usable:
        raise NotPrometheusError(
            reply.url, "redirects to an address that is not HTTP", "check the URL's path"
        )
    return target
