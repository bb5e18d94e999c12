"""What the name of a recorded series says that it holds: a rate, an increase or a ratio.

Recording rules are mostly named ``level:metric:operations``, where the operations come in many
habits: ``:rate5m``, ``:rate_5m``, ``:sum_irate``, ``:increase1h``. Without a colon only a suffix
that no counter has is taken for one: the counters of exporters have words such as rate within.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from slokit.text.durations import parse_duration

_SPAN = r"(?:\d+(?:ms|[smhdwy]))+"
_WORDS = {
    "rate": "rate",
    "irate": "rate",
    "deriv": "rate",
    "increase": "increase",
    "delta": "increase",
    "idelta": "increase",
    "ratio": "ratio",
    "burnrate": "ratio",
    "percent": "ratio",
    "percentage": "ratio",
}
_OPERATION = re.compile(rf"(?:sum|avg|min|max)?({'|'.join(_WORDS)})({_SPAN})?")
_FOLDS = frozenset("sum avg min max count mean".split())
_PER_TIME = re.compile(
    r"(?:^|_)per_?(?:second|sec|s|minute|min|hour)$|(?:^|_)(?:qps|rps|tps)$"
    r"|(?:one|five|fifteen)_?minute_?rate$|(?:^|_)mean_?rate$"
)
_COUNTERS = ("_total", "_count", "_sum", "_bucket", "_created")
_CLEAR_SUFFIXES = ("rate", "irate", "ratio", "percent", "percentage")


class Holds(StrEnum):
    """What a recorded series holds."""

    RATE = "rate"
    INCREASE = "increase"
    RATIO = "ratio"


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a series holds by its name; ``seconds`` is the range that it was recorded over."""

    holds: Holds
    seconds: float | None = None


def recorded(name: str) -> Recorded | None:
    """What the name of a metric says; None where it may be a counter.

    >>> recorded("job:http_requests:rate5m")
    Recorded(holds=<Holds.RATE: 'rate'>, seconds=300.0)
    >>> recorded("namespace:requests:sum_rate").holds, recorded("job:errors:increase_1h").seconds
    (<Holds.RATE: 'rate'>, 3600.0)
    >>> recorded("process_rate_limited_total"), recorded("job:requests_total:sum")
    (None, None)
    """
    lower = name.lower()
    if ":" in lower:
        found = [r for r in map(_of_segment, lower.split(":")) if r is not None]
        ratios = [r for r in found if r.holds is Holds.RATIO]
        return next(iter([*ratios, *reversed(found)]), None)
    if lower.endswith(_COUNTERS):
        return None
    if _PER_TIME.search(lower):
        return Recorded(Holds.RATE)
    operation = _last_operation(lower.split("_"))
    if operation is None or "_" not in lower:
        return None
    word, span = operation
    is_clear = span or word in _CLEAR_SUFFIXES
    return _as_recorded(word, span) if is_clear else None


def is_named_as_counter(name: str) -> bool:
    """Whether a name ends as those of counters do."""
    return ":" not in name and name.endswith(("_total", "_count", "_bucket"))


def _of_segment(segment: str) -> Recorded | None:
    """What one part between colons says."""
    if _PER_TIME.search(segment):
        return Recorded(Holds.RATE)
    words = segment.split("_")
    with_span = [found for word in words if (found := _OPERATION.fullmatch(word)) and found[2]]
    ratio = next((w for w in words if _WORDS.get(w) == "ratio" and with_span), None)
    if ratio or with_span:
        return _as_recorded(ratio or with_span[-1][1], with_span[-1][2])
    if all(word in _FOLDS or _OPERATION.fullmatch(word) for word in words):
        operations = [found[1] for word in words if (found := _OPERATION.fullmatch(word))]
        return _as_recorded(operations[-1], "") if operations else None
    begins = words[:2] if re.fullmatch(_SPAN, "".join(words[1:2])) else []
    operation = _last_operation(words) or _last_operation(begins)
    return operation and _as_recorded(*operation)


def _last_operation(words: list[str]) -> tuple[str, str] | None:
    """The operation that the words end with, such as ``rate5m`` or ``rate 5m``."""
    span = words[-1] if words and re.fullmatch(_SPAN, words[-1]) else ""
    before = words[:-1] if span else words
    found = _OPERATION.fullmatch(before[-1]) if before else None
    return (found[1], span or found[2] or "") if found else None


def _as_recorded(word: str, span: str) -> Recorded:
    return Recorded(Holds(_WORDS[word]), _seconds(span))


def _seconds(span: str) -> float | None:
    # the units may come in any order in a name
    parts = re.findall(r"\d+[a-z]+", span)
    return sum(float(parse_duration(part)) for part in parts) if parts else None
