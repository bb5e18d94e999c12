"""Whether counters are counters, and levels are levels."""

from collections.abc import Iterator

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding
from slokit.livecheck.engine import probes, wording
from slokit.livecheck.engine.inquiry import Inquiry
from slokit.livecheck.engine.parts import Part
from slokit.livecheck.engine.question import Question
from slokit.promql.selector import Selector

_SUFFIXES = ("_total", "_count", "_sum", "_bucket")
_UNKNOWN = {"unknown", "untyped", ""}
_MOST_FALLS = 5
"""A counter falls when its process restarts: more often than this in an hour is suspicious."""


def find(inquiry: Inquiry) -> Iterator[Finding]:
    """A finding where the metadata, or else the samples, contradict what a side means."""
    for part in inquiry.parts:
        for name in part.rated:
            if _types(inquiry, name) == {"gauge"}:
                yield _gauge(part, f"'{name}' is a gauge, and slokit takes its rate")
        if _is_level(part) and _types(inquiry, part.selectors[0].metric()) == {"counter"}:
            message = f"{part.name} is a counter: as a level it only ever grows"
            hint = "count its events with `rate:` or `events:`"
            yield Finding(codes.COUNTER_AS_LEVEL, message, part.place, hint)
    yield from _by_samples(inquiry, list(filter(inquiry.presence.holds, inquiry.parts)))


def _by_samples(inquiry: Inquiry, parts: list[Part]) -> Iterator[Finding]:
    """Metrics of which the server does not tell the type."""
    untyped = [p for p in parts if _is_counter(p) and not _types(inquiry, p.rated[0])]
    inquiry.asker.ask(probes.falls_in(part.text, "1h") for part in untyped)
    for part in untyped:
        falls = inquiry.asker.answer(probes.falls_in(part.text, "1h")).value
        if falls and falls > _MOST_FALLS:
            seldom = f"{part.name} fell {wording.number(falls)} times in the last hour"
            yield _gauge(part, f"{seldom}, as a gauge does and a counter does not")


def _gauge(part: Part, message: str) -> Finding:
    hint = "a level belongs into `threshold:`, or into `events:` with `of: gauges`"
    return Finding(codes.NOT_A_COUNTER, message, part.place, hint)


def _is_counter(part: Part) -> bool:
    return isinstance(part.vector, Selector) and part.side.role == "counter"


def _is_level(part: Part) -> bool:
    return isinstance(part.vector, Selector) and part.side.role == "gauge"


def _types(inquiry: Inquiry, name: str) -> set[str]:
    """The types that exporters declare; a part of a histogram goes by the histogram's name."""
    known = inquiry.server.metadata
    bare = next((name.removesuffix(end) for end in _SUFFIXES if name.endswith(end)), name)
    return {e.type for n in (name, bare) for e in known.get(n, ())} - _UNKNOWN


QUESTION = Question(
    "Are counters counters, and levels levels?",
    (codes.NOT_A_COUNTER, codes.COUNTER_AS_LEVEL),
    find,
)
