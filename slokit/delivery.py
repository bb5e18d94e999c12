"""Sends a report: a few lines to a chat, the whole of it by mail or to a webhook.

Where to is one line of a file, since such addresses are secrets: none stands on a command line, in
slokit.yaml, or in a message. Servers that are busy or away for a moment are tried again.
"""

import smtplib
import ssl
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from functools import partial
from html import escape
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

import requests

from slokit.diagnostics.errors import BrokenEnvironmentError, UsageError
from slokit.project import workspace
from slokit.prometheus.in_time import in_time
from slokit.prometheus.settings import is_here
from slokit.reporting.budget import OK
from slokit.reporting.formats import figures, html, json
from slokit.reporting.model import Report, Row
from slokit.reporting.summary import what_happened, what_to_decide
from slokit.text.words import clip, no_such

_TRIES = 4
_TIMEOUT, _LONGEST_TRY = 15.0, 60.0
_LONGEST_WAIT = 60.0
_WORST = 3
_BUSY = (408, 425, 429, 500, 502, 503, 504)


class DeliveryError(BrokenEnvironmentError):
    """A report was not taken; the message names the server and never the whole address."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a report goes: ``slack``, ``webhook`` or ``email``, and the file that says where."""

    kind: str
    file: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.file}"


def read_destination(text: str) -> Destination:
    """A destination as it is written: ``slack:FILE``, ``webhook:FILE``, ``email:FILE``.

    Raises:
        UsageError: it is none.
    """
    kind, colon, file = text.partition(":")
    if kind not in _SENDERS:
        raise UsageError(no_such("destination", clip(kind), tuple(_SENDERS)))
    if not colon or not file or file.startswith("//"):
        raise UsageError(f"--send: the address stands in a file, {kind}:FILE; it is a secret")
    return Destination(kind, file)


def send(
    report: Report, destinations: Iterable[Destination], link: str = "", wait: float = 1.0
) -> None:
    """Send a report everywhere; one destination that fails keeps no other from it.

    ``link`` is where the whole report can be read. Between tries it waits ``wait`` seconds, and
    twice as long each time.

    Raises:
        DeliveryError: one of them did not take it.
    """
    faults = []
    for destination in destinations:
        try:
            _SENDERS[destination.kind](report, _address(destination), link, wait)
        except DeliveryError as fault:
            faults.append(f"{destination}: {fault}")
    if faults:
        raise DeliveryError(f"the report was not delivered to {'; '.join(faults)}")


def short(report: Report, link: str = "") -> list[str]:
    """The report in a few lines: what happened, what to decide, the worst three, a link."""
    worst = figures.by_urgency(row for row in report.rows if row.state != OK)[:_WORST]
    return [
        f"SLOs of {report.bundle}: {what_happened(report)}",
        what_to_decide(report),
        *(f"• {_line(row)}" for row in worst),
        *([link] if link else []),
    ]


def _line(row: Row) -> str:
    group, left = figures.group(row), figures.left(row)
    known = "" if left == figures.UNKNOWN else f", {left} of the {row.window} budget left"
    return f"{row.id}{f' ({group})' if group else ''}: {row.state}{known}"


def _to_slack(report: Report, address: SplitResult, link: str, wait: float) -> None:
    # https://api.slack.com/reference/surfaces/formatting#escaping
    lines = [escape(line, quote=False) for line in short(report)]
    lines += [f"<{escape(link, quote=False)}|The whole report>"] if link else []
    _post(address, {"text": "\n".join(lines)}, None, wait)


def _to_webhook(report: Report, address: SplitResult, _link: str, wait: float) -> None:
    _post(address, None, json.FORMAT.render(report, 0).encode(), wait)


def _post(address: SplitResult, data: object, raw: bytes | None, wait: float) -> None:
    host = address.hostname
    if address.scheme not in ("http", "https") or not host:
        raise DeliveryError("its file holds no address that begins with https:// or http://")
    for attempt in range(_TRIES):
        pause = wait * 2**attempt
        try:
            answer = in_time(partial(_post_once, address.geturl(), data, raw), _LONGEST_TRY)
        except (OSError, ValueError) as cause:
            # its own words hold the address
            if attempt == _TRIES - 1 or _is_final(cause):
                raise DeliveryError(f"{host} {_reason(cause)}") from cause
        else:
            if 200 <= answer.status_code < 300:
                return
            if attempt == _TRIES - 1 or answer.status_code not in _BUSY:
                raise DeliveryError(f"{host} answers {answer.status_code}")
            pause = _wanted(answer.headers, pause)
        time.sleep(pause)


def _post_once(address: str, data: object, raw: bytes | None) -> requests.Response:
    """The answer, of which nothing but its head is read: a body may have no end."""
    with requests.post(
        address,
        json=data,
        data=raw,
        headers={"Content-Type": "application/json"},
        timeout=_TIMEOUT,
        allow_redirects=False,
        stream=True,
    ) as answer:
        return answer


def _wanted(headers: Mapping[str, str], otherwise: float) -> float:
    """How long a server wants us to wait, in seconds or until a date by its own clock.

    A minute at most.

    >>> [_wanted({"Retry-After": text}, 1.0) for text in ("7", "soon", "9" * 400)]
    [7.0, 1.0, 60.0]
    """
    retry_after = headers.get("Retry-After", "")
    if retry_after.isascii() and retry_after.isdigit():
        return float(min(int(retry_after[:9]), _LONGEST_WAIT))
    try:
        until, now = (parsedate_to_datetime(t) for t in (retry_after, headers.get("Date", "")))
        seconds = (until - now).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return otherwise
    return min(max(seconds, 0.0), _LONGEST_WAIT)


