"""The HTML of a report as a text; how it looks and works is in tests/browser."""

import base64
import hashlib
import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slokit.reporting.formats import FORMATS
from slokit.reporting.model import Report, Threshold
from slokit.text.format import format_named
from tests.unit.reporting.reports import DAY, INCIDENT, ROW, UNKNOWN, report
from tests.unit.reporting.series import SLOT, row_of, slots


def _html(made: Report) -> str:
    form = format_named("html", FORMATS)
    return form.inert(form.render(made, 80))


def _of(text: str) -> Report:
    """A report with one text wherever a user's text goes."""
    row = row_of(
        slots([DAY], days=31),
        service=text,
        slo=text,
        group={"cluster": text},
        description=text,
        owner=text,
        objective=text,
        state="burning",
        coverage=0.5,
        incidents=(replace(INCIDENT, alerts=(text,)),),
        thresholds=(Threshold(0.5, text),),
    )
    return report(row, bundle=text, warnings=(text,), slot_seconds=SLOT)


class _Tags(HTMLParser):
    """Counts tags and names of attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: Counter[str] = Counter()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found[tag] += 1
        self.found.update(f"{tag}@{name}" for name, _ in attrs)


PLAIN = _Tags(_html(_of("plain"))).found


def test_the_policy_allows_its_own_style_and_script_alone() -> None:
    """The hashes are those of the page's parts; there is one of each, and no attribute of style."""
    text = _html(report(ROW, UNKNOWN))
    policy = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)

    assert len(policy) == 1
    assert "default-src &#39;none&#39;" in policy[0]
    for tag in ("style", "script"):
        (part,) = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(part.encode()).digest()).decode()
        assert f"{tag}-src &#39;sha256-{digest}&#39;" in policy[0]
    assert not re.search(r"\sstyle=|\son\w+=", text)


def test_it_refers_to_nothing_outside_of_itself() -> None:
    """No address in any attribute or style, but for places of the page itself."""
    text = _html(_of("plain"))

    assert re.findall(r"(?:src|href|action|data)=\"(?!#)", text) == []
    assert re.findall(r"url\((?!#)|@import|https?:", text) == []


@settings(max_examples=settings().max_examples)
@given(st.text(st.characters(codec="utf-8"), max_size=30).filter(str.strip))
def test_no_text_becomes_markup(text: str) -> None:
    """Whatever users write, the page has the same tags and attributes."""
    assert _Tags(_html(_of(text))).found == PLAIN


@pytest.mark.parametrize("text", ["::error::x", "##[group]", "  ::warning::", "##teamcity[x]"])
def test_no_text_is_a_command_of_a_ci_job(text: str) -> None:
    """On standard output of a job no line begins a command; the reader sees the text as it is."""
    html = _html(_of(text))

    assert not re.search(r"^\s*::|##\w*\[", html, re.MULTILINE)


def test_the_same_report_is_the_same_bytes() -> None:
    """Nothing of the moment or the machine that wrote it."""
    assert _html(_of("one")) == _html(_of("one"))
