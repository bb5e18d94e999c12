"""Regular expressions that Prometheus refuses although the parser takes them.

Prometheus' are those of RE2 (https://github.com/google/re2/wiki/Syntax): nothing is repeated twice
in a row, and nothing more than a thousand times. One such matcher keeps a whole rule file from
being loaded.
"""

import re

_MOST = 1000
_SUSPECT = re.compile(r"[*+?}][*+?{]|\{(?:\d+,)?\d{4}")
_PIECE = re.compile(
    r"""
    (?P<atom> \\. | \[\^?\]?(?:\[:\w+:\]|\\.|[^\]\\])*\] | [^*+?{] )
    | (?P<repeat> [*+?]\?? | \{(?P<low>\d+)(?:,(?P<high>\d*))?\}\?? )
    | (?P<other> . )
    """,
    re.VERBOSE | re.DOTALL,
)


def refused_repetition(pattern: str) -> str:
    """Why Prometheus refuses the pattern's repetitions; an empty string where it does not."""
    if _SUSPECT.search(pattern) is None:
        return ""
    before = ""
    for piece in _PIECE.finditer(pattern):
        repeat = piece["repeat"] or ""
        if repeat and before:
            return f"{before}{repeat} repeats a repetition"
        counts = [int(count) for count in (piece["low"], piece["high"]) if count]
        if any(count > _MOST for count in counts):
            return f"{repeat} is more than {_MOST} times"
        # a group's opening question mark repeats nothing
        before = "" if pattern[: piece.start()].endswith("(") else repeat
    return ""
