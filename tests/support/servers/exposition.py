"""Metrics for a real Prometheus to scrape, set by the test at any time."""

import time
from collections.abc import Mapping, Sequence

from tests.support.history.native_histogram import NativeHistogram, protobuf_exposition
from tests.support.servers.loopback_server import LoopbackServer, QuietHandler

TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
PROTOBUF = (
    "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"
)


class Exposition(LoopbackServer):
    """A scrape target whose answer the test sets; empty until then.

    `target` is its host:port. `scrapes` counts the answered scrapes.
    """

    def __init__(self) -> None:
        self.scrapes = 0
        self._answer: tuple[int, str, bytes] = (200, TEXT, b"")
        exposition = self

        class Handler(QuietHandler):
            def do_GET(self) -> None:
                self.answer(*exposition._answer)
                exposition.scrapes += 1

        super().__init__(Handler)

    def set(self, text: str) -> None:
        """Answer with this text in the classic format from now on."""
        self._answer = (200, TEXT, ended(text).encode())

    def set_samples(self, samples: Mapping[str, float]) -> None:
        """Answer with these samples: a series as PromQL writes it, and its value."""
        self.set("".join(f"{series} {value!r}\n" for series, value in samples.items()))

    def set_openmetrics(self, text: str) -> None:
        """Answer with this OpenMetrics text; its `# EOF` is added when it lacks one."""
        body = ended(text)
        self._answer = (200, OPENMETRICS, (body if "# EOF" in body else f"{body}# EOF\n").encode())

    def set_native(self, histograms: Sequence[NativeHistogram]) -> None:
        """Answer with native histograms, which only the protobuf format can carry."""
        self._answer = (200, PROTOBUF, protobuf_exposition(histograms))

    def fail(self, status: int = 503) -> None:
        """Answer scrapes with an error, as a broken exporter does."""
        self._answer = (status, TEXT, b"broken\n")

    def wait_for_scrapes(self, more: int = 2, timeout: float = 30) -> None:
        """Wait until that many scrapes more were answered."""
        wanted, deadline = self.scrapes + more, time.monotonic() + timeout
        while self.scrapes < wanted:
            assert time.monotonic() < deadline, f"not scraped {more} times in {timeout:g} s"
            time.sleep(0.05)


def ended(text: str) -> str:
    """The text with a line feed at its end."""
    return text if not text or text.endswith("\n") else f"{text}\n"
