"""Which of the known names a wrong one was likely meant to be.

A key of a spec has a few candidates, which share little: comparing letters finds a typing error.
Metrics of one exporter share most of their words, and all metrics share some, so letters alone
would offer names that have nothing to do with the wrong one.
"""

from collections.abc import Callable, Iterable
from difflib import SequenceMatcher
from heapq import nlargest
from itertools import takewhile
from operator import eq
from typing import Final

from slokit.text.words import joined, quoted

_MOST: Final = 3
_LIKE_KEY: Final = 0.7
_LIKE: Final = 0.75
_LIKE_IN_FAMILY: Final = 0.6
_LIKE_WORD: Final = 0.82
_COMPARED: Final = 200
_EVERYWHERE: Final = {"total", "seconds", "bytes", "count", "sum", "bucket", "info"}


def closest(
    word: str,
    names: Iterable[str],
    like: float = 0.6,
    spelt: Callable[[str], str] = str,
) -> list[str]:
    """At most three names that are spelt like a word, the most likely first.

    Of those that are equally like it, the one that begins like it for longer comes first. ``like``
    is the least share of letters that agree, ``spelt`` what is compared of each name.

    >>> closest("ledger", ["badger", "ledge", "window"])
    ['ledge', 'badger']
    """
    matcher = SequenceMatcher()
    matcher.set_seq2(spelt(word))  # what stays the same is indexed once
    ranked = []
    for name in names:
        matcher.set_seq1(spelt(name))
        if matcher.real_quick_ratio() >= like and (ratio := matcher.ratio()) >= like:
            alike = sum(1 for _ in takewhile(bool, map(eq, word, name)))
            ranked.append((-ratio, -alike, name))
    return [name for *_, name in sorted(ranked)[:_MOST]]


def suggest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate that the user most likely meant by a misspelt key, if any is close.

    >>> suggest("treshold", ["objective", "threshold"])
    'threshold'
    """
    names = sorted(set(candidates))
    near = closest(word, names, _LIKE_KEY) or closest(word, names, _LIKE_KEY, str.lower)
    if near:
        return near[0]
    # the beginning of a word is far from it by letters: `min` from `min_bad_events`
    for name in names:
        short, long = sorted((name, word), key=len)
        if len(short) > 2 and long.startswith(short):
            return name
    return None


def did_you_mean(word: str, candidates: Iterable[str], otherwise: str = "") -> str:
    """The hint that asks for the closest candidate; ``otherwise`` where none is close."""
    nearest = suggest(word, candidates)
    return f"did you mean {nearest!r}?" if nearest else otherwise


def similar_names(word: str, names: Iterable[str]) -> list[str]:
    """At most three names of a server; none where only the common words agree.

    Of twenty thousand names only those that share most words with the wrong one are compared.
    """
    known = sorted(names)
    if alike := [name for name in known if _letters(name) == _letters(word)]:
        return alike[:_MOST]
    words = set(word.split("_"))
    near = nlargest(
        _COMPARED,
        known,
        key=lambda name: (len(words & set(name.split("_"))), -abs(len(word) - len(name))),
    )
    # The first word mostly names the exporter: its metrics need be less like the wrong one.
    family = word.partition("_")[0]
    kin = [name for name in near if name.partition("_")[0] == family]
    return closest(word, near, _LIKE, _core) or closest(word, kin, _LIKE_IN_FAMILY, _core)


def did_you_mean_one_of(word: str, names: Iterable[str]) -> str:
    """A question with the most similar names of a server; empty when none is similar.

    >>> did_you_mean_one_of("pg_upp", ["pg_up", "redis_up"])
    "did you mean 'pg_up'?"
    """
    near = quoted(similar_names(word, names))
    return f"did you mean {joined(near, 'or')}?" if near else ""


def _core(name: str) -> str:
    """A name without the words that half of all metrics have."""
    return "_".join(word for word in name.split("_") if word not in _EVERYWHERE) or name


def is_misspelt(word: str, name: str) -> bool:
    """Whether two names of metrics have all words in common, but for letters in some of them.

    Capitals and underscores are no difference. A word more or another one is another metric, which
    may only not exist yet; a word that half of all metrics have is none.

    >>> is_misspelt("http_request_totl", "http_requests_total")
    True
    >>> is_misspelt("http_requests_failed_total", "http_requests_total")
    False
    """
    if _letters(word) == _letters(name):
        return True
    mine, other = word.split("_"), name.split("_")
    wrong = [each for each in mine if each not in other and each not in _EVERYWHERE]
    free = [each for each in other if each not in mine]
    for each in wrong:
        near = closest(each, [one for one in free if _digits(one) == _digits(each)], _LIKE_WORD)
        if not near:
            return False
        free.remove(near[0])
    return not set(free) - _EVERYWHERE


def _letters(name: str) -> str:
    """A name without what people forget: capitals and underscores."""
    return name.replace("_", "").lower()


def _digits(word: str) -> str:
    """Its digits: 4xx and 5xx are spelt alike and mean different things."""
    return "".join(filter(str.isdigit, word))
