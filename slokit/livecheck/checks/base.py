"""What a live check is: SLOs and their server in, findings out."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from slokit.diagnostics.finding import Code, Finding
from slokit.livecheck.engine.context import CheckContext


@dataclass(frozen=True, slots=True)
class Check:
    """One question to a live server, the codes of its findings, and how it is answered.

    ``about`` is the docstring of the check's module: its first line is the question.
    """

    name: str
    codes: tuple[Code, ...]
    run: Callable[[CheckContext], Iterable[Finding]]
    about: str = field(repr=False)

    @property
    def question(self) -> str:
        """What the check asks, as one sentence."""
        return self.about.partition("\n")[0]
