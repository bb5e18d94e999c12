"""Rule groups as plain data, and plain data as YAML: the same bytes for the same data.

A printer of its own because PyYAML's emitter takes several times as long as everything else that
`compile` does, and folds long expressions. Only what slokit writes is covered: mappings, lists,
strings and numbers.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from slokit.compiler import names
from slokit.compiler.rules import AlertRule, Program, RecordingRule, Rule, RuleGroup
from slokit.targets.base import Artifact, bundle_source, source_line
from slokit.text.durations import format_duration


def rule_files(program: Program, path_of: Callable[[str], str], bundle_path: str) -> list[Artifact]:
    """A rule file for each service, its path by the stem of its files, and one for the bundle."""
    bundle = program.bundle
    artifacts = []
    for service, group in program.ledgers:
        path = path_of(names.file_stem(service.name, bundle.project))
        text = dump(groups_data([group, *program.causes_of(service)]))
        head = f"# {source_line(bundle, service.file)}\n"
        artifacts.append(Artifact(path, f"{head}{text}", frozenset({service.name})))
    text = f"# {source_line(bundle, bundle_source(bundle))}\n{dump(groups_data(program.groups))}"
    return [*artifacts, Artifact(bundle_path, text)]


def groups_data(groups: Iterable[RuleGroup]) -> dict[str, Any]:
    """The content of a rule file; empty groups are left out."""
    return {
        "groups": [
            {
                "name": group.name,
                "interval": format_duration(group.interval),
                "rules": [rule_data(rule) for rule in group.rules],
            }
            for group in groups
            if group.rules
        ]
    }


def rule_data(rule: Rule) -> dict[str, Any]:
    """One rule as it stands in a rule file."""
    if isinstance(rule, RecordingRule):
        data: dict[str, Any] = {"record": rule.record, "expr": rule.expr}
        return {**data, "labels": rule.labels} if rule.labels else data
    return _alert(rule)


def _alert(rule: AlertRule) -> dict[str, Any]:
    times = {"for": rule.hold, "keep_firing_for": rule.keep_firing}
    return {
        "alert": rule.alert,
        "expr": rule.expr,
        **{key: format_duration(seconds) for key, seconds in times.items() if seconds},
        "labels": rule.labels,
        "annotations": rule.annotations,
    }


# A scalar without quotes: only what no reader of YAML 1.1 or 1.2 takes for anything but text.
_PLAIN = re.compile(r"[A-Za-z_(/][\x21-\x7e]*(?: [\x21-\x7e]+)*")
# A duration begins with a digit and is still no number: 5m stays without quotes.
_DURATION = re.compile(r"(?:[0-9]+(?:ms|[smhd]))+")
# What other YAML readers take for a boolean, a null or a number.
_WORDS = frozenset("y n yes no on off true false null nan inf".split())
_ODD = r"\x00-\x09\x0b-\x1f\x7f-\xa0\u1680\u2000-\u206f\u3000\ud800-\uf8ff\ufeff\ufff0-\uffff"
_NO_BLOCK = re.compile(f"[{_ODD}]")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_ESCAPED = re.compile(rf'["\\\n{_ODD}]')


class SingleQuoted(str):
    """A string in single quotes, where it needs some: labels are full of double ones."""

    __slots__ = ()


class Verbatim(str):
    """A scalar without quotes, as some file has it: a number, a boolean, null or text."""

    __slots__ = ()


def dump(data: Mapping[str, Any]) -> str:
    """The YAML text of a mapping, in the order of its keys.

    >>> samples = [{"labels": SingleQuoted('{job="a"}'), "value": 0.5}]
    >>> print(dump({"expr": "up", "exp_samples": samples}), end="")
    expr: up
    exp_samples:
      - labels: '{job="a"}'
        value: 0.5
    """
    return "".join(_mapping(data, ""))


def scalar(text: str, indent: int) -> str:
    r"""A string as it stands after ``key: ``; further lines are indented by so many spaces.

    >>> scalar("up", 2), scalar(SingleQuoted('{job="a"}'), 2), scalar("1x5", 2)
    ('up', '\'{job="a"}\'', '"1x5"')
    """
    return _scalar(text, " " * indent, block=True)


def _mapping(data: Mapping[str, Any], indent: str) -> list[str]:
    lines = []
    for key, value in data.items():
        lines += _entry(f"{indent}{_key(key)}:", value, indent)
    return lines


@lru_cache(maxsize=4096)
def _key(text: str) -> str:
    return _scalar(text, "")


def _entry(head: str, value: Any, indent: str) -> list[str]:
    if isinstance(value, str):
        return [f"{head} {_scalar(value, indent + '  ', block=True)}\n"]
    if isinstance(value, Mapping):
        return [f"{head}\n", *_mapping(value, indent + "  ")] if value else [f"{head} {{}}\n"]
    if isinstance(value, Sequence):
        return [f"{head}\n", *_list(value, indent + "  ")] if value else [f"{head} []\n"]
    return [f"{head} {_value(value, indent + '  ')}\n"]


def _list(values: Sequence[Any], indent: str) -> list[str]:
    lines = []
    for each in values:
        if isinstance(each, Mapping) and each:
            inner = _mapping(each, indent + "  ")
            lines += [f"{indent}- {inner[0][len(indent) + 2 :]}", *inner[1:]]
        elif isinstance(each, Mapping):
            lines.append(f"{indent}- {{}}\n")
        elif isinstance(each, Sequence) and not isinstance(each, str):
            inner = _list(each, indent + "  ") or [f"{indent}  []\n"]
            lines += [f"{indent}- {inner[0][len(indent) + 2 :]}", *inner[1:]]
        else:
            lines.append(f"{indent}- {_value(each, indent + '  ')}\n")
    return lines


def _value(value: Any, indent: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    return _scalar(value, indent, block=True)


def _scalar(text: str, indent: str, *, block: bool = False) -> str:
    if isinstance(text, Verbatim) and not _NO_BLOCK.search(text):
        return text
    if _is_plain(text):
        return text
    # A block keeps PromQL as it was composed: its lines are what a reviewer compares.
    if block and "\n" in text and _fits_block(text):
        body = "".join(f"{indent}{line}\n" if line else "\n" for line in text.split("\n"))
        return f"|-\n{body}".removesuffix("\n")
    if isinstance(text, SingleQuoted) and "\n" not in text and not _NO_BLOCK.search(text):
        return "'" + text.replace("'", "''") + "'"
    return '"' + _ESCAPED.sub(_escape, text) + '"'


@lru_cache(maxsize=65_536)
def _is_plain(text: str) -> bool:
    if text[:1].isdigit():
        return _DURATION.fullmatch(text) is not None
    return (
        _PLAIN.fullmatch(text) is not None
        # no key, no comment
        and not (": " in text or " #" in text or text.endswith(":"))
        and text.lower() not in _WORDS
    )


def _fits_block(text: str) -> bool:
    lines = text.split("\n")
    return (
        _NO_BLOCK.search(text) is None
        # `|-` drops the last line break, and the first line with text sets the indentation.
        and bool(lines[-1])
        and not lines[0].startswith(" ")
        and bool(lines[0])
        and not any(line.endswith(" ") for line in lines)
    )


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    if character in _ESCAPES:
        return _ESCAPES[character]
    code = ord(character)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
