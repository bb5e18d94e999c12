"""What a server says about itself: retention, types of metrics, loaded rules, names of the past.

Thanos, Mimir and VictoriaMetrics lack some of these endpoints, and proxies guard others: what has
no answer is unknown, never empty, and becomes a note at the end of the check.
"""

import re
from functools import cached_property
from typing import Final

from slokit.livecheck.engine.batches import QueryBatch
from slokit.prometheus.types import MetricMetadata, RuleGroup
from slokit.text import InvalidTextError
from slokit.text.durations import parse_duration

LOOK_BACK: Final = 30 * 86_400.0
"""How far back the server is asked whether something was ever there, in seconds."""
_SIZE = re.compile(r"\d+(?:\.\d+)?\s*[KMGTPE]?i?B", re.IGNORECASE)
_FLAG = "storage.tsdb.retention.time"


class ServerFacts:
    """Retention, metadata and rules, each asked for at most once."""

    def __init__(self, batch: QueryBatch) -> None:
        self._batch = batch
        self._unanswered: dict[str, None] = {}

    @property
    def unanswered(self) -> tuple[str, ...]:
        """What was asked for in vain, as ends of a sentence."""
        return tuple(self._unanswered)

    @cached_property
    def retention(self) -> str:
        """The retention as the server writes it (``15d``, ``15d or 10GiB``); empty if unknown."""
        info = self._batch.fetch(lambda source: source.runtime_info()) or {}
        text = info.get("storageRetention", "")
        if not text:
            flags = self._batch.fetch(lambda source: source.flags()) or {}
            text = flags.get(_FLAG, "")
            # A flag of nought stands for the default, which differs between versions.
            text = "" if text in {"0s", "0"} else text
        if not text:
            self._unanswered["how long it keeps data"] = None
        return text

    @cached_property
    def retention_seconds(self) -> float | None:
        """After how many seconds data is dropped; None if only its size counts, or unknown."""
        for text in self.retention.split(" or "):
            if not _SIZE.fullmatch(text.strip()):
                try:
                    return float(parse_duration(text.strip()))
                except InvalidTextError:
                    continue
        return None

    @cached_property
    def look_back(self) -> float:
        """LOOK_BACK, or what the server keeps if that is less, in seconds."""
        kept = self.retention_seconds
        return LOOK_BACK if kept is None else min(LOOK_BACK, kept)

    @cached_property
    def metadata(self) -> dict[str, list[MetricMetadata]]:
        """The types of metrics, by name."""
        found = self._batch.fetch(lambda source: source.metadata())
        if found is None:
            self._unanswered["which metrics are counters"] = None
        return found or {}

    @cached_property
    def rule_groups(self) -> list[RuleGroup] | None:
        """The loaded rules; None if unknown."""
        found = self._batch.fetch(lambda source: source.rules())
        if found is None:
            self._unanswered["which rules it has loaded"] = None
        return found

    def names(self, back: float, matchers: list[str]) -> set[str] | None:
        """The metrics that existed in the last ``back`` seconds among those that match."""
        at = self._batch.at
        found = self._batch.fetch(
            lambda source: source.label_values("__name__", matchers, at - back, at)
        )
        if found is None:
            self._unanswered["which metrics it had before"] = None
        return None if found is None else set(found)
