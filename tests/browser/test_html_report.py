"""The HTML report as people use it: in a real browser, by mouse and keyboard, on any screen."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from slokit.model.ledger import CountedIn
from slokit.reporting.formats import FORMATS
from slokit.reporting.model import Forecast, Report, Row, Slot, Threshold
from slokit.text.format import format_named
from tests.support.servers.browser_pages import chromium, opened
from tests.unit.reporting.reports import AT, DAY, INCIDENT, UNKNOWN, report
from tests.unit.reporting.series import SLOT, row_of, slots

pytestmark = pytest.mark.programs("chromium")

ATTACK = "<img src=x onerror=alert(1)>"
PHONE, DESKTOP = 390, 1280
NAMES = "#table tbody:not([hidden]) tr:not(.owner):not([hidden]) th b"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests of the file."""
    with chromium() as running:
        yield running


def made(**changed: Any) -> Report:
    """A report with every section: urgent rows and calm ones, series, gaps, incidents, notes."""
    early = replace(INCIDENT, start=AT - 9.3 * DAY, end=AT - 9 * DAY, budget_share=0.5)
    rows = (
        row_of(
            slots([DAY, 9 * DAY, 9.2 * DAY]),
            state="exhausted",
            owner="team-storage",
            description="Queries answered without an error",
            incidents=(INCIDENT, early),
        ),
        row_of(
            slots([3 * DAY], gap=(14 * DAY, 16 * DAY)),
            state="burning",
            group={"cluster": "us"},
            owner="team-storage",
            coverage=0.93,
        ),
        row_of(slots([3 * DAY]), state="ok", service="checkout", slo="latency", owner="team-shop"),
        replace(UNKNOWN, service="billing"),
        row_of(
            slots([DAY]),
            state="ok",
            slo="replication-lag",
            counted_in=CountedIn.MEMBER_SECONDS,
            owner="team-storage",
            incidents=(replace(INCIDENT, start=INCIDENT.end, end=INCIDENT.end + 1800),),
            forecast=Forecast(AT + DAY, AT + 2 * DAY, None),
        ),
    )
    settings = {"slot_seconds": SLOT, "warnings": ("the server warns: slow",), **changed}
    return report(*rows, **settings)


def written(directory: Path, what: Report) -> Path:
    form = format_named("html", FORMATS)
    file = directory / "report.html"
    file.write_text(form.inert(form.render(what, 100)), encoding="utf-8")
    return file


def names(page: Page) -> list[str]:
    """The SLOs of the table that are shown, from top to bottom."""
    return [text or "" for text in page.locator(NAMES).all_text_contents()]


@pytest.mark.parametrize("width", [PHONE, 768, DESKTOP])
@pytest.mark.parametrize("is_dark", [False, True])
def test_the_page_is_quiet_and_asks_for_nothing(
    tmp_path: Path, browser: Browser, width: int, is_dark: bool
) -> None:
    """No word on the console, no fault, no request but for the file; nothing wider than a phone."""
    file = written(tmp_path, made())
    with opened(browser, file, width, is_dark=is_dark) as (page, seen):
        sizes = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")

        assert (seen.console, seen.faults) == ([], [])
        assert seen.requests == [file.as_uri()]
        assert sizes[0] <= sizes[1]


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
@pytest.mark.parametrize("is_dark", [False, True])
def test_nothing_is_a_barrier(tmp_path: Path, browser: Browser, width: int, is_dark: bool) -> None:
    """axe-core finds no violation: contrast, headings, names, scopes, landmarks."""
    with opened(browser, written(tmp_path, made()), width, is_dark=is_dark) as (page, _):
        results = Axe().run(page)

        assert results.violations_count == 0, results.generate_report()


