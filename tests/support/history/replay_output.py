"""Reads the samples and alerts that `promtool test rules` got."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from tests.support.history.samples import Labels, Sample

_PAIR = re.compile(r'([a-zA-Z_:][a-zA-Z0-9_:]*)=("(?:[^"\\]|\\.)*")(?:, )?')
_EXPR = re.compile(
    r'^    expr: ("(?:[^"\\]|\\.)*"), time: (\S+?),'
    r"(?: err: (.*)|\n        exp: .*\n        got: (.*))$",
    re.MULTILINE,
)
_ALERT = re.compile(
    r"^    alertname: ([^\n]*), time: (\S+), \n        exp:\[.*?\n            \], \n"
    r"        got:\[(\]|\n.*?\n            \])",
    re.MULTILINE | re.DOTALL,
)
_FIRING = re.compile(
    r"^              Labels:(\{.*\})\n              Annotations:(\{.*\})", re.MULTILINE
)
_UNIT_SECONDS = {"w": 604800, "d": 86400, "h": 3600, "m": 60, "s": 1, "ms": 0.001, "y": 31536000}


@dataclass(frozen=True)
class FiringAlert:
    """One alert that fires at a moment of a replay."""

    labels: Labels
    annotations: Labels


class ReplayFailedError(AssertionError):
    """promtool refused a rule, an input series or an expression; the message is its own."""


def samples_got(output: str) -> dict[tuple[str, float], list[Sample]]:
    """The samples of each asked (expression, seconds); ReplayFailedError for a failed one."""
    found = {}
    for quoted, moment, error, got in _EXPR.findall(output):
        expr, at = unquoted(quoted), seconds(moment)
        if error:
            raise ReplayFailedError(f"{expr} at {moment}: {error}")
        found[(expr, at)] = list(read_samples(got, at))
    return found


def alerts_got(output: str) -> dict[tuple[str, float], list[FiringAlert]]:
    """The firing alerts of each asked (alert name, seconds)."""
    return {
        (name, seconds(moment)): [
            FiringAlert(read_labels(labels), read_labels(annotations))
            for labels, annotations in _FIRING.findall(got)
        ]
        for name, moment, got in _ALERT.findall(output)
    }


def read_samples(got: str, at: float) -> Iterator[Sample]:
    """The samples of one `got:` line, such as `{a="x"} 1E+00, {a="y"} NaN`."""
    rest = "" if got == "nil" else got
    while rest:
        labels, rest = take_labels(rest)
        value, _, rest = rest.strip().partition(", ")
        yield Sample(labels, float(value), at)


def read_labels(text: str) -> Labels:
    """Labels written as `{name="value", …}`."""
    return take_labels(text)[0]


def take_labels(text: str) -> tuple[Labels, str]:
    """The labels at the start of a text, and what follows them."""
    labels, position = {}, 1
    while pair := _PAIR.match(text, position):
        labels[pair[1]] = unquoted(pair[2])
        position = pair.end()
    return labels, text[position + 1 :]


def unquoted(text: str) -> str:
    """The string that Go wrote with quotes and escapes."""
    return str(json.loads(re.sub(r"\\x([0-9a-f]{2})", r"\\u00\1", text).replace("\\a", "\\u0007")))


def seconds(duration: str) -> float:
    """The seconds of a Prometheus duration such as `5m30s`."""
    parts = re.findall(r"(\d+)(ms|[ywdhms])", duration)
    return float(sum(int(number) * _UNIT_SECONDS[unit] for number, unit in parts))
