"""Formats of a difference, one a file. To add one: write its file and name its FORMAT here."""

from collections.abc import Callable

from slokit.diff.formats import json, markdown, text
from slokit.diff.model import BundleDiff
from slokit.text.format import Format

FORMATS: tuple[Format[Callable[[BundleDiff], str]], ...] = (
    text.FORMAT,
    markdown.FORMAT,
    json.FORMAT,
)
