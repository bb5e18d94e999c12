"""Report formats, one a file. To add one: write its file and name its FORMAT here."""

from slokit.reporting.formats import json, markdown, table
from slokit.reporting.formats.base import Format

FORMATS: tuple[Format, ...] = (table.FORMAT, markdown.FORMAT, json.FORMAT)
