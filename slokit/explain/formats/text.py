"""An explanation for the terminal."""

from textwrap import wrap

from slokit.explain.sections import Code, Page, Section
from slokit.text.escaping import visible
from slokit.text.format import Format

_INDENT = "  "


def render(page: Page, width: int) -> str:
    """The whole explanation, its sentences wrapped to the width."""
    lines = [*_wrapped(page.headline, width), *_wrapped(page.origin, width, _INDENT)]
    for section in page.sections:
        lines += ["", section.title, *_section(section, width)]
    return "\n".join(visible(line) for line in lines) + "\n"


def _section(section: Section, width: int) -> list[str]:
    lines: list[str] = []
    for part in section.parts:
        if isinstance(part, Code):
            lines += [f"{_INDENT}{part.caption}:"]
            lines += [f"{_INDENT * 2}{line}".rstrip() for line in part.text.split("\n")]
        else:
            item = "- " if section.is_list else ""
            lines += _wrapped(f"{item}{part}", width, _INDENT)
    return lines


def _wrapped(text: str, width: int, indent: str = "") -> list[str]:
    return wrap(
        text,
        max(width, 40),
        initial_indent=indent,
        subsequent_indent=indent + _INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )


FORMAT = Format("text", render)
