"""An explanation as Markdown, for a wiki or a pull request."""

from slokit.explain.sections import Code, Page, Section
from slokit.text.escaping import escape, fenced
from slokit.text.format import Format


def render(page: Page, width: int) -> str:
    """The whole explanation; Markdown knows no width."""
    parts = [f"# {escape(page.headline)}", escape(page.origin)]
    for section in page.sections:
        parts += [f"## {escape(section.title)}", _section(section)]
    return "\n\n".join(parts) + "\n"


def _section(section: Section) -> str:
    if section.is_list:
        return "\n".join(f"- {escape(part)}" for part in section.parts if isinstance(part, str))
    return "\n\n".join(_code(p) if isinstance(p, Code) else escape(p) for p in section.parts)


def _code(code: Code) -> str:
    caption = escape(code.caption)
    return f"{caption[:1].upper()}{caption[1:]}:\n\n{fenced(code.text)}"


FORMAT = Format("md", render)
