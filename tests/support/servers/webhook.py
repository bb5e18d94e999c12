"""A webhook that records what an Alertmanager sends."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.support.servers.loopback_server import LoopbackServer, QuietHandler


@dataclass(frozen=True)
class Notification:
    """One notification: the path it was sent to, and Alertmanager's message.

    `body` has status, receiver, groupLabels, commonLabels, alerts [] and so on; `at` is when it
    came, in Unix seconds.
    """

    path: str
    body: dict[str, Any]
    at: float = 0.0

    @property
    def status(self) -> str:
        """`firing` or `resolved`."""
        return str(self.body["status"])

    @property
    def alerts(self) -> list[dict[str, Any]]:
        """The alerts of the group: status, labels, annotations, startsAt, endsAt."""
        return list(self.body["alerts"])


class WebhookReceiver(LoopbackServer):
    """Takes Alertmanager's webhook notifications on any path, and keeps them in order."""

    def __init__(self) -> None:
        self.notifications: list[Notification] = []
        received = self.notifications

        class Handler(QuietHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                received.append(Notification(self.path, body, time.time()))
                self.answer(200, "text/plain", b"")

        super().__init__(Handler)

    def wait_for(self, wanted: Callable[[Notification], bool], timeout: float = 30) -> Notification:
        """The first notification that is wanted, waiting for it if need be."""
        deadline = time.monotonic() + timeout
        while True:
            for notification in list(self.notifications):
                if wanted(notification):
                    return notification
            assert time.monotonic() < deadline, f"not among {self.notifications}"
            time.sleep(0.05)
