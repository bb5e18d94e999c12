"""Report formats, one a file. To add one: write its file and name its FORMAT here."""

from slokit.report.formats import json, markdown, table
from slokit.report.formats.base import Format

FORMATS: tuple[Format, ...] = (table.FORMAT, markdown.FORMAT, json.FORMAT)
