"""Input values in promtool's notation: a series that stands, grows, jumps, stops and returns."""

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from math import ceil
from typing import NamedTuple

from slokit.targets.promtool.scenarios.base import Phase
from slokit.targets.promtool.unit_test import InputSeries
from slokit.text.numbers import format_number

_START = Fraction(1000)
_GRAIN = 2**20


class _Ramp(NamedTuple):
    """So many samples, each one step further."""

    first: Fraction
    step: Fraction
    samples: int

    @property
    def last(self) -> Fraction:
        return self.first + self.step * (self.samples - 1)

    def text(self) -> str:
        start, more = format_number(self.first), self.samples - 1
        if not more:
            return start
        return f"{start}+{format_number(self.step)}x{more}" if self.step else f"{start}x{more}"


def steady(*pieces: tuple[Fraction, int]) -> str:
    """Values that stay the same for so many samples each.

    >>> steady((Fraction(0), 20), (Fraction(1, 2), 1))
    '0x19 0.5'
    """
    return " ".join(_Ramp(value, Fraction(0), count).text() for value, count in pieces if count)


def counting(samples: int) -> str:
    """Values that grow by one from 1 on."""
    return _Ramp(Fraction(1), Fraction(1), samples).text()


class _Move(NamedTuple):
    """What a series does in one phase: its value or growth (None: it is absent), and how long."""

    number: Fraction | None
    jump: Fraction | int
    is_reset: bool
    samples: int


def input_series(
    phases: Sequence[Phase], samples: Sequence[int], interval: Fraction
) -> list[InputSeries]:
    """Each series of the phases, which last so many samples, ``interval`` seconds apart."""
    timed = list(zip(phases, samples, strict=True))
    found = []
    for series in dict.fromkeys(series for phase in phases for series in phase.values):
        moves = (
            _Move(p.values.get(series), p.jumps.get(series, 0), series in p.resets, count)
            for p, count in timed
        )
        found.append(InputSeries(str(series), _text(tuple(moves), interval, grows=series.grows)))
    return found


# Many SLOs of a bundle have the same phases.
@lru_cache(maxsize=1024)
def _text(moves: tuple[_Move, ...], interval: Fraction, *, grows: bool) -> str:
    words: list[str] = []
    ramp: _Ramp | None = None
    stood = _START
    for move in moves:
        if move.number is None:
            # The first sample missed says so, as Prometheus does after a scrape.
            gap = f"_x{move.samples}" if ramp is None else f"stale _x{move.samples - 1}"
            words += [gap] if ramp is None else [ramp.text(), gap]
            ramp = None
            continue
        following = _ramp(move.number, move, stood if grows else None, interval)
        if ramp and ramp.step == following.step and ramp.last + ramp.step == following.first:
            following = _Ramp(ramp.first, ramp.step, ramp.samples + following.samples)
        elif ramp:
            words.append(ramp.text())
        ramp, stood = following, following.last
    return " ".join([*words, *([ramp.text()] if ramp else [])])


def _ramp(number: Fraction, move: _Move, stood: Fraction | None, interval: Fraction) -> _Ramp:
    """A value that stays, or a counter that goes on from where it stood, or from zero."""
    if stood is None:
        return _Ramp(number, Fraction(0), move.samples)
    begin = (Fraction(0) if move.is_reset else stood) + move.jump
    if begin.denominator != 1:
        # Just above, or else the noise of a ramp would look like a reset.
        begin = Fraction(ceil(begin * _GRAIN) + 1, _GRAIN)
    step = number * interval
    return _Ramp(begin + step, step, move.samples)