def test_markup_in_any_text_stays_text(tmp_path: Path, browser: Browser) -> None:
    """In names, labels, descriptions, owners, alerts and notes: shown as written, and never run."""
    hostile = row_of(
        slots([DAY]),
        service=ATTACK,
        slo=ATTACK,
        group={"cluster": ATTACK},
        description=ATTACK,
        owner=ATTACK,
        objective=ATTACK,
        state="burning",
        coverage=0.5,
        incidents=(replace(INCIDENT, alerts_after={ATTACK: 300.0}),),
    )
    what = report(hostile, bundle=ATTACK, warnings=(ATTACK,), slot_seconds=SLOT)
    with opened(browser, written(tmp_path, what)) as (page, seen):
        shown = page.locator("body").inner_text()

        assert page.locator("img").count() == 0
        assert (seen.dialogs, seen.console, seen.faults) == ([], [], [])
        assert page.locator("h1").inner_text() == f"Error budgets of {ATTACK}"
        assert page.locator(".owner th").inner_text().startswith(ATTACK)
        assert page.locator(".notes li").inner_text() == ATTACK
        assert shown.count(ATTACK) > 12


def test_a_foreign_script_would_not_run(tmp_path: Path, browser: Browser) -> None:
    """The page's own policy refuses what is not its own: the hashes are of its parts alone."""
    file = written(tmp_path, made())
    text = file.read_text()
    file.write_text(text.replace("</main>", "<script>document.title = 'owned'</script></main>"))
    with opened(browser, file) as (page, seen):
        assert page.title().startswith("Error budgets of")
        assert any("Content Security Policy" in line for line in seen.console)


def test_text_cannot_turn_the_line_around(tmp_path: Path, browser: Browser) -> None:
    """Characters that would steer how the rest is shown are spelled out."""
    odd = row_of(slots(), group={"cluster": "a\N{RIGHT-TO-LEFT OVERRIDE}b\x1b[31m"})
    with opened(browser, written(tmp_path, report(odd))) as (page, _):
        assert page.locator("#table .group").inner_text() == "cluster=a<U+202E>b<U+001B>[31m"


def test_sorting_by_mouse(tmp_path: Path, browser: Browser) -> None:
    """A click on a head sorts within each owner, another one the other way; the head says so."""
    with opened(browser, written(tmp_path, made())) as (page, _):
        head = page.locator("#table thead th", has_text="Budget left")
        left = page.locator("#table tbody").first.locator("td[data-label='Budget left']")
        head.locator("button").click()
        rising = left.all_text_contents()
        assert head.get_attribute("aria-sort") == "ascending"
        head.locator("button").click()
        falling = left.all_text_contents()

        assert head.get_attribute("aria-sort") == "descending"
        assert rising == falling[::-1]
        assert len(set(rising)) == 3


def test_sorting_by_keyboard(tmp_path: Path, browser: Browser) -> None:
    """Tab reaches the heads, Enter and the space bar sort."""
    with opened(browser, written(tmp_path, made())) as (page, _):
        page.locator("#owner").focus()
        reached = []
        for _ in range(4):
            page.keyboard.press("Tab")
            reached.append(page.evaluate("document.activeElement.textContent.trim()"))
        page.keyboard.press("Enter")
        head = page.locator("#table thead th", has_text=reached[-1])
        first = head.get_attribute("aria-sort")
        page.keyboard.press("Space")

        assert reached[1:] == ["State", "SLO", "Budget left"]
        assert (first, head.get_attribute("aria-sort")) == ("ascending", "descending")


def test_filtering_by_keyboard_and_mouse(tmp_path: Path, browser: Browser) -> None:
    """Words, a state and an owner narrow the rows together; the count is said, and comes back."""
    with opened(browser, written(tmp_path, made())) as (page, _):
        count = page.locator("#shown")
        everything = names(page)
        page.locator("#filter").focus()
        page.keyboard.type("CLUSTER=us orders")
        by_words = names(page)
        said = count.inner_text()
        page.keyboard.press("Control+a")
        page.keyboard.press("Delete")
        page.locator("#state").select_option("no-data")
        by_state = names(page)
        page.locator("#state").select_option("")
        page.locator("#owner").select_option("team-shop")
        by_owner = names(page)
        owners = page.locator("#table tbody:not([hidden]) .owner").count()
        page.locator("#owner").select_option("")

        assert len(everything) == 5
        assert (by_words, said) == (["orders-db/availability"], "1 of 5 budgets")
        assert by_state == ["billing/availability"]
        assert (by_owner, owners) == (["checkout/latency"], 1)
        assert (names(page), count.inner_text()) == (everything, "5 budgets")


