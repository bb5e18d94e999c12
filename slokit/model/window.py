"""SLO windows: the time over which an error budget is counted."""

from dataclasses import dataclass
from fractions import Fraction

from slokit.text.durations import format_duration


@dataclass(frozen=True, slots=True)
class Window:
    """A rolling SLO window in seconds."""

    seconds: Fraction

    @property
    def name(self) -> str:
        """As it stands in labels and series names: ``30d``."""
        return format_duration(self.seconds)
