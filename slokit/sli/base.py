"""What all SLI types share: the registry's entry, and the reader of one body.

A type reads its body through the reader, which collects what is wrong; sides are read by
:mod:`slokit.sli.sides`.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Code, Finding, KeyPath, Location, Severity, Span
from slokit.model.ledger import Folding, Side, Sli
from slokit.source.fields import Written
from slokit.text import InvalidTextError
from slokit.text.durations import parse_duration
from slokit.text.numbers import format_number, in_unit, parse_limit, unit_of_metric
from slokit.text.words import quoted

# what cannot be judged without knowing how the sides are selected and grouped
_OF_FOLDING = (codes.LOST_LABEL, codes.MEMBER_LOST, codes.MATCH_UNUSED)

# What a bare number says in a unit, and what was probably meant.
_MEANT = {
    "ratio": ("{0} is {0} times the whole, not {0} %", "write {0}%"),
    "seconds": ("{0} is {0} seconds", "write {0}ms or {0}s, whichever is meant"),
}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a body is read in: the SLO's folding and the bundle's times.

    ``is_folding_known`` is false where a part of the folding could not be read. With
    ``is_silence_good`` an expected member without a sample is good, not bad.
    """

    folding: Folding
    window: str
    window_seconds: Fraction
    interval: str
    is_folding_known: bool = True
    is_silence_good: bool = False


class Reader:
    """Reads one SLI body and collects what is wrong with it.

    The locations of its findings are relative to the body. ``faults`` are the key paths in the body
    that could not be read, and the body with all around it ``is_sound`` if it could: what may only
    follow from those is withheld. ``cut`` holds the findings of texts that seem to end too early,
    as those do that YAML cuts at a comment.
    """

    def __init__(
        self, surroundings: Surroundings, faults: Collection[KeyPath] = (), *, is_sound: bool = True
    ) -> None:
        self.surroundings = surroundings
        self.findings: list[Finding] = []
        self.cut: set[Finding] = set()
        self.has_withheld = False
        self._faults = faults
        self._is_sound = is_sound

    @property
    def folding(self) -> Folding:
        """How the SLO's sides are selected and grouped."""
        return self.surroundings.folding

    @property
    def has_failed(self) -> bool:
        """Whether there is an error, reported or withheld."""
        found = any(finding.level is Severity.ERROR for finding in self.findings)
        return found or self.has_withheld

    def report(
        self,
        code: Code,
        key: str,
        message: str,
        hint: str = "",
        span: Span | None = None,
        *,
        is_cut: bool = False,
    ) -> None:
        """Report a fault at a key of the body (dots descend), or at characters of its text."""
        found = Finding(code, message, _location(key, span), hint)
        of_folding = code in _OF_FOLDING and not self.surroundings.is_folding_known
        if of_folding or not (key or self._is_sound):
            self.withhold()
            return
        self.findings.append(found)
        if is_cut:
            self.cut.add(found)

    def report_absence(self, code: Code, below: str, message: str, hint: str) -> None:
        """Report what a mapping lacks, which may be there and unreadable: the body, or one in it.

        ``below`` is the key of that one, with a dot.
        """
        if self._is_sound:
            self.report(code, below.removesuffix("."), message, hint)
        else:
            self.withhold()

    def warn(self, code: Code, key: str, message: str, hint: str, span: Span) -> None:
        """Report what may be meant, though the code's faults mostly are errors."""
        location = _location(key, span)
        self.findings.append(Finding(code, message, location, hint, severity=Severity.WARNING))

    def withhold(self) -> None:
        """Report nothing about a fault, as it may only follow from what could not be read."""
        self.has_withheld = True

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
            self.report(
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
            # an unknown unit may follow from anything that could not be read
            faulty = {path[0] for path in self._faults}
            if "unit" in faulty or (faulty and not unit):
                self.withhold()
            else:
                self.report(codes.BAD_UNIT, key, str(cause), cause.hint)
            return None

    def bare_number(self, key: str, text: str | None, unit: str, least: int) -> None:
        """Note a limit without a unit that is so large in this unit that another one is meant."""
        wanted = _MEANT.get(unit)
        limit = None if text is None or wanted is None else _bare(text)
        if wanted is None or limit is None or abs(limit) < least:
            return
        number, (says, hint) = format_number(limit), wanted
        self.report(codes.BARE_NUMBER, key, says.format(number), hint.format(number))

    def duration(self, key: str, text: str | None) -> Fraction | None:
        """A duration in seconds; None when there is none or it cannot be read."""
        if text is None:
            return None
        try:
            return parse_duration(text)
        except InvalidTextError as cause:
            self.report(codes.BAD_VALUE, key, str(cause), cause.hint)
            return None


def _location(key: str, span: Span | None) -> Location:
    return Location(
        keys=tuple(int(k) if k.isdigit() else k for k in key.split(".") if k), span=span
    )


def _bare(text: str) -> Fraction | None:
    """The value of a limit that has no unit."""
    try:
        limit = parse_limit(text)
    except InvalidTextError:
        return None
    return limit.value if limit.dimension is None else None


@dataclass(frozen=True, slots=True)
class SliType:
    """The registry's entry of an SLI type.

    ``resolve`` makes an SLI of a body, or None with the reasons noted; ``has_objective`` is false
    where the allowance is the objective; ``knows_expected`` is true where its SLIs may know who
    must answer, so that silence can be good; ``reads_series`` is false where they are made of
    recorded ledgers, which are selected, counted and watched elsewhere; ``example`` is a body as
    YAML.
    """

    name: str
    body: type[Written]
    has_objective: bool
    example: str
    resolve: Callable[[Any, Reader], Sli | None]
    knows_expected: bool = False
    reads_series: bool = True
