"""One unit test of promtool as data, a file of them as text, and the notation of input values.

Input series stand, grow, jump, stop and return.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import ceil, floor
from typing import NamedTuple

from slokit.promql import build
from slokit.targets.promtool.raw_series import RawSeries
from slokit.targets.promtool.scenarios.base import Phase
from slokit.targets.rule_yaml import SingleQuoted, dump, scalar
from slokit.text.durations import format_duration
from slokit.text.numbers import format_number

# 1 / 1e-06 is a whole number in floats, so a rounded sample is the float of its own text.
_DIGITS = 6
_ROUNDED = Fraction(1, 10**_DIGITS)


class InputSeries(NamedTuple):
    """A series as it is written, and its values in promtool's notation."""

    series: str
    values: str


class ExpectedSamples(NamedTuple):
    """What a query must answer at a time, in seconds: pairs of labels and value, and no others.

    ``comment`` says what has been going on, where that is new.
    """

    at: Fraction
    query: str
    samples: Sequence[tuple[str, Fraction | int]] = ()
    comment: str = ""


@dataclass(frozen=True, slots=True)
class UnitTest:
    """Input series with one value every ``interval`` seconds, and what must come out."""

    name: str
    interval: Fraction
    inputs: Iterable[InputSeries]
    expected: Iterable[ExpectedSamples]


@dataclass(frozen=True, slots=True)
class UnitTestFile:
    """A file of unit tests. ``remarks`` are comment lines, ``rules`` is a relative path.

    All groups are evaluated every ``interval`` seconds, and in ``order`` where one is given.
    """

    remarks: Sequence[str]
    rules: str
    interval: Fraction
    tests: Iterable[UnitTest]
    order: Sequence[str] = ()


def text_of(file: UnitTestFile) -> str:
    """The file as YAML.

    Its tests are written here, not as data: in a large bundle they are nearly all that is written.
    """
    head = {
        "rule_files": [file.rules],
        "evaluation_interval": format_duration(file.interval),
        **({"group_eval_order": file.order} if file.order else {}),
    }
    tests = [line for test in file.tests for line in _test(test)]
    remarks = [f"# {remark}\n" for remark in file.remarks]
    return "".join([*remarks, dump(head), "tests:\n" if tests else "tests: []\n", *tests])


def _test(test: UnitTest) -> Iterator[str]:
    yield f"  - name: {scalar(test.name, 6)}\n    interval: {format_duration(test.interval)}\n"
    inputs = [
        f"      - series: {_single_quoted(series, 10)}\n        values: {_values(values)}\n"
        for series, values in test.inputs
    ]
    yield "    input_series:\n" if inputs else "    input_series: []\n"
    yield from inputs
    expected = [_expected(each) for each in test.expected]
    yield "    promql_expr_test:\n" if expected else "    promql_expr_test: []\n"
    yield from expected


def _expected(expected: ExpectedSamples) -> str:
    at = format_duration(expected.at)
    comment = f"      # until {at}: {expected.comment}\n" if expected.comment else ""
    query = _single_quoted(expected.query, 10)
    samples = "".join([_sample(row, value) for row, value in expected.samples])
    return (
        f"{comment}      - expr: {query}\n        eval_time: {at}\n"
        f"        exp_samples:{samples and chr(10)}{samples or ' []' + chr(10)}"
    )


def _sample(row: str, value: Fraction | int) -> str:
    return f"          - labels: {_single_quoted(row, 14)}\n            value: {_number(value)!r}\n"


# Many tests have the same series and, of SLOs that are alike, the same values.
@lru_cache(maxsize=4096)
def _single_quoted(text: str, indent: int) -> str:
    # most are label sets of printable letters, which need no more than quotes
    if text[0] == "{" and "'" not in text and text.isascii() and text.isprintable():
        return f"'{text}'"
    return scalar(SingleQuoted(text), indent)


@lru_cache(maxsize=4096)
def _values(text: str) -> str:
    return scalar(text, 10)


def _number(value: Fraction | int) -> int | float:
    if isinstance(value, int):
        return value
    return value.numerator if value.denominator == 1 else float(value)


def rounded(query: str) -> str:
    """The query's samples without the noise of floats: six digits, and no metric name.

    >>> rounded("slokit:burn:1h")
    'round(slokit:burn:1h, 1e-06)'
    """
    return f"round({query}, 1e-06)"


