"""What a misspelt word was likely meant to be."""

from collections.abc import Iterable
from difflib import get_close_matches

_CLOSE = 0.7


def suggest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate that the user most likely meant by a misspelt word, if any is close.

    >>> suggest("treshold", ["objective", "threshold"])
    'threshold'
    """
    names = sorted(set(candidates))
    folded = {name.lower(): name for name in reversed(names)}
    if close := get_close_matches(word, names, n=1, cutoff=_CLOSE):
        return close[0]
    if close := get_close_matches(word.lower(), list(folded), n=1, cutoff=_CLOSE):
        return folded[close[0]]
    return next((name for name in names if _begin_alike(name, word)), None)


def _begin_alike(name: str, word: str) -> bool:
    """Whether one is the beginning of the other."""
    short, long = sorted((name, word), key=len)
    return len(short) > 2 and long.startswith(short)


def did_you_mean(word: str, candidates: Iterable[str], otherwise: str = "") -> str:
    """The hint that asks for the closest candidate; ``otherwise`` where none is close."""
    nearest = suggest(word, candidates)
    return f"did you mean {nearest!r}?" if nearest else otherwise
