"""Report formats, one a file. To add one: write its file and name its FORMAT here."""

from collections.abc import Callable

from slokit.reporting.formats import csv, csv_incidents, html, json, markdown, table
from slokit.reporting.model import Report
from slokit.text.format import Format

# Each takes the report and the width of the screen in columns.
FORMATS: tuple[Format[Callable[[Report, int], str]], ...] = (
    table.FORMAT,
    html.FORMAT,
    markdown.FORMAT,
    csv.FORMAT,
    csv_incidents.FORMAT,
    json.FORMAT,
)

# Those that draw series: who makes a report for one asks for them.
DRAWN = (html.FORMAT.name,)
# Those without room for warnings, which are shown beside them.
BARE = (csv.FORMAT.name, csv_incidents.FORMAT.name)
