"""The Markdown report as people see it: rendered to HTML, in a real browser."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

from slokit.reporting.formats.markdown import render
from slokit.reporting.model import Report
from tests.support.servers.chromium import measured
from tests.unit.reporting.reports import INCIDENT, ROW, UNKNOWN, report

pytestmark = pytest.mark.programs("chromium")

TITLE = "report"
# A renderer's usual look; cells of text as far apart as on the large forges.
STYLE = """\
body { font: 16px/1.5 sans-serif; margin: 32px }
table { border-collapse: collapse } td, th { border: 1px solid; padding: 6px 13px }
"""
HOSTILE = [
    "<script>document.title = 'owned'</script>",
    "<img src=x onerror=\"document.title = 'owned'\">",
    "[click](javascript:document.title='owned')",
    "![x](data:image/png;base64,AAAA)",
    "a | b || c",
    "**bold** _em_ `code` ~~gone~~ # head > quote",
    "back\\slash \\| and &amp; &lt;b&gt;",
    "{{ .Value }} ${name} %d",
    "https://evil.example.com <https://evil.example.com>",
    "ünïcödé 数据",
]


def _page(made: Report) -> str:
    """The report as a renderer shows it that lets raw HTML through: the worst case."""
    body = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    head = f"<!doctype html><meta charset=utf-8><title>{TITLE}</title><style>{STYLE}</style>"
    return f"{head}{body.render(render(made, 100))}"


def _seen(directory: Path, made: Report, script: str) -> Any:
    return measured(directory, _page(made), script)


@pytest.fixture(scope="module")
def hostile() -> Report:
    """A report whose every text was written by an enemy."""
    rows = [replace(ROW, group={"cluster": text}, slo=f"slo-{n}") for n, text in enumerate(HOSTILE)]
    return report(*rows, bundle=HOSTILE[0], warnings=tuple(f"note {text}" for text in HOSTILE))


def test_hostile_text_shows_as_text(tmp_path: Path, hostile: Report) -> None:
    """Every label value is read in its cell as it is, and none of it became markup or ran."""
    seen = _seen(
        tmp_path,
        hostile,
        """{
          title: document.title,
          groups: [...document.querySelectorAll("table:first-of-type tbody tr")].map(
            row => row.cells[2].textContent),
          heading: document.querySelector("h1").textContent,
          foreign: [...document.querySelectorAll(
            "h1 *, td :not(strong), blockquote :not(p, strong), img, a")].map(e => e.outerHTML),
        }""",
    )

    assert seen["title"] == TITLE
    assert seen["foreign"] == []
    assert seen["heading"] == f"Error budgets of {HOSTILE[0]}"
    assert sorted(seen["groups"]) == sorted(f"cluster={' '.join(text.split())}" for text in HOSTILE)


def test_text_cannot_turn_the_line_around(tmp_path: Path) -> None:
    """Characters that would steer how the rest of the row is shown are spelled out."""
    made = report(replace(ROW, group={"cluster": "a\N{RIGHT-TO-LEFT OVERRIDE}b\x1b[31m"}))
    seen = _seen(tmp_path, made, """document.querySelector("tbody tr").cells[2].textContent""")

    assert seen == "cluster=a<U+202E>b<U+001B>[31m"


def test_tables_have_all_their_cells(tmp_path: Path, hostile: Report) -> None:
    """Two tables, for budgets and incidents; each row has as many cells as its head."""
    seen = _seen(
        tmp_path,
        hostile,
        """[...document.querySelectorAll("table")].map(
          table => [...table.rows].map(row => row.cells.length))""",
    )

    budgets, incidents = seen
    assert set(budgets) == {11}
    assert set(incidents) == {8}
    assert len(budgets) == len(incidents) == len(HOSTILE) + 1


def test_nothing_overflows(tmp_path: Path) -> None:
    """A report of long names, large numbers and two windows fits into 1280 pixels."""
    long = replace(
        ROW,
        service="postgresql-patroni",
        slo="replication-lag-critical",
        group={"cluster": "orders-production", "region": "eu-central-1"},
        window_measure=replace(ROW.window_measure, bad=9_876_543.0, total=9.9e11),
        incidents=(replace(INCIDENT, alerts=("page", "ticket")),) * 3,
    )
    seen = _seen(
        tmp_path,
        report(long, UNKNOWN, replace(long, window="quarter")),
        """[document.documentElement.scrollWidth, document.documentElement.clientWidth,
          ...[...document.querySelectorAll("table")].map(
            table => table.getBoundingClientRect().right)]""",
    )

    scroll, client, *tables = seen
    assert scroll <= client
    assert max(tables) <= client


def test_a_window_that_all_share_is_said_once(tmp_path: Path) -> None:
    """In the head if it is one for all, else beside each objective."""
    script = """[document.querySelector("p").textContent,
      ...[...document.querySelectorAll("tbody:first-of-type td:nth-child(7)")].map(
        cell => cell.textContent.replace(/\\u00a0/g, " "))]"""
    one = _seen(tmp_path, report(replace(ROW, incidents=())), script)
    two = _seen(
        tmp_path, report(*(replace(ROW, incidents=(), window=w) for w in ("7d", "30d"))), script
    )

    assert one[0].endswith("Each budget is for 30d.")
    assert one[1:] == ["99.9%"]
    assert sorted(two[1:]) == ["99.9% over 30d", "99.9% over 7d"]


def test_what_needs_somebody_stands_first_and_is_bold(tmp_path: Path) -> None:
    """Exhausted before burning before ok; the first three states are loud."""
    rows = [replace(ROW, state=state, slo=state) for state in ("ok", "burning", "new", "exhausted")]
    seen = _seen(
        tmp_path,
        report(*rows),
        """[...document.querySelectorAll("table:first-of-type tbody tr")].map(
          row => [row.cells[0].textContent, row.cells[0].querySelector("strong") !== null])""",
    )

    assert seen == [["exhausted", True], ["burning", True], ["new", False], ["ok", False]]
