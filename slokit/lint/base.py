"""What a check is: a bundle in, findings out."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from slokit.diagnostics.finding import Code, Finding
from slokit.model.bundle import Bundle


@dataclass(frozen=True, slots=True)
class Check:
    """One check over a whole bundle and the codes that it may report."""

    codes: tuple[Code, ...]
    find: Callable[[Bundle], Iterable[Finding]]
