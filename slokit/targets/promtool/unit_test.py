"""One unit test of promtool as data, and its file as text."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import floor
from typing import NamedTuple

from slokit.promql import build
from slokit.targets.yaml_text import flow_text
from slokit.text.durations import format_duration
from slokit.text.numbers import format_number

# 1 / 1e-06 is a whole number in floats, so a rounded sample is the float of its own text.
_DIGITS = 6
_ROUNDED = Fraction(1, 10**_DIGITS)


class Input(NamedTuple):
    """An input series; ``name`` stands for it where a file repeats it."""

    series: str
    values: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a query must answer at a time: samples as pairs of labels and value, and no others.

    ``key`` names the query where a test asks it several times, if it does. ``scene`` says what has
    been going on, where that is new. Times are seconds.
    """

    at: Fraction
    key: str
    query: str
    samples: Sequence[tuple[str, str]]
    scene: str = ""


@dataclass(frozen=True, slots=True)
class UnitTest:
    """Input series with one value every ``interval`` seconds, and what must come out."""

    name: str
    interval: Fraction
    inputs: Iterable[Input]
    claims: Iterable[Claim]


@dataclass(frozen=True, slots=True)
class TestFile:
    """A file of unit tests. ``remarks`` are comment lines, ``rules`` are relative paths.

    All groups are evaluated every ``interval`` seconds, and in ``order`` where one is given.
    """

    remarks: Sequence[str]
    rules: Sequence[str]
    interval: Fraction
    tests: Iterable[UnitTest]
    order: Sequence[str] = field(default=())


def text_of(file: TestFile) -> str:
    """The file as YAML."""
    lines = [f"# {remark}" for remark in file.remarks]
    lines += ["rule_files:", *(f"  - {path}" for path in file.rules)]
    lines.append(f"evaluation_interval: {format_duration(file.interval)}")
    if file.order:
        lines += ["group_eval_order:", *(f"  - {flow_text(group)}" for group in file.order)]
    lines.append("tests:")
    named: set[str] = set()
    for number, test in enumerate(file.tests, start=1):
        lines += _test_lines(test, named, number)
    return "\n".join(lines) + "\n"


def _test_lines(test: UnitTest, named: set[str], number: int) -> list[str]:
    lines = [f"  - name: {flow_text(test.name)}", f"    interval: {format_duration(test.interval)}"]
    lines.append("    input_series:")
    lines += [_input_line(line, named) for line in test.inputs]
    lines.append("    promql_expr_test:")
    claims = list(test.claims)
    anchors = _Anchors(claims, number)
    for claim in claims:
        if claim.scene:
            lines.append(f"      # until {format_duration(claim.at)}: {claim.scene}")
        lines += _claim_lines(claim, anchors)
    return lines


def _input_line(line: Input, named: set[str]) -> str:
    if line.name in named:
        return f"      - {{series: *{line.name}, values: '{line.values}'}}"
    anchor = f"&{line.name} " if line.name else ""
    named.update([line.name] if line.name else [])
    return f"      - {{series: {anchor}{flow_text(line.series)}, values: '{line.values}'}}"


def _claim_lines(claim: Claim, anchors: "_Anchors") -> list[str]:
    query = anchors.text(claim.query)
    samples = [
        f"{{labels: {anchors.text(labels)}, value: {value}}}" for labels, value in claim.samples
    ]
    head = f"      - {{expr: {query}, eval_time: {format_duration(claim.at)}, exp_samples: ["
    if len(samples) <= 1:
        return [f"{head}{''.join(samples)}]}}"]
    return [head, *(f"          {sample}," for sample in samples), "        ]}"]


class _Anchors:
    """Names for the texts that a test repeats: written out the first time, a name after that.

    Each name is used once in a file, for not every reader of YAML takes the same one twice.
    """

    def __init__(self, claims: Sequence[Claim], number: int) -> None:
        keys = {claim.query: claim.key for claim in claims}
        rows = [labels for claim in claims for labels, _ in claim.samples]
        keys.update(dict.fromkeys(rows, "row"))
        times = Counter([*(claim.query for claim in claims), *rows])
        repeated = [text for text, count in times.items() if count > 1]
        of_key = Counter(keys[text] for text in repeated)
        self._names = {
            text: f"{keys[text]}-{number}" for text in repeated if of_key[keys[text]] == 1
        }
        self._written: set[str] = set()

    def text(self, text: str) -> str:
        """The text, or its name."""
        name = self._names.get(text)
        if name is None:
            return flow_text(text)
        if text in self._written:
            return f"*{name}"
        self._written.add(text)
        return f"&{name} {flow_text(text)}"


def rounded(query: str) -> str:
    """The query's samples without the noise of floats: six digits, and no metric name."""
    return f"round({query}, 1e-06)"


def rounded_value(value: Fraction) -> str:
    """What a rounded query answers for this value."""
    return format_number(Fraction(floor(value / _ROUNDED + Fraction(1, 2)), 10**_DIGITS))


def between(query: str, value: Fraction, tolerance: Fraction = Fraction(1, 10_000)) -> str:
    """The query's samples that are near a value; the tolerance is a share of it."""
    low, high = (f"{float(value * (1 + sign * tolerance)):.8g}" for sign in (-1, 1))
    return f"{query} > {low} < {high}"


def label_text(labels: Mapping[str, str]) -> str:
    """Labels as a sample's label set; empty ones are none."""
    return build.series("", {k: labels[k] for k in sorted(labels) if labels[k]}) or "{}"
