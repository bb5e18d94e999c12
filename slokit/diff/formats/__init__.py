"""Formats of a difference, one a file. To add one: write its file and name its FORMAT here."""

from slokit.diff.formats import markdown, text
from slokit.diff.formats.base import Format

FORMATS: tuple[Format, ...] = (text.FORMAT, markdown.FORMAT)
