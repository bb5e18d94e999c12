"""URLs of a spec: shown to people and put into alerts, so only plain ones pass."""

import re
from urllib.parse import urlsplit

_UNSAFE = re.compile(r"[\s\x00-\x1f\x7f<>\"'`{}|\\^]")


def refuse_url(text: str) -> str:
    """Why this URL may not go into an alert or a page, or an empty string."""
    if _UNSAFE.search(text) or not text.isprintable():
        return "the URL holds a space, a brace, a quote or an invisible character"
    try:
        parts = urlsplit(text)
        host = parts.hostname
    except ValueError:
        return "this is no URL"
    if parts.scheme not in ("http", "https"):
        return "only http and https URLs are taken"
    if not host:
        return "the URL names no host"
    if parts.username is not None or parts.password is not None:
        return "the URL holds credentials"
    return ""
