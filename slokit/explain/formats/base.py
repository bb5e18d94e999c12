"""What a format of an explanation is."""

from collections.abc import Callable
from dataclasses import dataclass

from slokit.explain.facts import Explanation


@dataclass(frozen=True, slots=True)
class Format:
    """One format; ``render`` takes the explanation and the width of the screen in columns."""

    name: str
    title: str
    render: Callable[[Explanation, int], str]
