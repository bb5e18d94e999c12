"""The alerts and silences that an Alertmanager holds, by its API v2; it is read and never changed.

Its answers are no answers of Prometheus: bare JSON, without a status around it.
"""

import json
from functools import partial
from typing import Any, Final
from urllib.parse import urlsplit

import requests

from slokit.diagnostics.errors import BrokenEnvironmentError, UsageError
from slokit.prometheus.errors import one_line, shown_url
from slokit.prometheus.in_time import in_time

MAX_BYTES: Final = 64 * 1024 * 1024
_CHUNK: Final = 1 << 16


class AlertmanagerError(BrokenEnvironmentError):
    """It cannot be reached, or does not answer as an Alertmanager does."""

    def __init__(self, url: str, what: str) -> None:
        super().__init__(f"Alertmanager at {shown_url(url)} {what}")


_TIMEOUT: Final = 30.0


def held(url: str, what: str, timeout: float | None = None) -> list[Any]:
    """Its ``alerts`` or its ``silences``, as decoded JSON; ``timeout`` is in seconds, 30 of them.

    Raises:
        UsageError: this is no address.
        AlertmanagerError: there is no such answer.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        raise UsageError(
            "--alertmanager: write it like https://alertmanager.example.com, without credentials"
        )
    address = f"{url.rstrip('/')}/api/v2/{what}"
    limit = _TIMEOUT if timeout is None else timeout
    try:
        answer, raw = in_time(partial(_asked, address, url, limit), limit)
    except (TimeoutError, requests.Timeout) as cause:
        raise AlertmanagerError(url, f"gave no complete answer within {limit:g} s") from cause
    except requests.RequestException as cause:
        raise AlertmanagerError(url, f"cannot be asked: {one_line(str(cause), 120)}") from cause
    if answer.status_code != requests.codes.ok:
        raise AlertmanagerError(url, f"answers {answer.status_code} to /api/v2/{what}")
    try:
        data = json.loads(raw)
    except (ValueError, RecursionError) as cause:
        raise AlertmanagerError(url, "does not answer in JSON: is it an Alertmanager?") from cause
    if not isinstance(data, list):
        raise AlertmanagerError(url, "answers with no list: is it an Alertmanager?")
    return data


def _asked(address: str, url: str, timeout: float) -> tuple[requests.Response, bytes]:
    # No redirect leads elsewhere, and the environment's .netrc is no business of this address.
    with requests.Session() as session:
        session.trust_env = False
        answer = session.get(address, timeout=timeout, stream=True, allow_redirects=False)
        parts: list[bytes] = []
        size = 0
        for chunk in answer.iter_content(_CHUNK):
            parts.append(chunk)
            size += len(chunk)
            if size > MAX_BYTES:
                raise AlertmanagerError(url, f"answers with more than {MAX_BYTES:,} bytes")
        return answer, b"".join(parts)
