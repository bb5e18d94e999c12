"""From an HTTP reply to Prometheus' envelope, or to the fault that the reply amounts to."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from slokit.prometheus.errors import (
    SHOWN_QUERY,
    MissingEndpointError,
    NotPrometheusError,
    PrometheusDeniedError,
    PrometheusError,
    PrometheusFailingError,
    PrometheusOverloadedError,
    QueryRejectedError,
    one_line,
    shown_url,
)
from slokit.prometheus.wire import Reply

API = "/api/v1/"
_CHECK_PATH = "check the URL: it must be the one under which /api/v1/query answers"
_LOOK_BETWEEN = "look at its log and at any proxy before it"
_TOO_MUCH = "too many samples"
_NAME_A_FILE = "name a bearer_token_file or a basic_auth_file"
_CHECK_FILES = "check bearer_token_file, basic_auth_file and headers"


@dataclass(frozen=True, slots=True)
class Envelope:
    """A successful answer: its ``data``, and what the server warned about, each one line."""

    data: object
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """What a verdict needs to know of the question.

    ``query`` is the PromQL or the selectors, ``optional`` an endpoint that many servers lack,
    ``hide`` masks our own secrets in the server's words; ``introduced`` tells whether there were
    any.
    """

    url: str
    query: str
    optional: bool
    hide: Callable[[str], str]
    introduced: bool = True


def envelope_of(reply: Reply, asked: Asked) -> Envelope:
    """The answer in ``reply``. Raises the PrometheusError that a failed one stands for."""
    content = _json_of(reply.body)
    if not isinstance(content, dict) or content.get("status") not in ("success", "error"):
        raise _foreign(reply, asked)
    if content["status"] == "error":
        raise _rejection(reply, asked, content)
    if not 200 <= reply.status < 300 or "data" not in content:
        raise _foreign(reply, asked)
    return Envelope(content["data"], _warnings(content))


def _json_of(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _warnings(content: Mapping[str, object]) -> tuple[str, ...]:
    found: list[str] = []
    for key in ("warnings", "infos"):
        texts = content.get(key)
        if isinstance(texts, list):
            found += [one_line(str(text)) for text in texts]
    if content.get("isPartial") is True:
        found.append("partial response: some of the storage did not answer")
    return tuple(found)


def _rejection(reply: Reply, asked: Asked, content: Mapping[str, object]) -> PrometheusError:
    """An error in Prometheus' own words."""
    kind = one_line(str(content.get("errorType", "")), 40)
    words = one_line(asked.hide(str(content.get("error") or kind or "no reason given")))
    if reply.status in (401, 403, 407):
        return _refused(reply, asked, words)
    if asked.optional and reply.status in (404, 405, 501):
        return _missing(asked)
    if reply.status in (429, 503) or kind in ("timeout", "canceled", "unavailable"):
        return _overloaded(reply, asked, words)
    if reply.status >= 500 or kind == "internal":
        return PrometheusFailingError(
            asked.url, f"failed with {reply.status}: {words}", "look at its log"
        )
    query = f"`{one_line(asked.query, SHOWN_QUERY)}`" if asked.query else "the question"
    hint = "ask for less at once, or raise its --query.max-samples" if _TOO_MUCH in words else ""
    return QueryRejectedError(asked.url, f"rejects {query}: {words}", hint)


def _foreign(reply: Reply, asked: Asked) -> PrometheusError:
    """A reply that is not in Prometheus' form: its status decides."""
    words = _plain_words(reply, asked)
    if asked.optional and reply.status in (400, 404, 405, 410, 501):
        return _missing(asked)
    if reply.status in (401, 403, 405, 407):
        return _refused(reply, asked, words)
    if reply.status in (429, 503):
        return _overloaded(reply, asked, words)
    if reply.status in (413, 414, 431):
        return QueryRejectedError(
            asked.url, f"takes no query this long ({reply.status})", "ask for less at once"
        )
    if reply.status >= 500:
        return PrometheusFailingError(
            asked.url, f"failed with {reply.status}{_quoted(words)}", "look at its log"
        )
    what, hint = _what_it_is(reply)
    return NotPrometheusError(asked.url, f"{what}{_elsewhere(reply, asked)}{_quoted(words)}", hint)


def _what_it_is(reply: Reply) -> tuple[str, str]:
    """What came back, and what to try."""
    if reply.status == 400 and b"HTTPS" in reply.body:
        return "wants TLS (400)", "try https:// instead of http://"
    if reply.status == 404:
        return "has no Prometheus API at this address (404)", _CHECK_PATH
    if _is_html(reply):
        return f"answers with a web page instead of JSON ({reply.status})", _CHECK_PATH
    head = reply.body.lstrip()[:1]
    if 200 <= reply.status < 300 and head == b"{" and _json_of(reply.body) is None:
        return "sent JSON that is cut off or broken", _LOOK_BETWEEN
    if 200 <= reply.status < 300 and not reply.body:
        return "sent an empty body", _LOOK_BETWEEN
    return f"does not answer like Prometheus ({reply.status})", _CHECK_PATH


def _is_html(reply: Reply) -> bool:
    return "html" in reply.headers.get(
        "content-type", ""
    ).lower() or reply.body.lstrip().startswith(b"<")


def _plain_words(reply: Reply, asked: Asked) -> str:
    """A short plain-text body; HTML and JSON say nothing to a human reader."""
    if _is_html(reply) or reply.body.lstrip()[:1] in (b"{", b"["):
        return ""
    return one_line(asked.hide(reply.body[:2000].decode("utf-8", "replace")), 120)


def _quoted(words: str) -> str:
    return f": {words}" if words else ""


def _elsewhere(reply: Reply, asked: Asked) -> str:
    there = shown_url(reply.url)
    return "" if there.startswith(f"{asked.url}{API}") else f" after a redirect to {there}"


def _refused(reply: Reply, asked: Asked, words: str) -> PrometheusDeniedError:
    what = {
        401: "wants other credentials (401)" if asked.introduced else "wants credentials (401)",
        403: "does not allow this request (403)",
        405: "or a proxy before it refuses the HTTP method (405)",
        407: "is behind a proxy that wants credentials (407)",
    }[reply.status]
    hint = _CHECK_FILES if asked.introduced else _NAME_A_FILE
    hint = "" if reply.status == 405 else hint
    return PrometheusDeniedError(
        asked.url, f"{what}{_elsewhere(reply, asked)}{_quoted(words)}", hint
    )


def _overloaded(reply: Reply, asked: Asked, words: str) -> PrometheusOverloadedError:
    wait = reply.headers.get("retry-after", "")
    later = f"try again in {one_line(wait, 40)} s" if wait.isdigit() else "try again later"
    if reply.status == 503:
        later = "ask for less at once, or try again later"
    what = "gets too many requests" if reply.status == 429 else "is too busy or not ready"
    return PrometheusOverloadedError(asked.url, f"{what} ({reply.status}){_quoted(words)}", later)


def _missing(asked: Asked) -> MissingEndpointError:
    return MissingEndpointError(asked.url, "lacks an endpoint that not every server has")