def test_numbers_stand_on_the_right(tmp_path: Path, browser: Browser) -> None:
    """All numbers of a column end at one line, in figures of one width."""
    with opened(browser, written(tmp_path, made())) as (page, _):
        found = page.evaluate(
            """[...document.querySelectorAll("td.n")].map(cell => {
              const style = getComputedStyle(cell);
              return [style.textAlign, style.fontVariantNumeric];
            })"""
        )

        assert {tuple(each) for each in found} == {("right", "tabular-nums")}


def test_thresholds_are_drawn_where_they_are(tmp_path: Path, browser: Browser) -> None:
    """A dashed line at its share of the budget, between 0 % and 100 %, with its words as text."""
    words = f"careful {ATTACK}"
    row = row_of(slots([DAY]), state="burning", thresholds=(Threshold(0.25, words),))
    with opened(browser, written(tmp_path, report(row, slot_seconds=SLOT))) as (page, seen):
        found = page.evaluate(
            """[...document.querySelectorAll(".chart line")].map(line =>
              [line.getAttribute("class"), Number(line.getAttribute("y1"))])"""
        )
        lines = dict(reversed(found))

        assert page.locator(".limit-name").text_content() == words
        assert seen.dialogs == []
        top = min(y for name, y in found if name == "grid")
        assert lines["limit"] - top == pytest.approx(0.75 * (lines["zero"] - top), abs=0.2)


def test_without_scripts_everything_is_there(tmp_path: Path, browser: Browser) -> None:
    """All rows and charts show; what needs the script does not."""
    context = browser.new_context(java_script_enabled=False)
    try:
        page = context.new_page()
        page.goto(written(tmp_path, made()).as_uri())

        assert len(names(page)) == 5
        assert page.locator(".controls").is_hidden()
        assert page.locator("figure svg.chart").count() >= 2
    finally:
        context.close()


def test_what_was_asked_for_stands_where_people_look(tmp_path: Path, browser: Browser) -> None:
    """Two sentences first; headings in order; the worst first; owners with their rows."""
    with opened(browser, written(tmp_path, made())) as (page, _):
        lead = page.locator(".lead").all_text_contents()
        levels = page.evaluate(
            "[...document.querySelectorAll('h1,h2,h3')].map(h => Number(h.tagName[1]))"
        )

        assert lead[0].startswith("Of 5 error budgets 1 is exhausted, 1 is burning")
        assert "orders-db/availability of cluster=eu (exhausted," in lead[1]
        assert lead[1].endswith("need a decision.")
        assert levels[0] == 1
        assert all(later - earlier <= 1 for earlier, later in pairwise(levels))
        assert names(page)[:2] == ["orders-db/availability"] * 2
        assert page.locator(".owner th").first.inner_text().startswith("team-storage")


def test_a_chain_and_a_forecast_are_there(tmp_path: Path, browser: Browser) -> None:
    """One row for what burned in one cluster, a line for each link; a link leads to forecasts."""
    with opened(browser, written(tmp_path, made())) as (page, _):
        links = page.locator(".chain").first.locator("li").all_text_contents()
        page.locator("nav a", has_text="Forecasts").click()
        said = page.locator("section[aria-labelledby='forecasts'] li").inner_text()
        table = page.locator("#table").bounding_box()

        assert links[0].startswith("00:00 for 30m: availability cluster=eu, 300 bad")
        assert links[1].startswith("00:30 for 30m: replication-lag cluster=eu, 5 member-minutes")
        assert said.startswith("orders-db/replication-lag cluster=eu: gone on 3 Jan 2026")
        assert table
        assert table["x"] + table["width"] <= DESKTOP


