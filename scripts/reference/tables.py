"""Tables and blocks of PromQL in Markdown."""

from collections.abc import Iterable, Sequence


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; line breaks and bars in cells are made harmless."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines) + "\n"


def promql(text: str) -> str:
    """A block of PromQL."""
    return f"```promql\n{text.strip()}\n```\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", r"\|")
