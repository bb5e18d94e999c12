"""Words in sentences: lists, plurals, and text cut to a length.

Whatever is quoted here may come from a user's file; :mod:`slokit.text.escaping` makes it safe to
show.
"""

from collections.abc import Iterable, Sequence


def clip(text: str, length: int = 60) -> str:
    """The text cut to so many characters for a message.

    >>> clip("slokit_total_rate5m", 8)
    'slokit_…'
    """
    return text if len(text) <= length else text[: length - 1] + "…"


def counted(number: int, noun: str) -> str:
    """A number and its noun.

    >>> counted(1, "file"), counted(12_000, "event")
    ('1 file', '12,000 events')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def joined(words: Sequence[str], last: str = "and") -> str:
    """Words as a list in a sentence.

    >>> joined(["good", "bad", "total"])
    'good, bad and total'
    >>> joined(["text", "md"], "or")
    'text or md'
    """
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def no_such(what: str, name: str, known: Iterable[str]) -> str:
    """That a name means nothing here, and which names do.

    >>> no_such("format", "xml", ["text", "json"])
    "no such format 'xml': choose text or json"
    """
    return f"no such {what} {clip(name)!r}: choose {joined(list(known), 'or')}"


def first_few(words: Sequence[str], most: int) -> str:
    """The first words of a long list, and how many are left out.

    >>> first_few(["a", "b", "c", "d"], 2)
    'a, b and 2 more'
    """
    more = f" and {len(words) - most} more" if len(words) > most else ""
    return ", ".join(words[:most]) + more


def quoted(words: Iterable[str]) -> list[str]:
    """Each word clipped and in quotes.

    >>> quoted(["le", "job"])
    ["'le'", "'job'"]
    """
    return [f"'{clip(word)}'" for word in words]
