"""What a question to a live server is: SLOs and their server in, findings out."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from slokit.diagnostics.finding import Code, Finding
from slokit.livecheck.engine.inquiry import Inquiry


@dataclass(frozen=True, slots=True)
class Question:
    """One question, in words, the codes that it may tell, and how it is asked."""

    text: str
    codes: tuple[Code, ...]
    find: Callable[[Inquiry], Iterable[Finding]]
