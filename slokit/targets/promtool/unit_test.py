"""One unit test of promtool as data, and a file of them as text."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from typing import Any, NamedTuple

from slokit.promql import build
from slokit.targets.yaml_text import Commented, SingleQuoted, dump
from slokit.text.durations import format_duration

# 1 / 1e-06 is a whole number in floats, so a rounded sample is the float of its own text.
_DIGITS = 6
_ROUNDED = Fraction(1, 10**_DIGITS)


class InputSeries(NamedTuple):
    """A series as it is written, and its values in promtool's notation."""

    series: str
    values: str


@dataclass(frozen=True, slots=True)
class ExpectedSamples:
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
    """The file as YAML."""
    data = {
        "rule_files": [file.rules],
        "evaluation_interval": format_duration(file.interval),
        **({"group_eval_order": file.order} if file.order else {}),
        "tests": [_test(test) for test in file.tests],
    }
    return "".join(f"# {remark}\n" for remark in file.remarks) + dump(data)


def _test(test: UnitTest) -> dict[str, Any]:
    return {
        "name": test.name,
        "interval": format_duration(test.interval),
        "input_series": [
            {"series": SingleQuoted(series), "values": values} for series, values in test.inputs
        ],
        "promql_expr_test": [_expected(each) for each in test.expected],
    }


def _expected(expected: ExpectedSamples) -> dict[str, Any] | Commented:
    at = format_duration(expected.at)
    item = {
        "expr": SingleQuoted(expected.query),
        "eval_time": at,
        "exp_samples": [
            {"labels": SingleQuoted(labels), "value": _number(value)}
            for labels, value in expected.samples
        ],
    }
    return Commented(f"until {at}: {expected.comment}", item) if expected.comment else item


def _number(value: Fraction | int) -> int | float:
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
    low, high = (f"{float(value * (1 + sign * tolerance)):.8g}" for sign in (-1, 1))
    return f"{query} > {low} < {high}"


def label_text(labels: Mapping[str, str], name: str = "") -> str:
    """Labels as a sample's label set; empty ones are none.

    >>> label_text({"slo": "lag", "service": "db", "owner": ""}, "ALERTS"), label_text({})
    ('ALERTS{service="db",slo="lag"}', '{}')
    """
    return build.series(name, {k: labels[k] for k in sorted(labels) if labels[k]}) or "{}"
