"""Report formats, one a file. To add one: write its file and name its FORMAT here."""

from collections.abc import Callable

from slokit.reporting.formats import json, markdown, table
from slokit.reporting.model import Report
from slokit.text.format import Format

# Each takes the report and the width of the screen in columns.
FORMATS: tuple[Format[Callable[[Report, int], str]], ...] = (
    table.FORMAT,
    markdown.FORMAT,
    json.FORMAT,
)
