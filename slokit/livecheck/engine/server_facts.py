"""What a server says about itself; whatever it does not tell is kept as a note."""

import re
from functools import cached_property
from typing import Final

from slokit.livecheck.engine.asker import Asker
from slokit.prometheus.types import MetricMetadata, RuleGroup
from slokit.text import InvalidTextError
from slokit.text.durations import parse_duration

_SIZE = re.compile(r"\d+(?:\.\d+)?\s*[KMGTPE]?i?B", re.IGNORECASE)
LOOK_BACK: Final = 30 * 86_400.0
"""How far back the server is asked whether something was ever there, in seconds."""
_FLAG = "storage.tsdb.retention.time"


class ServerFacts:
    """Retention, metadata and rules, each asked for at most once."""

    def __init__(self, asker: Asker) -> None:
        self._asker = asker
        self._untold: dict[str, None] = {}

    @property
    def untold(self) -> tuple[str, ...]:
        """What was asked for and not told, as ends of a sentence."""
        return tuple(self._untold)

    @cached_property
    def retention(self) -> str:
        """The retention as the server writes it (``15d``, ``15d or 10GiB``); empty if untold."""
        told = self._asker.fetch(lambda source: source.runtime_info()) or {}
        text = told.get("storageRetention", "")
        if not text:
            flags = self._asker.fetch(lambda source: source.flags()) or {}
            text = flags.get(_FLAG, "")
            text = "" if text in {"0s", "0"} else text
        if not text:
            self._untold["how long it keeps data"] = None
        return text

    @cached_property
    def retention_seconds(self) -> float | None:
        """After how many seconds data is forgotten; None if only its size counts, or untold."""
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
        found = self._asker.fetch(lambda source: source.metadata())
        if found is None:
            self._untold["which metrics are counters"] = None
        return found or {}

    @cached_property
    def rule_groups(self) -> list[RuleGroup] | None:
        """The loaded rules; None if untold."""
        found = self._asker.fetch(lambda source: source.rules())
        if found is None:
            self._untold["which rules it has loaded"] = None
        return found

    def names(self, back: float, matchers: list[str]) -> set[str] | None:
        """The metrics that existed in the last ``back`` seconds among those that match."""
        at = self._asker.at
        start = at - back
        found = self._asker.fetch(
            lambda source: source.label_values("__name__", matchers, start, at)
        )
        if found is None:
            self._untold["which metrics it had before"] = None
        return None if found is None else set(found)
