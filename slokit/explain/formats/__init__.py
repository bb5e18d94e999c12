"""Formats of an explanation, one a file. To add one: write its file and name its FORMAT here."""

from collections.abc import Callable

from slokit.explain.formats import markdown, text
from slokit.explain.sections import Page
from slokit.text.format import Format

# Each takes the page and the width of the screen in columns.
FORMATS: tuple[Format[Callable[[Page, int], str]], ...] = (text.FORMAT, markdown.FORMAT)
