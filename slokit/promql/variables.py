"""The five variables of a PromQL side: plain text replacement and nothing else."""

import re
from collections.abc import Mapping

NAMES = ("window_seconds", "window", "selector", "group_by", "join")
_VARIABLE = re.compile(r"\$(" + "|".join(NAMES) + r")(?![A-Za-z0-9_])")


def used(text: str) -> frozenset[str]:
    """The variables that the text uses."""
    return frozenset(match[1] for match in _VARIABLE.finditer(text))


def substitute(text: str, values: Mapping[str, str]) -> str:
    """The text with each variable replaced; a ``$1`` or any other dollar stays."""
    return _VARIABLE.sub(lambda match: values[match[1]], text) if "$" in text else text