def test_it_prints_on_a4(tmp_path: Path, browser: Browser) -> None:
    """A PDF of A4 pages across, and in print nothing is cut on the right."""
    with opened(browser, written(tmp_path, made())) as (page, _):
        printed = page.pdf(prefer_css_page_size=True, print_background=True)
        page.emulate_media(media="print")
        page.set_viewport_size({"width": 1032, "height": 703})  # 297 mm less the margins
        sizes = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        controls = page.locator(".controls").is_hidden()
        heads = page.locator("#table thead th").all()
        buttons = page.locator("thead button").all()

        # a head that is repeated on the next page is printed without its buttons
        assert all(head.inner_text() for head in heads)
        assert not any(button.is_visible() for button in buttons)
        assert b"/MediaBox [0 0 841.9" in printed or b"/MediaBox [0 0 842" in printed
        assert sizes[0] <= sizes[1]
        assert controls


LIMITS = (
    Threshold(0.5, "ticket: 50% spent"),
    Threshold(0.25, "policy: careful"),
    Threshold(0.0, "policy: freeze"),
)


def _left(row: Row, left: float) -> Row:
    over = replace(row.window_measure, budget_remaining_ratio=left, budget_spent_ratio=1 - left)
    return replace(row, window_measure=over)


def extremes() -> Report:
    """Budgets that no chart is made for, and names that no page is made for."""
    ends = [AT - number * SLOT for number in range(280)][::-1]
    at_once = tuple(Slot(end, 1e4, 400.0 if n == 41 else 0.0, 36) for n, end in enumerate(ends))
    forty = tuple(Slot(end, 1e4, 90.0 if n > 180 else 0.0, 36) for n, end in enumerate(ends))
    long, own = "x" * 40, {"thresholds": LIMITS, "state": "burning", "incidents": (INCIDENT,)}
    rows = [
        row_of(at_once, slo="all-at-once", **own),
        _left(row_of(forty, slo="overspent", **own), -40.0),
        _left(row_of(slots([DAY]), slo="above-all", **own), 0.95),
        row_of((Slot(AT, 1e4, 50.0, 36),), slo="one-slot", **own),
        row_of(slots([DAY]), service=long, slo=long, owner=long, group={long: long}, **own),
        row_of(slots([DAY]), service="مدفوعات", slo="توفر", group={"منطقة": "الرياض"}, **own),
        row_of(slots([DAY]), service="支付服务", slo="可用性", group={"区域": "东京"}, **own),
        replace(UNKNOWN, slo="nothing"),
    ]
    groups = [row_of(slots([n * DAY]), slo="g", group={"n": str(n)}, **own) for n in range(60)]
    return report(*rows, *groups, slot_seconds=SLOT)


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_no_budget_and_no_name_breaks_a_chart(tmp_path: Path, browser: Browser, width: int) -> None:
    """Lines stay in their plots, names of thresholds apart, and the page as wide as the screen."""
    with opened(browser, written(tmp_path, extremes()), width) as (page, seen):
        sizes = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        outside = page.evaluate(
            """[...document.querySelectorAll(".chart .line")].filter((line) => {
              const own = line.getBBox();
              return own.y < 0 || own.y + own.height > 1000;
            }).length"""
        )
        names = page.evaluate(
            """[...document.querySelectorAll(".chart")].map((chart) =>
              [...chart.querySelectorAll(".limit-name")].filter((each) => each.textContent)
                .map((each) => [each.getBoundingClientRect().top, each.textContent]))"""
        )
        charts = page.locator(".chart").count()
        texts = page.locator(".axis").all_text_contents()

        assert (seen.console, seen.faults) == ([], [])
        assert sizes[0] <= sizes[1]
        assert (charts, outside) == (8, 0)
        for chart in names:
            shown = [text for _, texts in chart for text in texts.split(", ")]
            assert shown == [each.what for each in LIMITS]
            assert all(second - first > 12 for (first, _), (second, _) in pairwise(chart))
        assert "≤ -210 %" in texts
        assert Axe().run(page).violations_count == 0


@pytest.mark.parametrize("rows", [(), (UNKNOWN,)])
def test_a_page_about_nothing_is_a_page(tmp_path: Path, browser: Browser, rows: Any) -> None:
    """No SLO, and one of which nothing is known."""
    with opened(browser, written(tmp_path, report(*rows)), PHONE) as (page, seen):
        assert (seen.console, seen.faults) == ([], [])
        assert page.locator(".chart").count() == 0
        assert Axe().run(page).violations_count == 0