def rounded_value(value: Fraction) -> Fraction:
    """What a rounded query answers for this value: to a millionth, halves upwards.

    >>> float(rounded_value(Fraction(2, 3)))
    0.666667
    """
    if value.denominator == 1:
        return value
    return Fraction(floor(value / _ROUNDED + Fraction(1, 2)), 10**_DIGITS)


def between(query: str, value: Fraction, tolerance: Fraction = Fraction(1, 10_000)) -> str:
    """The query's samples that are near a value; the tolerance is a share of it.

    >>> between("slokit:burn:1h", Fraction(10), Fraction(1, 100))
    'slokit:burn:1h > 9.9 < 10.1'
    """
    low, high = _limits(value.as_integer_ratio(), tolerance.as_integer_ratio())
    return f"{query} > {low} < {high}"


@lru_cache(maxsize=4096)
def _limits(value: tuple[int, int], tolerance: tuple[int, int]) -> tuple[str, str]:
    """Whole numbers have quick hashes, which fractions have not."""
    middle, share = Fraction(*value), Fraction(*tolerance)
    return f"{float(middle * (1 - share)):.8g}", f"{float(middle * (1 + share)):.8g}"


def label_text(labels: Mapping[str, str], name: str = "") -> str:
    """Labels as a sample's label set; empty ones are none.

    >>> label_text({"slo": "lag", "service": "db", "owner": ""}, "ALERTS"), label_text({})
    ('ALERTS{service="db",slo="lag"}', '{}')
    """
    return build.series(name, {k: labels[k] for k in sorted(labels) if labels[k]}) or "{}"


_START = Fraction(1000)
_NO_JUMP = 0, 1
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
    return " ".join(_steady(*value.as_integer_ratio(), count) for value, count in pieces if count)


# Whole numbers have quick hashes, which fractions have not.
@lru_cache(maxsize=4096)
def _steady(numerator: int, denominator: int, samples: int) -> str:
    return _Ramp(Fraction(numerator, denominator), Fraction(0), samples).text()


def counting(samples: int) -> str:
    """Values that grow by one from 1 on."""
    return _Ramp(Fraction(1), Fraction(1), samples).text()


class _Move(NamedTuple):
    """What a series does in one phase: its value or growth (None: it is absent), and how long.

    Numbers are pairs of whole ones, whose hashes are quick.
    """

    number: tuple[int, int] | None
    jump: tuple[int, int]
    is_reset: bool
    samples: int


def input_series(
    phases: Sequence[Phase], samples: Sequence[int], interval: Fraction
) -> list[InputSeries]:
    """Each series of the phases, which last so many samples, ``interval`` seconds apart."""
    found: dict[RawSeries, list[_Move | None]] = {}
    for position, (phase, count) in enumerate(zip(phases, samples, strict=True)):
        for series, number in phase.values.items():
            jump = phase.jumps.get(series, 0).as_integer_ratio() if phase.jumps else _NO_JUMP
            move = _Move(number.as_integer_ratio(), jump, series in phase.resets, count)
            found.setdefault(series, [None] * len(phases))[position] = move
    absent = [_Move(None, _NO_JUMP, is_reset=False, samples=count) for count in samples]
    every = interval.as_integer_ratio()
    return [
        InputSeries(
            str(series),
            _text(
                tuple(move or absent[n] for n, move in enumerate(moves)), every, grows=series.grows
            ),
        )
        for series, moves in found.items()
    ]


# Many SLOs of a bundle have the same phases.
@lru_cache(maxsize=1024)
def _text(moves: tuple[_Move, ...], every: tuple[int, int], *, grows: bool) -> str:
    words: list[str] = []
    interval = Fraction(*every)
    ramp: _Ramp | None = None
    stood = _START
    for move in moves:
        if move.number is None:
            # The first sample missed says so, as Prometheus does after a scrape.
            gap = f"_x{move.samples}" if ramp is None else f"stale _x{move.samples - 1}"
            words += [gap] if ramp is None else [ramp.text(), gap]
            ramp = None
            continue
        number = Fraction(*move.number)
        following = _ramp(number, move, stood if grows else None, interval)
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
    begin = (Fraction(0) if move.is_reset else stood) + Fraction(*move.jump)
    if begin.denominator != 1:
        # Just above, or else the noise of a ramp would look like a reset.
        begin = Fraction(ceil(begin * _GRAIN) + 1, _GRAIN)
    step = number * interval
    return _Ramp(begin + step, step, move.samples)
