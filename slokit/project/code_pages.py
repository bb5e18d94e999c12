"""The pages about codes, as they ship with slokit: docs/codes/ of the repository or the wheel."""

import re
from pathlib import Path

from slokit.diagnostics.codes import CODES
from slokit.diagnostics.errors import BrokenEnvironmentError, UsageError
from slokit.text.similar_names import did_you_mean

_NUMBER = re.compile(r"slk\d{1,4}", re.IGNORECASE)


def is_code(name: str) -> bool:
    """Whether a name is a code's number or slug, or looks like a number that is none.

    >>> is_code("slk211"), is_code("slo/bad-value"), is_code("SLK9"), is_code("etcd/db-space")
    (True, True, True, False)
    """
    return bool(_NUMBER.fullmatch(name)) or any(name == code.slug for code in CODES)


def page_of(name: str) -> str:
    """The page about a code, by its number or slug, as Markdown.

    Raises:
        UsageError: there is no such code.
        BrokenEnvironmentError: slokit is not installed as a whole.
    """
    for code in CODES:
        if name.upper() == code.number or name == code.slug:
            return _text(f"{code.number}.md")
    nearest = did_you_mean(name.upper(), [code.number for code in CODES], "see docs/codes")
    raise UsageError(f"no such code {name!r}: {nearest}")


def _text(file: str) -> str:
    package = Path(__file__).parents[1]
    for directory in (package / "codes", package.parent / "docs" / "codes"):
        path = directory / file
        if path.is_file():
            return path.read_text(encoding="utf-8")
    raise BrokenEnvironmentError(f"the page {file} is missing: slokit is not installed as a whole")
