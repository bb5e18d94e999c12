"""Ignore comments: `# slokit: ignore[SLK203] reason`, on the line or on one of its own above.

A comment is only what YAML takes for one: the same words inside a scalar silence nothing.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Code, Finding, Location, Place, sort_findings
from slokit.source.parser import scalar_ranges
from slokit.source.places import Places, SourceText
from slokit.text.similar_names import did_you_mean

_MARKER = re.compile(r"slokit:[ \t]*ignore")
_COMMENT = re.compile(
    r"(?:(?<=\s)|^)#[ \t]*slokit:[ \t]*ignore[ \t]*(?:\[([^\]\r\n]*)\])?[ \t]*:?([^\r\n]*)",
    re.MULTILINE,
)
# what cannot be read, and what would be compiled into rules that do not do what the spec says
_NEVER_SILENT = frozenset(
    (
        codes.YAML_SYNTAX,
        codes.TOO_LARGE,
        codes.TOO_DEEP,
        codes.NOT_UTF8,
        codes.NOT_A_SPEC,
        codes.OUTSIDE_PROJECT,
        codes.DUPLICATE_SLO,
        codes.DUPLICATE_SERVICE,
        codes.FORMERLY,
        codes.BAD_TIMING,
        codes.BAD_POLICY,
        codes.UNKNOWN_POLICY,
        codes.MAINTENANCE_TIME,
    )
)


@dataclass(slots=True)
class _Ignore:
    """One comment: its names of codes each with its location, and the codes that hit."""

    line: int
    location: Location
    reason: str
    names: list[tuple[str, Location]]
    used: set[Code] = field(default_factory=set)

    def findings(self) -> Iterable[Finding]:
        if not self.names:
            hint = "name a code: # slokit: ignore[SLK203] reason"
            yield Finding(codes.IGNORE_UNKNOWN_CODE, "ignore names no code", self.location, hint)
        elif not self.reason:
            hint = "say why behind the bracket"
            yield Finding(codes.IGNORE_NO_REASON, "ignore without a reason", self.location, hint)
        for name, location in self.names:
            code = codes.by_name(name)
            if code is None:
                message = f"ignore names '{name}', which is no code"
                slugs = [code.slug for code in codes.CODES] if "/" in name else []
                hint = did_you_mean(name, slugs, otherwise="docs/codes/ lists them all")
                yield Finding(codes.IGNORE_UNKNOWN_CODE, message, location, hint)
            elif code in _NEVER_SILENT:
                message = f"{code.number} cannot be ignored"
                yield Finding(codes.IGNORE_UNUSED, message, location, "remove it")
            elif code not in self.used and not code.is_live:
                message = f"ignore of {name} silences nothing"
                yield Finding(codes.IGNORE_UNUSED, message, location, "remove it")


class _IgnoresOfFile:
    """The ignore comments of one file and the lines that each of them covers."""

    def __init__(self, source: SourceText) -> None:
        self._source = source
        self._scalars, whole = scalar_ranges(source.text)
        self._first_lines = [source.position(start)[0] for start, _ in self._scalars]
        # behind a syntax error it is unknown what is a comment
        self.all = [self._ignore(found) for found in self._comments()] if whole else []
        self._by_target: dict[tuple[int, Code], list[_Ignore]] = {}
        for ignore in self.all:
            for name, _ in ignore.names:
                if code := codes.by_name(name):
                    self._by_target.setdefault((ignore.line, code), []).append(ignore)

    def silences(self, finding: Finding) -> bool:
        """Whether a comment covers the finding; that comment is then used."""
        if finding.place is None or finding.code in _NEVER_SILENT:
            return False
        keys = [(line, finding.code) for line in self._lines_of(finding.place)]
        hits = [ignore for key in keys for ignore in self._by_target.get(key, ())]
        for ignore in hits:
            ignore.used.add(finding.code)
        return bool(hits)

    def _comments(self) -> Iterable[re.Match[str]]:
        starts = [start for start, _ in self._scalars]
        for found in _COMMENT.finditer(self._source.text):
            before = bisect_right(starts, found.start()) - 1
            if before < 0 or not self._inside(found.start(), *self._scalars[before]):
                yield found

    def _inside(self, offset: int, start: int, end: int) -> bool:
        """Whether a character belongs to the scalar; the header of a block may hold a comment."""
        text = self._source.text
        # `|  # slokit: ignore[…]`: the header of a block is the one place in a scalar for comments.
        in_header = text[start] in "|>" and not re.search(r"[\r\n]", text[start:offset])
        return offset < end and not in_header

    def _ignore(self, found: re.Match[str]) -> _Ignore:
        source, offset = self._source, found.start()
        line, column = source.position(offset)
        # On a line of its own a comment is about the next line that is no comment.
        if not source.lines[line - 1][: column - 1].strip():
            line = self._targets[line - 1]
        names = []
        for part in re.finditer(r"[^,\s][^,]*", found.group(1) or ""):
            start = found.start(1) + part.start()
            name = part.group().rstrip()
            names.append((name, source.location(start, start + len(name))))
        end = offset + len(found.group().rstrip())
        return _Ignore(line, source.location(offset, end), found.group(2).strip(" -:\t"), names)

    @cached_property
    def _targets(self) -> list[int]:
        """For each line, from 0, the number of the next one below that is no comment."""
        targets, target = [], len(self._source.lines) + 1
        for number in range(len(self._source.lines), 0, -1):
            targets.append(target)
            if not self._source.lines[number - 1].lstrip().startswith("#"):
                target = number
        return targets[::-1]

    def _lines_of(self, place: Place) -> set[int]:
        """The finding's line, and the first and last one of the scalar that it lies in."""
        lines = {place.line}
        index = bisect_right(self._first_lines, place.line) - 1
        if index >= 0:
            start, end = self._scalars[index]
            last = self._source.position(start + len(self._source.text[start:end].rstrip()))[0]
            if self._first_lines[index] < last and place.line <= last:
                lines |= {self._first_lines[index], last}
        return lines


def apply(findings: Iterable[Finding], places: Places) -> list[Finding]:
    """Findings with their places, less what ignore comments silence, and what is wrong with those.

    The findings are sorted. A comment about a live server is never unused: what it silences comes
    and goes.
    """
    ignores = _ignores(places.texts)
    left = _not_silenced(places.drawn(findings), ignores)
    own = [f for each in ignores.values() for ignore in each.all for f in ignore.findings()]
    return sort_findings([*left, *places.drawn(own)])


def kept(findings: Iterable[Finding], places: Places) -> list[Finding]:
    """The findings that no ignore comment silences; nothing is said about the comments."""
    return sort_findings(_not_silenced(places.drawn(findings), _ignores(places.texts)))


def _ignores(texts: Mapping[str, str]) -> dict[str, _IgnoresOfFile]:
    return {
        file: _IgnoresOfFile(SourceText(file, text))
        for file, text in texts.items()
        if _MARKER.search(text)
    }


def _not_silenced(
    findings: Iterable[Finding], ignores: Mapping[str, _IgnoresOfFile]
) -> list[Finding]:
    found = []
    for finding in findings:
        own = ignores.get(finding.place.file) if finding.place else None
        if own is None or not own.silences(finding):
            found.append(finding)
    return found
