"""What all SLI types share: how a body is written, and how its sides and limits are read."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Annotated, Any, Protocol

from pydantic import PlainValidator, WithJsonSchema

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Code, Severity
from slokit.model.ledger import Folding, Side, Sli
from slokit.model.slo import Problem
from slokit.promql import build, variables
from slokit.promql.faults import FaultKind, find_faults
from slokit.promql.reading import Reading, read
from slokit.promql.selector import Selector, matcher_list
from slokit.source.fields import PROMQL, Written, fault
from slokit.text import InvalidTextError
from slokit.text.durations import parse_duration
from slokit.text.numbers import format_number, in_unit, parse_limit, unit_of_metric
from slokit.text.words import clip

_NO_VECTORS = {
    "scalar": ("a number", "write vector(…) around it"),
    "matrix": ("a range", "put it into a function such as rate()"),
    "string": ("a text", "name a metric"),
}
_COUNTER_HINT = "name the counter it was made from"
_FIXED_RANGE = re.compile(r"\[\s*[0-9][0-9a-z]*\s*\]")


def _is_mapping(value: object) -> bool:
    return isinstance(value, dict)


def _side_text(value: object) -> tuple[str, ...]:
    if isinstance(value, str) and value.strip():
        return (value,)
    if isinstance(value, list | tuple) and value and all(isinstance(v, str) for v in value):
        return tuple(value)
    if isinstance(value, dict) or (isinstance(value, list) and any(map(_is_mapping, value))):
        raise fault(
            codes.MANGLED_PROMQL,
            "YAML reads this as a mapping, not as PromQL",
            "put the whole expression into single quotes",
        )
    raise fault(
        codes.WRONG_TYPE,
        "a selector, a list of selectors or PromQL is wanted here",
        'such as http_requests_total{code=~"5.."}',
    )


SideText = Annotated[
    tuple[str, ...],
    PlainValidator(_side_text),
    WithJsonSchema(
        {"anyOf": [PROMQL, {"type": "array", "items": PROMQL, "minItems": 1}]},
    ),
]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a body is read in: the SLO's folding and the bundle's times."""

    folding: Folding
    window: str
    window_seconds: Fraction
    interval: str

    def variables(self) -> Mapping[str, str]:
        """The values of the variables of a PromQL side."""
        folding = self.folding
        return {
            "window": self.window,
            "window_seconds": build.number(self.window_seconds),
            "selector": matcher_list(dict.fromkeys([*folding.selector, *folding.match])),
            "group_by": ", ".join(dict.fromkeys(folding.sources)),
            "join": self._join(),
        }

    def _join(self) -> str:
        join = self.folding.join
        if join is None:
            return ""
        info = str(join_info(self.folding))
        return build.join("", info, join.by, join.labels).strip()


def join_info(folding: Folding) -> Selector:
    """The info metric's selector with what it inherits; never with ``match``."""
    assert folding.join is not None
    bare = read(folding.join.info).bare
    assert bare is not None
    return bare.inheriting(folding.selector)


class SliType(Protocol):
    """One SLI type: its key in the spec, its body, and how a body becomes an SLI."""

    name: str
    body: type[Written]
    has_objective: bool
    example: str
    resolve: "Callable[[Any, Reader], Sli | None]"


@dataclass(frozen=True, slots=True)
class Type:
    """The registry's entry of an SLI type.

    ``has_objective`` is false where the allowance is the objective; ``example`` is the body as
    YAML.
    """

    name: str
    body: type[Written]
    has_objective: bool
    example: str
    resolve: "Callable[[Any, Reader], Sli | None]"


