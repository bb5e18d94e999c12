"""Text that came from a spec becomes a PromQL literal, and nothing more."""

import re

# of Go, whose strings PromQL has; what has no letter of its own becomes \x07
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_UNSAFE = re.compile(r'[\\"\x00-\x1f\x7f]')
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_METRIC = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")


def quote(text: str) -> str:
    """A double-quoted PromQL string that reads back as the text."""
    return '"' + _UNSAFE.sub(_escape, text) + '"'


def is_label_name(text: str) -> bool:
    """Whether the text is a label name of every Prometheus version."""
    return _LABEL.fullmatch(text) is not None


def is_grouping_label(text: str) -> bool:
    """Whether the text may stand in ``by (…)`` and ``on (…)``: label names but three words.

    Prometheus 2.42 reads those as two numbers and a keyword there.
    """
    return is_label_name(text) and text.lower() not in ("inf", "nan", "without")


def is_metric_name(text: str) -> bool:
    """Whether the text is a metric name of every Prometheus version."""
    return _METRIC.fullmatch(text) is not None


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    return _ESCAPES.get(character) or f"\\x{ord(character):02x}"
