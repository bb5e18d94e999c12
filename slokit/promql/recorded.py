"""What the name of a recorded series says that it holds: a rate, an increase or a ratio.

Recording rules are mostly named ``level:metric:operations``, where the operations come in many
habits: ``:rate5m``, ``:rate_5m``, ``:sum_irate``, ``:increase1h``. Without a colon only a suffix
that no counter has is taken for one: the counters of exporters have words such as rate within.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from slokit.text.durations import parse_duration


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


_OPERATIONS = {
    "rate": Holds.RATE,
    "irate": Holds.RATE,
    "deriv": Holds.RATE,
    "increase": Holds.INCREASE,
    "delta": Holds.INCREASE,
    "idelta": Holds.INCREASE,
    "ratio": Holds.RATIO,
    "burnrate": Holds.RATIO,
    "percent": Holds.RATIO,
    "percentage": Holds.RATIO,
}
# words that only a range makes an operation: events5m
_COUNTED = frozenset("events errors requests hits count total inc".split())
# RabbitMQ's term is called rabbitmq_raft_term_total
_EPOCHS = frozenset("epoch term timeline view generation version".split())
_FOLDS = ("sum", "avg", "min", "max", "count", "mean")
_CLEAR_SUFFIXES = ("rate", "irate", "ratio", "percent", "percentage")
_COUNTERS = ("_total", "_count", "_sum", "_bucket", "_created")
_WORD = re.compile(r"(?P<word>.*?)(?P<span>(?:\d+(?:ms|[smhdwy]))+)?")
_PER_TIME = re.compile(
    r"(?:^|_)per_?(?:second|sec|s|minute|min|hour)$|(?:^|_)(?:qps|rps|tps)$"
    r"|(?:one|five|fifteen)_?minute_?rate$|(?:^|_)mean_?rate$"
)


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
        found = [each for each in map(_of_part, lower.split(":")) if each is not None]
        ratios = [each for each in found if each.holds is Holds.RATIO]
        return next(iter([*ratios, *reversed(found)]), None)
    if lower.endswith(_COUNTERS):
        return None
    if _PER_TIME.search(lower):
        return Recorded(Holds.RATE)
    words = _words(lower)
    word, span = words[-1]
    is_clear = len(words) > 1 and (span or word in _CLEAR_SUFFIXES)
    return _recorded(word, span) if is_clear else None


def is_named_as_counter(name: str) -> bool:
    """Whether a name ends as those of counters do."""
    return ":" not in name and name.endswith(("_total", "_count", "_bucket"))


def is_named_as_epoch(name: str) -> bool:
    """Whether a word of a metric's name is one of those for what only events make grow.

    >>> is_named_as_epoch("kafka_current_epoch"), is_named_as_epoch("elections_total")
    (True, False)
    """
    return not _EPOCHS.isdisjoint(name.split("_"))


def _of_part(text: str) -> Recorded | None:
    """What one part between colons says."""
    if _PER_TIME.search(text):
        return Recorded(Holds.RATE)
    words = _words(text)
    found = [(word, span, _recorded(word, span)) for word, span in words]
    ranged = [each for _, span, each in found if span and each]
    known = [each for _, _, each in found if each]
    # `errors_rate_limited` has the word within, `sum_rate` and `rate5m_sum` are operations alone
    is_operation = all(each or word in _FOLDS for word, _, each in found)
    if ranged and any(each.holds is Holds.RATIO for each in known):
        return Recorded(Holds.RATIO, ranged[-1].seconds)
    if ranged or (known and is_operation):
        return (ranged or known)[-1]
    return found[-1][2]


def _words(text: str) -> list[tuple[str, str]]:
    """The words between underscores, each with the range that stands behind it."""
    found: list[tuple[str, str]] = []
    for part in text.split("_"):
        match = _WORD.fullmatch(part)
        word, span = (match["word"], match["span"] or "") if match else (part, "")
        if span and not word and found and not found[-1][1]:
            found[-1] = found[-1][0], span
        else:
            found.append((word, span))
    return found


def _recorded(word: str, span: str) -> Recorded | None:
    """What an operation with its range is; None of any other word."""
    bare = next((word.removeprefix(f) for f in _FOLDS if word.startswith(f)), word)
    holds = _OPERATIONS.get(word) or _OPERATIONS.get(bare)
    if holds is None and span:
        # glued to another word, as in errorrate5m
        ends = (held for end, held in _OPERATIONS.items() if word.endswith(end))
        holds = Holds.INCREASE if word in _COUNTED else next(ends, None)
    if not holds:
        return None
    # the units may come in any order in a name
    parts = re.findall(r"\d+[a-z]+", span)
    seconds = sum(float(parse_duration(part)) for part in parts) if parts else None
    return Recorded(holds, seconds)
