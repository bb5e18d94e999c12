"""SLO windows: the time over which an error budget is counted, and what its rules look like.

Code that means the SLO window asks the window: its name, how long it is at most, what it covers at
a moment, and how counts are added up over it; nowhere else is there arithmetic on its seconds. Burn
alerts have windows of their own, which are plain seconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from slokit.text.durations import format_duration

_MINUTE = Fraction(60)


class Window(Protocol):
    """The time over which a budget is counted; two are equal when their rules are the same.

    ``counts`` is a selector of a series of counts: one sample a ledger window, which holds the
    events of that ledger window.
    """

    def __hash__(self) -> int: ...

    @property
    def name(self) -> str:
        """As it stands in the label ``window`` and in names of series: ``30d``."""

    @property
    def labels(self) -> Mapping[str, str]:
        """What the info series of its SLOs says about it, and no other window's: its name."""

    @property
    def longest(self) -> Fraction:
        """Seconds that it covers at most."""

    @property
    def is_rolling(self) -> bool:
        """Whether it always covers the same length of time, up to now."""

    def span(self, at: float) -> tuple[float, float]:
        """Start and end of what it covers at a moment, in Unix seconds; the end is ``at``."""

    def labelled(self, counts: str) -> str:
        """What must be recorded of the counts before ``summed`` can read it; empty for nothing."""

    def summed(self, counts: str) -> str:
        """The events of the window, out of the counts or of what was recorded of them."""

    def halfway(self, series: str, lasting: Fraction | None = None) -> str:
        """Holds where there was a sample in the older half of the window, wherever in it.

        The moment half a window ago decides nothing: it may lie in a night or in an outage. Of a
        series that is there for longer it is enough to look back for so many seconds from there.
        """


@dataclass(frozen=True, slots=True)
class RollingWindow:
    """The last so many seconds, whenever one looks.

    >>> window = RollingWindow(Fraction(30 * 86_400))
    >>> window.name
    '30d'
    >>> window.summed("slokit:bad:events5m")
    'sum_over_time(slokit:bad:events5m[29d23h59m])'
    >>> window.halfway("slokit:total:events5m")
    'present_over_time(slokit:total:events5m[15d] offset 15d)'
    >>> window.halfway("slokit:budget_remaining:ratio", Fraction(86_400))
    'present_over_time(slokit:budget_remaining:ratio[1d] offset 15d)'
    """

    seconds: Fraction

    def __hash__(self) -> int:
        # that of a fraction takes many times as long, and windows are looked up for every SLO
        return hash(self.seconds.as_integer_ratio())

    @property
    def name(self) -> str:
        """Its length: ``30d``."""
        return format_duration(self.seconds)

    @property
    def labels(self) -> Mapping[str, str]:
        """Its name."""
        return {"window": self.name}

    @property
    def longest(self) -> Fraction:
        """Its length in seconds."""
        return self.seconds

    @property
    def is_rolling(self) -> bool:
        """It is."""
        return True

    def span(self, at: float) -> tuple[float, float]:
        """The last so many seconds."""
        return at - float(self.seconds), at

    def labelled(self, counts: str) -> str:
        """Nothing: a range says which counts it holds."""
        return ""

    def summed(self, counts: str) -> str:
        """The sum of a range; see :func:`summed_over`."""
        return summed_over(counts, self.seconds)

    def halfway(self, series: str, lasting: Fraction | None = None) -> str:
        """Any sample of the half that ended half a window ago."""
        half = self.seconds / 2
        length = format_duration(lasting or half)
        return f"present_over_time({series}[{length}] offset {format_duration(half)})"


def summed_over(counts: str, seconds: Fraction) -> str:
    """The events of the last so many seconds, out of the counts of its ledger windows.

    A minute short, so that the same number of counts is read on every version of Prometheus,
    whether its ranges are closed on both ends (2.x) or left-open (3.x): two hours hold 24 counts
    of five minutes, not 25.

    >>> summed_over("slokit:bad:events5m", Fraction(7200))
    'sum_over_time(slokit:bad:events5m[1h59m])'
    """
    return f"sum_over_time({counts}[{format_duration(seconds - _MINUTE)}])"
