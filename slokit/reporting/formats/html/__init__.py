"""The report as one HTML file that asks for nothing else: to open, to mail, to print.

Its template, style and script stand beside this module. Loading jinja2 and pandas takes longer than
any other format, so it happens when a report is rendered.
"""

from slokit.reporting.model import Report
from slokit.text.escaping import inert_html
from slokit.text.format import Format


def render(report: Report, width: int) -> str:
    """The whole page; it is as wide as whatever shows it."""
    from slokit.reporting.formats.html.page import render_page

    return render_page(report)


FORMAT = Format("html", render, inert_html)
