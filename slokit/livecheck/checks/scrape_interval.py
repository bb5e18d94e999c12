"""Whether the metric is scraped often enough for the ledger window."""

from collections.abc import Iterator

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding
from slokit.livecheck.engine import probes, wording
from slokit.livecheck.engine.inquiry import Inquiry
from slokit.livecheck.engine.parts import INFO, Part
from slokit.livecheck.engine.question import Question
from slokit.promql.selector import Selector
from slokit.text.durations import format_duration

_LEAST = 4
_WINDOWS = (300, 360, 600, 720, 900, 1200, 1800, 3600)
"""Ledger windows that divide an hour, in seconds."""


def find(inquiry: Inquiry) -> Iterator[Finding]:
    """A finding for each metric of a service with fewer than four samples in a ledger window.

    The spacing of samples tells it on every server; the list of targets does not say which of
    them a selector reads.
    """
    parts = [p for p in inquiry.parts if _matters(p) and inquiry.presence.holds(p)]
    window = inquiry.project.ledger_window_name
    inquiry.asker.ask(probes.samples_in(part.text, window) for part in parts)
    told: set[tuple[str, str]] = set()
    for part in parts:
        samples = inquiry.asker.answer(probes.samples_in(part.text, window)).value
        key = (part.slo.service, part.name)
        if samples and samples < _LEAST and key not in told:
            told.add(key)
            yield _slow(inquiry, part, samples)


def _matters(part: Part) -> bool:
    return isinstance(part.vector, Selector) and part.side.role not in {INFO, "member"}


def _slow(inquiry: Inquiry, part: Part, samples: float) -> Finding:
    window = float(inquiry.project.ledger_window)
    had = f"{samples:.0f} sample{'' if samples == 1 else 's'}"
    message = (
        f"{part.name} had {had} in the last {inquiry.project.ledger_window_name},"
        f" and the ledger window needs {_LEAST}"
    )
    hint = f"scrape at least every {wording.seconds(window / _LEAST)}"
    # one sample more or less falls into the window by chance
    enough = next((w for w in _WINDOWS if w >= _LEAST * window / (samples - 0.5)), None)
    if enough:
        hint += f", or set `ledger_window: {format_duration(enough)}` in slokit.yaml"
    return Finding(codes.SLOW_SCRAPE, message, part.place, hint)


QUESTION = Question(
    "Is the metric scraped often enough for the ledger window?", (codes.SLOW_SCRAPE,), find
)
