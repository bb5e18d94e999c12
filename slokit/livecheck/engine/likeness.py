"""Which of a server's names a wrong one was likely meant to be."""

from collections.abc import Iterable
from difflib import SequenceMatcher
from heapq import nlargest
from typing import Final

_MOST: Final = 3
_LIKE: Final = 0.75
_LIKE_IN_FAMILY: Final = 0.6
_COMPARED: Final = 200
_EVERYWHERE: Final = {"total", "seconds", "bytes", "count", "sum", "bucket", "info"}


def nearest(word: str, names: Iterable[str]) -> list[str]:
    """At most three names, the most likely first; none where only the common words agree.

    Of twenty thousand names only those that share most words with the wrong one are compared.
    """
    words = set(word.split("_"))
    close = nlargest(_COMPARED, sorted(names), key=lambda name: _shared(words, word, name))
    like = {name: _likeness(_core(word), _core(name)) for name in close}
    sure = [name for name in close if like[name] >= _LIKE]
    likely = sure or [
        n for n in close if like[n] >= _LIKE_IN_FAMILY and _family(n) == _family(word)
    ]
    return sorted(likely, key=lambda name: (-_likeness(word, name), name))[:_MOST]


def _shared(words: set[str], word: str, name: str) -> tuple[int, int]:
    return len(words & set(name.split("_"))), -abs(len(word) - len(name))


def _family(name: str) -> str:
    """The exporter, mostly: its metrics need be less like the wrong one than any other."""
    return name.partition("_")[0]


def _core(name: str) -> str:
    """A name without the words that half of all metrics have."""
    return "_".join(word for word in name.split("_") if word not in _EVERYWHERE) or name


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other).ratio()
