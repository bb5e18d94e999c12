"""Names, strings and selectors as PromQL has them.

Text that came from a spec becomes a literal or a selector, and nothing more.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import lru_cache

from slokit.text.words import clip

# of Go, whose strings PromQL has; what has no letter of its own becomes \x07
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_UNSAFE = re.compile(r'[\\"\x00-\x1f\x7f]')
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_METRIC = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
# alternatives, or any characters; of what patterns of names are made of, with no blank or comma
_LIKE_A_PATTERN = re.compile(r"(?=.*(?:[^|]\|[^|]|\.[*+]))[\w.*+?|()\[\]^$\\/:@-]+")
_OPPOSITES = {"=": "!=", "!=": "=", "=~": "!~", "!~": "=~"}
# the oldest major version that the bundle at hand is for: all its texts are read within one load
_SERVER: ContextVar[int] = ContextVar("server", default=2)
UTF8_HINT = (
    "set `requires_prometheus: 3` in slokit.yaml if the server is; or have it renamed when it is"
    " scraped, by `translation_strategy: UnderscoreEscapingWithSuffixes` or a relabel rule"
)


@contextmanager
def read_for(server: int) -> Iterator[None]:
    """Texts are read for servers of this major version or newer, within the block."""
    token = _SERVER.set(server)
    try:
        yield
    finally:
        _SERVER.reset(token)


def reads_utf8() -> bool:
    """Whether the servers read names of any characters, in quotes: Prometheus does from 3 on."""
    return _SERVER.get() >= 3


def allows_label(text: str) -> bool:
    """Whether the text is a label name of the servers that texts are read for."""
    return is_label_name(text) or (bool(text) and reads_utf8())


# A bundle of thousands of SLOs writes the same few names and values over and over.
@lru_cache(maxsize=4096)
def label(name: str) -> str:
    """A label's name as PromQL has it: in quotes where only Prometheus 3 reads it.

    >>> label("route"), label("http.route")
    ('route', '"http.route"')
    """
    return name if is_label_name(name) else quote(name)


def label_list(names: Iterable[str]) -> str:
    """Label names as they stand in ``by (…)``.

    >>> label_list(["job", "http.route"])
    'job, "http.route"'
    """
    return ", ".join(map(label, names))


@lru_cache(maxsize=4096)
def quote(text: str) -> str:
    """A double-quoted PromQL string that reads back as the text."""
    return '"' + _UNSAFE.sub(_escape, text) + '"'


def is_label_name(text: str) -> bool:
    """Whether the text is a label name of every Prometheus version."""
    return _LABEL.fullmatch(text) is not None


def is_grouping_label(text: str) -> bool:
    """Whether the text may stand in ``by (…)`` and ``on (…)``: label names but three words.

    Prometheus 2.42 reads those as two numbers and a keyword there.
    """
    return allows_label(text) and text.lower() not in ("inf", "nan", "without")


@lru_cache(maxsize=4096)
def is_metric_name(text: str) -> bool:
    """Whether the text is a metric name of every Prometheus version."""
    return _METRIC.fullmatch(text) is not None


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    return _ESCAPES.get(character) or f"\\x{ord(character):02x}"


@dataclass(frozen=True, slots=True)
class Matcher:
    """One matcher: ``label op "value"`` with op one of ``= != =~ !~``."""

    label: str
    op: str
    value: str

    def __str__(self) -> str:
        return f"{label(self.label)}{self.op}{quote(self.value)}"

    @property
    def opposite(self) -> "Matcher":
        """What matches where this does not.

        >>> str(Matcher("code", "!~", "5..").opposite)
        'code=~"5.."'
        """
        return replace(self, op=_OPPOSITES[self.op])


def pattern_as_text(matcher: Matcher) -> tuple[str, str]:
    """What is wrong with an equality whose value looks like a pattern, and what to do.

    >>> pattern_as_text(Matcher("job", "=", "a|b"))
    ("job='a|b' asks for that very text", 'a regular expression? write =~')
    >>> pattern_as_text(Matcher("job", "=~", "a|b"))
    ('', '')
    """
    if matcher.op not in ("=", "!=") or not _LIKE_A_PATTERN.fullmatch(matcher.value):
        return "", ""
    meant = "=~" if matcher.op == "=" else "!~"
    message = f"{matcher.label}{matcher.op}{clip(matcher.value)!r} asks for that very text"
    return message, f"a regular expression? write {meant}"


@dataclass(frozen=True, slots=True)
class Selector:
    """A bare vector selector; ``name`` is None when only matchers choose the metric."""

    name: str | None
    matchers: tuple[Matcher, ...] = ()

    def __str__(self) -> str:
        if not self.matchers:
            return self.name or "{}"
        return f"{self.name or ''}{{{matcher_list(self.matchers)}}}"

    def inheriting(self, inherited: Iterable[Matcher], extra: Iterable[Matcher] = ()) -> "Selector":
        """With inherited matchers added where the selector says nothing about the label itself.

        ``extra`` matchers are added whatever the selector says.
        """
        # what a side writes itself wins: `code!="200"` there is not narrowed by an inherited `code`
        own = {matcher.label for matcher in self.matchers}
        added = [matcher for matcher in inherited if matcher.label not in own]
        matchers = dict.fromkeys([*self.matchers, *added, *extra])
        return replace(self, matchers=tuple(matchers))

    def renamed(self, suffix: str) -> "Selector":
        """The selector of a sibling metric, such as a histogram's ``_bucket``."""
        if self.name is not None:
            return replace(self, name=self.name + suffix)
        matchers = tuple(
            replace(m, value=m.value + suffix) if m.label == "__name__" and m.op == "=" else m
            for m in self.matchers
        )
        return replace(self, matchers=matchers)

    def metric(self) -> str:
        """The metric's name, or an empty string when a pattern chooses it."""
        if self.name is not None:
            return self.name
        names = [m.value for m in self.matchers if m.label == "__name__" and m.op == "="]
        return names[0] if len(names) == 1 else ""


def matcher_list(matchers: Iterable[Matcher]) -> str:
    """Matchers as they stand between braces."""
    return ",".join(map(str, matchers))


def merge(inherited: Iterable[Matcher], own: Iterable[Matcher]) -> tuple[Matcher, ...]:
    """Label by label: what is written replaces what is inherited, the rest is kept."""
    written = tuple(own)
    labels = {matcher.label for matcher in written}
    return (*(m for m in inherited if m.label not in labels), *written)
