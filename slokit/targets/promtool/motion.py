"""Input values in promtool's notation: a series that stands, grows, leaps, stops and returns."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from slokit.promql.raw_series import RawSeries
from slokit.spec.rehearsal import Act
from slokit.spec.units import format_number
from slokit.targets.promtool.unit_test import Input

_START = Fraction(1000)
_GRAIN = 2**20


@dataclass(frozen=True, slots=True)
class Span:
    """An act and how many samples it lasts."""

    act: Act
    samples: int


@dataclass(frozen=True, slots=True)
class Ramp:
    """So many samples, each one step further."""

    first: Fraction
    step: Fraction
    samples: int

    @property
    def last(self) -> Fraction:
        """The value of the last sample."""
        return self.first + self.step * (self.samples - 1)

    def __str__(self) -> str:
        start, more = format_number(self.first), self.samples - 1
        if not more:
            return start
        return f"{start}+{format_number(self.step)}x{more}" if self.step else f"{start}x{more}"


def moves(spans: Sequence[Span], interval: Fraction) -> Iterable[Input]:
    """Each series of the acts with its values, ``interval`` seconds apart."""
    everything = dict.fromkeys(series for span in spans for series in span.act.moves)
    return (Input(str(series), _values(series, spans, interval)) for series in everything)


def _values(series: RawSeries, spans: Sequence[Span], interval: Fraction) -> str:
    track = _Track(series, interval)
    for span in spans:
        track.follow(span)
    return track.text()


class _Track:
    """One series while it is written down."""

    def __init__(self, series: RawSeries, interval: Fraction) -> None:
        self.series, self.interval = series, interval
        self.words: list[str] = []
        self.ramp: Ramp | None = None
        self.at = _START

    def text(self) -> str:
        """All values so far."""
        return " ".join([*self.words, *([str(self.ramp)] if self.ramp else [])])

    def follow(self, span: Span) -> None:
        """Write down one more act."""
        number = span.act.moves.get(self.series)
        if number is None:
            self.stop(span.samples)
        elif self.series.grows:
            self.grow(span, number * self.interval)
        else:
            self.go_on(Ramp(number, Fraction(0), span.samples))

    def stop(self, samples: int) -> None:
        """No sample; the first one missed says so, as Prometheus does after a scrape."""
        if self.ramp is None:
            self.words.append(f"_x{samples}")
        else:
            self.words += [str(self.ramp), "stale", f"_x{samples - 1}"]
        self.ramp = None

    def grow(self, span: Span, step: Fraction) -> None:
        """A counter goes on from where it stood."""
        act, series = span.act, self.series
        begin = Fraction(0) if series in act.resets else self.at
        first = _exact(begin + act.leaps.get(series, 0)) + step
        self.go_on(Ramp(first, step, span.samples))

    def go_on(self, ramp: Ramp) -> None:
        """The next values, as one ramp with those before where they continue it."""
        before = self.ramp
        if before and before.step == ramp.step and before.last + ramp.step == ramp.first:
            ramp = Ramp(before.first, ramp.step, before.samples + ramp.samples)
        elif before:
            self.words.append(str(before))
        self.ramp, self.at = ramp, ramp.last


def _exact(value: Fraction) -> Fraction:
    """A whole value, or one just above: or else the noise of a ramp would look like a reset."""
    return value if value.denominator == 1 else Fraction(ceil(value * _GRAIN) + 1, _GRAIN)
