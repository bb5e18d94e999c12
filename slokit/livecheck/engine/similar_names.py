"""Which of a server's names a wrong one was likely meant to be.

Metrics of one exporter share most of their words, and all metrics share some, so a plain edit
distance offers names that have nothing to do with the wrong one. Typing errors in spec keys are
not this module's: they have few candidates.
"""

from collections.abc import Iterable
from difflib import SequenceMatcher
from heapq import nlargest
from typing import Final

from slokit.text.words import joined, quoted

_MOST: Final = 3
_LIKE: Final = 0.75
_LIKE_IN_FAMILY: Final = 0.6
_COMPARED: Final = 200
_EVERYWHERE: Final = {"total", "seconds", "bytes", "count", "sum", "bucket", "info"}


def similar_names(word: str, names: Iterable[str]) -> list[str]:
    """At most three names, the most likely first; none where only the common words agree.

    Of twenty thousand names only those that share most words with the wrong one are compared.
    """
    words = set(word.split("_"))
    close = nlargest(
        _COMPARED,
        sorted(names),
        key=lambda name: (len(words & set(name.split("_"))), -abs(len(word) - len(name))),
    )
    like = {name: _similarity(_core(word), _core(name)) for name in close}
    sure = [name for name in close if like[name] >= _LIKE]
    # The first word mostly names the exporter: its metrics need be less like the wrong one.
    family = word.partition("_")[0]
    likely = sure or [
        name for name in close if like[name] >= _LIKE_IN_FAMILY and name.partition("_")[0] == family
    ]
    return sorted(likely, key=lambda name: (-_similarity(word, name), name))[:_MOST]


def did_you_mean(word: str, names: Iterable[str]) -> str:
    """A question with the most similar names; empty when none is similar.

    >>> did_you_mean("pg_upp", ["pg_up", "redis_up"])
    "did you mean 'pg_up'?"
    """
    near = quoted(similar_names(word, names))
    return f"did you mean {joined(near, 'or')}?" if near else ""


def _core(name: str) -> str:
    """A name without the words that half of all metrics have."""
    return "_".join(word for word in name.split("_") if word not in _EVERYWHERE) or name


def _similarity(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other).ratio()
