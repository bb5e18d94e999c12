"""One question over HTTP: credentials, one clock for the whole request, redirects, a size limit.

Knows nothing about Prometheus' answers; ``verdict`` judges what comes back.
"""

import queue
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Final, Self
from urllib.parse import urlencode, urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from slokit.prometheus.credentials import Credentials
from slokit.prometheus.errors import AnswerTooLargeError, NotPrometheusError
from slokit.prometheus.failures import fault_of, too_slow
from slokit.prometheus.settings import PrometheusSettings

Params = tuple[tuple[str, str], ...]

LONGEST_GET: Final = 1500
"""Bytes of encoded parameters; more go into a POST body, since proxies cut URLs off."""
MAX_REDIRECTS: Final = 5
_CHUNK: Final = 1 << 16
_FAILURE_HEAD: Final = 1 << 20
_MOVED: Final = (301, 302, 303, 307, 308)


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: the final address, the status, the headers (lower case) and the body."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes


class Deadline:
    """The moment when a request has taken too long."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds until then, never below a millisecond."""
        return max(self._end - time.monotonic(), 0.001)


class Wire:
    """HTTP to one server. Reads the credential files at the first request."""

    def __init__(self, settings: PrometheusSettings) -> None:
        self._settings = settings
        self._credentials: Credentials | None = None
        self._session = _fresh_session()
        self.sent = 0

    def fetch(self, path: str, params: Params, *, may_post: bool) -> Reply:
        """The reply to one question, asked once more if a busy server (429) names a short wait.

        Raises PrometheusUnreachableError, PrometheusTimeoutError, NotPrometheusError (endless
        redirects), AnswerTooLargeError and UnreadableCredentialsError; a reply with any status is
        no fault here.
        """
        deadline = Deadline(self._settings.timeout)
        encoded = urlencode(params)
        url, body = f"{self._settings.url}{path}", None
        if may_post and len(encoded) > LONGEST_GET:
            body = encoded
        elif encoded:
            url = f"{url}?{encoded}"
        reply = self._follow(url, body, deadline)
        wait = seconds_to_wait(reply)
        if wait is None or wait >= deadline.left():
            return reply
        time.sleep(wait)
        return self._follow(url, body, deadline)

    def close(self) -> None:
        """Gives the connections back."""
        self._session.close()

    def hidden(self, text: str) -> str:
        """``text`` without our own secrets, should a server repeat them."""
        return self._credentials.hidden(text) if self._credentials else text

    def _follow(self, url: str, body: str | None, deadline: Deadline) -> Reply:
        for _ in range(MAX_REDIRECTS + 1):
            reply = self._in_time(url, body, deadline)
            target = _redirect_target(reply)
            if target is None:
                return reply
            url = target
        raise NotPrometheusError(
            self._settings.url, "redirects in a circle", "give the address that it leads to"
        )

    def _in_time(self, url: str, body: str | None, deadline: Deadline) -> Reply:
        """One request in a thread of its own.

        Socket timeouts start anew with every byte and do not cover the name look-up; only leaving
        the thread behind bounds the whole.
        """
        if self._credentials is None:
            self._credentials = Credentials.read(self._settings)
        self.sent += 1
        outcome = _in_thread(lambda: self._send(url, body, deadline), deadline)
        if isinstance(outcome, Reply):
            return outcome
        if isinstance(outcome, (requests.RequestException, HTTPError, OSError)):
            raise fault_of(outcome, self._settings) from outcome
        raise outcome or too_slow(self._settings)

    def _send(self, url: str, body: str | None, deadline: Deadline) -> Reply:
        assert self._credentials is not None
        with self._session.request(
            "GET" if body is None else "POST",
            url,
            data=body,
            headers={} if body is None else {"Content-Type": "application/x-www-form-urlencoded"},
            auth=self._credentials,
            verify=self._credentials.verify,
            cert=self._credentials.cert,
            timeout=deadline.left(),
            stream=True,
            allow_redirects=False,
        ) as response:
            headers = {name.lower(): value for name, value in response.headers.items()}
            return Reply(
                url, response.status_code, headers, _read(response, self._settings.max_bytes)
            )


def seconds_to_wait(reply: Reply) -> float | None:
    """How long a 429 asks to wait; None without a readable Retry-After.

    A date counts from the reply's own Date header: the two clocks need not agree.
    """
    text = reply.headers.get("retry-after", "").strip()
    if reply.status != 429 or not text:
        return None
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        until = parsedate_to_datetime(text)
        wait = until - parsedate_to_datetime(reply.headers.get("date", ""))
    except (TypeError, ValueError):
        return None
    return max(wait.total_seconds(), 0.0)


class _OneHop(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Hides redirects from the library: it would turn a POST into a GET on the way."""
        return None


def _fresh_session() -> requests.Session:
    session = _OneHop()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
    session.headers["User-Agent"] = "slokit"
    session.headers["Accept"] = "application/json"
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(max_retries=0))
    return session


class _Outcome:
    """Takes what a thread returns or raises to the one that waits for it."""

    def __init__(self) -> None:
        self._box: queue.SimpleQueue[Reply | BaseException] = queue.SimpleQueue()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if error is not None:
            self._box.put(error)
        return True

    def put(self, reply: Reply) -> None:
        self._box.put(reply)

    def within(self, seconds: float) -> Reply | BaseException | None:
        """None when nothing came in time."""
        try:
            return self._box.get(timeout=seconds)
        except queue.Empty:
            return None


def _in_thread(job: Callable[[], Reply], deadline: Deadline) -> Reply | BaseException | None:
    outcome = _Outcome()

    def work() -> None:
        with outcome:
            outcome.put(job())

    threading.Thread(target=work, name="slokit-prometheus", daemon=True).start()
    return outcome.within(deadline.left())


def _read(response: requests.Response, limit: int) -> bytes:
    """The body; of a reply that is no success only its head, which is all that a message needs."""
    failed = not response.ok
    limit = min(limit, _FAILURE_HEAD) if failed else limit
    body = bytearray()
    for chunk in response.iter_content(_CHUNK):
        body += chunk
        if failed and len(body) > limit:
            break
        if len(body) > limit:
            raise AnswerTooLargeError(
                str(response.url),
                f"answers with more than {limit} bytes",
                "ask for a shorter period or fewer series",
            )
    return bytes(body[:limit])


def _redirect_target(reply: Reply) -> str | None:
    location = reply.headers.get("location", "")
    if reply.status not in _MOVED or not location:
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