def _to_email(report: Report, address: SplitResult, link: str, wait: float) -> None:
    if address.scheme not in ("smtp", "smtps") or not address.hostname:
        raise DeliveryError("its file holds no address that begins with smtps:// or smtp://")
    given = parse_qs(address.query)
    if not given.get("from") or not given.get("to"):
        raise DeliveryError("its address has no ?from=… and &to=…")
    message = _message(report, given["from"][0], given["to"], link)
    for attempt in range(_TRIES):
        try:
            return in_time(partial(_hand_over, message, address), _LONGEST_TRY)
        except (OSError, smtplib.SMTPException) as cause:
            if attempt == _TRIES - 1 or _is_final(cause):
                raise DeliveryError(f"{address.hostname} {_reason(cause)}") from cause
            time.sleep(wait * 2**attempt)
    raise AssertionError("unreachable")


def _message(report: Report, sender: str, to: Sequence[str], link: str) -> EmailMessage:
    lines = short(report, link)
    message = EmailMessage()
    message["Subject"] = " ".join(lines[0].split())[:200]
    message["From"], message["To"] = sender, ", ".join(to)
    message.set_content("\n\n".join(lines) + "\n")
    shown = [f"<p>{escape(line)}</p>" for line in short(report)]
    shown += [f'<p><a href="{escape(link)}">The whole report</a></p>'] if link else []
    message.add_alternative(f"<html><body>{''.join(shown)}</body></html>\n", subtype="html")
    page = html.FORMAT.render(report, 0).encode()
    message.add_attachment(page, maintype="text", subtype="html", filename="report.html")
    return message


def _hand_over(message: EmailMessage, address: SplitResult) -> None:
    """Deliver by TLS where the server has it, to a server whose certificate is trusted.

    A password goes unencrypted to this machine alone: what is between could take away STARTTLS.
    """
    host, is_tls = address.hostname or "", address.scheme == "smtps"
    trusted = ssl.create_default_context()
    connect = partial(smtplib.SMTP_SSL, context=trusted) if is_tls else smtplib.SMTP
    with connect(host, address.port or 0, timeout=_TIMEOUT) as server:
        server.ehlo()
        if not is_tls and server.has_extn("starttls"):
            server.starttls(context=trusted)
            server.ehlo()
            is_tls = True
        if address.username:
            if not is_tls and not is_here(host):
                raise DeliveryError(f"{host} offers no TLS, and a password is not sent without it")
            server.login(unquote(address.username), unquote(address.password or ""))
        server.send_message(message)


def _is_final(cause: Exception) -> bool:
    """Whether trying again would be in vain: the server has said no for good."""
    if isinstance(cause, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in cause.recipients.values())
    if isinstance(cause, smtplib.SMTPResponseException):
        return cause.smtp_code >= 500
    # what requests finds wrong with an address or a header is a ValueError
    is_wrong = isinstance(cause, smtplib.SMTPNotSupportedError | ValueError)
    return is_wrong or _mistrusted(cause) is not None


def _mistrusted(cause: BaseException | None) -> ssl.SSLCertVerificationError | None:
    """The fault of a certificate, however deep a library has put it."""
    seen: set[int] = set()
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        if isinstance(cause, ssl.SSLCertVerificationError):
            return cause
        inner = next((each for each in cause.args if isinstance(each, BaseException)), None)
        cause = getattr(cause, "reason", None) or inner or cause.__cause__ or cause.__context__
        cause = cause if isinstance(cause, BaseException) else None
    return None


def _reason(cause: Exception) -> str:
    if mistrusted := _mistrusted(cause):
        return f"has a certificate that is not trusted: {mistrusted.verify_message}"
    if isinstance(cause, ssl.SSLError | requests.exceptions.SSLError):
        return "does not speak TLS"
    if isinstance(cause, smtplib.SMTPAuthenticationError):
        return f"does not take the user and password: {cause.smtp_code}"
    if isinstance(cause, smtplib.SMTPResponseException):
        return f"answers {cause.smtp_code}"
    if isinstance(cause, smtplib.SMTPRecipientsRefused):
        return "refuses the recipients"
    if isinstance(cause, TimeoutError | requests.Timeout):
        return "does not answer in time"
    return "cannot be reached" if isinstance(cause, OSError) else "does not take the message"


def _address(destination: Destination) -> SplitResult:
    """The address in a destination's file.

    Raises:
        DeliveryError: it cannot be read, or is none.
    """
    try:
        text, faults = workspace.read_file(Path(destination.file))
    except BrokenEnvironmentError as cause:
        raise DeliveryError(str(cause)) from cause
    try:
        found = urlsplit(text.strip())
        _ = found.port  # read from the text only now, where it may be no number
    except ValueError as cause:
        raise DeliveryError("its file holds no address") from cause
    if faults:
        raise DeliveryError("its file holds no address")
    return found


_SENDERS = {"slack": _to_slack, "webhook": _to_webhook, "email": _to_email}
