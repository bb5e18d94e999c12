"""Formats of an explanation, one a file. To add one: write its file and name its FORMAT here."""

from slokit.explain.formats import markdown, text
from slokit.explain.formats.base import Format

FORMATS: tuple[Format, ...] = (text.FORMAT, markdown.FORMAT)
