"""Input values in promtool's notation: a series that stands, grows, jumps, stops and returns."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import ceil
from typing import NamedTuple

from slokit.targets.promtool.raw_series import RawSeries
from slokit.targets.promtool.scenarios.base import Phase
from slokit.targets.promtool.unit_test import Input
from slokit.text.numbers import format_number

_START = Fraction(1000)
_GRAIN = 2**20


@dataclass(frozen=True, slots=True)
class Span:
    """A phase and how many samples it lasts."""

    phase: Phase
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
    """Each series of the phases with its values, ``interval`` seconds apart."""
    everything = dict.fromkeys(series for span in spans for series in span.phase.values)
    return (Input(str(series), _values(series, spans, interval)) for series in everything)


def _values(series: RawSeries, spans: Sequence[Span], interval: Fraction) -> str:
    moves = tuple(
        _Move(
            span.phase.values.get(series),
            span.phase.jumps.get(series, 0),
            series in span.phase.resets,
            span.samples,
        )
        for span in spans
    )
    return _text(moves, interval, grows=series.grows)


class _Move(NamedTuple):
    """What a series does in one phase: its value or growth (None: it is absent), jump and reset."""

    number: Fraction | None
    jump: Fraction | int
    is_reset: bool
    samples: int


# Many SLOs of a bundle are played alike.
@lru_cache(maxsize=1024)
def _text(moves: tuple[_Move, ...], interval: Fraction, *, grows: bool) -> str:
    track = _Track()
    for move in moves:
        if move.number is None:
            track.stop(move.samples)
        elif grows:
            track.grow(move, move.number * interval)
        else:
            track.go_on(Ramp(move.number, Fraction(0), move.samples))
    return track.text()


class _Track:
    """One series while it is written down."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.ramp: Ramp | None = None
        self.at = _START

    def text(self) -> str:
        """All values so far."""
        return " ".join([*self.words, *([str(self.ramp)] if self.ramp else [])])

    def stop(self, samples: int) -> None:
        """No sample; the first one missed says so, as Prometheus does after a scrape."""
        if self.ramp is None:
            self.words.append(f"_x{samples}")
        else:
            self.words += [str(self.ramp), "stale", f"_x{samples - 1}"]
        self.ramp = None

    def grow(self, move: _Move, step: Fraction) -> None:
        """A counter goes on from where it stood."""
        begin = Fraction(0) if move.is_reset else self.at
        self.go_on(Ramp(_exact(begin + move.jump) + step, step, move.samples))

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
