"""Formats of an explanation, one a file. To add one: write its file and name its FORMAT here."""

from collections.abc import Callable

from slokit.explain.facts import Explanation
from slokit.explain.formats import markdown, text
from slokit.text.format import Format

# Each takes the explanation and the width of the screen in columns.
FORMATS: tuple[Format[Callable[[Explanation, int], str]], ...] = (text.FORMAT, markdown.FORMAT)
