"""What all SLI types share: the registry's entry, and the reader of one body.

A type reads its body through the reader, which collects what is wrong; sides are read by
:mod:`slokit.sli.sides`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Code, Severity
from slokit.model.ledger import Folding, Side, Sli
from slokit.model.slo import Problem
from slokit.source.fields import Written
from slokit.text import InvalidTextError
from slokit.text.durations import parse_duration
from slokit.text.numbers import format_number, in_unit, parse_limit, unit_of_metric
from slokit.text.words import quoted

# What a bare number says in a unit, and what was probably meant.
_MEANT = {
    "ratio": ("{0} is {0} times the whole, not {0} %", "write {0}%"),
    "seconds": ("{0} is {0} seconds", "write {0}ms or {0}s, whichever is meant"),
}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a body is read in: the SLO's folding and the bundle's times."""

    folding: Folding
    window: str
    window_seconds: Fraction
    interval: str


class Reader:
    """Reads one SLI body and collects what is wrong with it."""

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
        *,
        is_cut: bool = False,
    ) -> None:
        """Note a fault at a key of the body (dots descend), or at characters of its text."""
        keys = tuple(int(k) if k.isdigit() else k for k in key.split(".") if k)
        self.problems.append(Problem(code, keys, message, hint, span, is_cut))

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
                f"the metrics' suffixes disagree: {', '.join(quoted(sorted(found)))}",
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


def _bare(text: str) -> Fraction | None:
    """The value of a limit that has no unit."""
    try:
        limit = parse_limit(text)
    except InvalidTextError:
        return None
    return limit.value if limit.dimension is None else None


@dataclass(frozen=True, slots=True)
class Type:
    """The registry's entry of an SLI type.

    ``resolve`` makes an SLI of a body, or None with the reasons noted; ``has_objective`` is false
    where the allowance is the objective; ``example`` is a body as YAML.
    """

    name: str
    body: type[Written]
    has_objective: bool
    example: str
    resolve: Callable[[Any, Reader], Sli | None]
