"""What a report format is: a report in, text out."""

from collections.abc import Callable
from dataclasses import dataclass

from slokit.reporting.model import Report


@dataclass(frozen=True, slots=True)
class Format:
    """One report format; ``render`` takes the report and the width of the screen in columns."""

    name: str
    title: str
    render: Callable[[Report, int], str]