class Reader:
    """Reads the texts of one SLI body and collects what is wrong with them."""

    def __init__(self, surroundings: Surroundings) -> None:
        self.surroundings = surroundings
        self.problems: list[Problem] = []

    @property
    def folding(self) -> Folding:
        """How the SLO's sides are selected and grouped."""
        return self.surroundings.folding

    @property
    def has_failed(self) -> bool:
        """Whether an error is among the problems."""
        return any(problem.code.severity is Severity.ERROR for problem in self.problems)

    def problem(
        self,
        code: Code,
        key: str,
        message: str,
        hint: str = "",
        span: tuple[int, int] | None = None,
    ) -> None:
        """Note a fault at a key of the body (dots descend), or at characters of its text."""
        keys = tuple(int(k) if k.isdigit() else k for k in key.split(".") if k)
        self.problems.append(Problem(code, keys, message, hint, span))

    def side(self, key: str, texts: tuple[str, ...] | None, role: str) -> Side | None:
        """A side from its text; None, with the reason noted, when it cannot be read."""
        if texts is None:
            return None
        readings = [self._read(self._key(key, n, texts), text) for n, text in enumerate(texts)]
        if any(reading is None for reading in readings):
            return None
        promql = [
            r.bare is None or bool(variables.used(t))
            for r, t in zip(readings, texts, strict=True)
            if r
        ]
        if len(texts) > 1 and any(promql):
            first = promql.index(True)
            self.problem(
                codes.NOT_A_SELECTOR,
                f"{key}.{first}",
                "a list holds selectors only",
                "write one PromQL expression that adds them up",
            )
            return None
        if any(promql):
            assert readings[0] is not None
            return self._promql(key, texts[0], readings[0], role)
        selectors = tuple(r.bare for r in readings if r and r.bare)
        return self._selectors(key, texts, selectors, role)

    @staticmethod
    def _key(key: str, number: int, texts: tuple[str, ...]) -> str:
        return f"{key}.{number}" if len(texts) > 1 else key

    def _read(self, key: str, text: str) -> Reading | None:
        values = self.surroundings.variables() if "$" in text else {}
        whole = variables.replaced(text, values)
        faults = find_faults(whole.text)
        for found in faults:
            message, hint = found.message, found.hint
            if found.kind is FaultKind.SYNTAX:
                message, hint = f"not PromQL: {message}", _syntax_hint(text, values) or hint
            code = codes.PROMQL_SYNTAX if found.is_refusal else codes.NEWER_PROMQL
            span = whole.origin(*found.span) if found.span else None
            self.problem(code, key, message, hint, span)
            self.problems[-1] = replace(self.problems[-1], is_cut=found.is_cut)
        return None if any(found.is_refusal for found in faults) else read(whole.text.strip())

    def _selectors(
        self, key: str, texts: tuple[str, ...], selectors: tuple[Selector, ...], role: str
    ) -> Side | None:
        for number, selector in enumerate(selectors):
            name = selector.metric()
            if role == "counter" and ":rate" in name:
                self.problem(
                    codes.RATED_TWICE,
                    self._key(key, number, texts),
                    f"{clip(name)} is a rate already, and slokit would take the rate of it",
                    _COUNTER_HINT,
                )
                return None
        folding = self.folding
        matched = tuple(
            s.inheriting(folding.selector, () if role == "member" else folding.match)
            for s in selectors
        )
        return Side(key, role, texts, matched, is_promql=False)

    def _promql(self, key: str, text: str, reading: Reading, role: str) -> Side | None:
        used = variables.used(text)
        if reading.type != "vector":
            gives, hint = _NO_VECTORS[reading.type]
            self.problem(codes.NOT_A_VECTOR, key, f"this gives {gives}, not a vector", hint)
            return None
        if role == "counter" and not used & {"window", "window_seconds"}:
            self._missing_window(key, text, reading)
            return None
        if self.folding.match and "selector" not in used and role != "member":
            self.problem(
                codes.MATCH_UNUSED,
                key,
                "`match` cannot reach this expression",
                "put $selector between the braces of its selectors",
            )
            return None
        if not self._keeps_groups(key, reading):
            return None
        for name in reading.rated:
            if ":rate" in name:
                message, hint = f"{clip(name)} is a rate already", _COUNTER_HINT
                self.problem(codes.RATED_TWICE, key, message, hint)
                return None
        whole = variables.substitute(text, self.surroundings.variables())
        return Side(key, role, (text,), (whole,), is_promql=True)

    def _missing_window(self, key: str, text: str, reading: Reading) -> None:
        message, hint = "a PromQL side of counters must use $window", "write rate(metric[$window])"
        found = _FIXED_RANGE.search(text)
        if reading.bare is not None:
            hint = "write the selector alone: slokit adds $selector and rate() itself"
        elif found:
            hint = "write [$window] instead"
        self.problem(codes.MISSING_WINDOW, key, message, hint, found and found.span())

    def _keeps_groups(self, key: str, reading: Reading) -> bool:
        lost = [source for source in self.folding.sources if reading.loses(source)]
        if lost:
            hint = "keep it with `by ($group_by)`"
            if "vector" in reading.functions:
                hint = "leave vector() out: it has no labels, and no bad series means no bad events"
            message = f"the expression drops {_names(lost)}, which the SLO is grouped by"
            self.problem(codes.LOST_LABEL, key, message, hint)
        return not lost

    def keeps_members(self, side: Side, member: tuple[str, ...]) -> bool:
        """Whether a side's expression keeps the labels that tell members apart."""
        if not side.is_promql:
            return True
        reading = read(side.parts[0])
        lost = [label for label in member if reading.loses(label)]
        if lost:
            self.problem(
                codes.MEMBER_LOST,
                side.key,
                f"the expression drops {_names(lost)}, so its samples are no members",
                "keep it in `by (…)`, or say which label is the member: `member: [pod]`",
            )
        return not lost

    def unit(self, written: str | None, sides: Iterable[Side | None]) -> str | None:
        """The unit: as written, or as all metrics of the sides agree on; None after a problem."""
        if written is not None:
            return written
        found = {
            unit_of_metric(part.metric())
            for side in sides
            if side and not side.is_promql
            for part in side.parts
        }
        if len(found) > 1:
            self.problem(
                codes.BAD_UNIT,
                "",
                f"the metrics' suffixes disagree: {_names(sorted(found))}",
                "say which it is with `unit:`",
            )
            return None
        return next(iter(found), "")

    def limit(self, key: str, text: str | None, unit: str | None) -> Fraction | None:
        """A limit in the metric's unit; None when there is none or it cannot be read."""
        if text is None or unit is None:
            return None
        try:
            return in_unit(parse_limit(text), unit)
        except InvalidTextError as cause:
            self.problem(codes.BAD_UNIT, key, str(cause), cause.hint)
            self.problems[-1] = replace(self.problems[-1], is_unsure=not unit)
            return None

    def bare_number(self, key: str, text: str | None, unit: str, least: int) -> None:
        """Note a limit without a unit that is so large in this unit that another one is meant."""
        wanted = _MEANT.get(unit)
        limit = None if text is None or wanted is None else _bare(text)
        if wanted is None or limit is None or abs(limit) < least:
            return
        number, (says, hint) = format_number(limit), wanted
        self.problem(codes.BARE_NUMBER, key, says.format(number), hint.format(number))

    def duration(self, key: str, text: str | None) -> Fraction | None:
        """A duration in seconds; None when there is none or it cannot be read."""
        if text is None:
            return None
        try:
            return parse_duration(text)
        except InvalidTextError as cause:
            self.problem(codes.BAD_VALUE, key, str(cause), cause.hint)
            return None


# What a bare number says in a unit, and what was probably meant.
_MEANT = {
    "ratio": ("{0} is {0} times the whole, not {0} %", "write {0}%"),
    "seconds": ("{0} is {0} seconds", "write {0}ms or {0}s, whichever is meant"),
}


def _bare(text: str) -> Fraction | None:
    """The value of a limit that has no unit."""
    try:
        limit = parse_limit(text)
    except InvalidTextError:
        return None
    return limit.value if limit.dimension is None else None


def _syntax_hint(text: str, values: Mapping[str, str]) -> str:
    if "$group_by" in text and not values.get("group_by"):
        return "$group_by is empty here: the SLO has one group"
    if "$selector" in text and not values.get("selector"):
        return "$selector is empty here: nothing is inherited"
    if "$join" in text and not values.get("join"):
        return "$join is empty here: the SLO has no `join`"
    return ""


def _names(labels: Iterable[str]) -> str:
    return ", ".join(f"'{label}'" for label in labels)
