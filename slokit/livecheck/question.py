"""What a question to a live server is: SLOs and their server in, findings out."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from slokit.livecheck.inquiry import Inquiry
from slokit.spec.diagnostics import Code, Finding


@dataclass(frozen=True, slots=True)
class Question:
    """One question, in words, the codes that it may tell, and how it is asked."""

    text: str
    codes: tuple[Code, ...]
    find: Callable[[Inquiry], Iterable[Finding]]
