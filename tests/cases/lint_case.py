"""Lint cases: specs with the findings that they must give written below the lines at fault.

    # case: a misspelt key
        treshold:
    #   ^^^^^^^^ error SLK103: unknown key 'treshold' in sli => did you mean 'threshold'?

Lines of carets are taken out before slokit reads the text; they stand below the line they are
about, one caret a character. The `#` is left out where a caret takes its column. A second place
follows as `[see FILE:3:5 first here]`. A finding without a place stands last, behind `# nowhere`.

`# file: NAME` begins another file of the case, `# arguments: …` are those of the command line,
and `# padded: N` fills the file with comments up to N bytes. The spec is slo-specs/spec.yaml, and
the bundle is called test unless the case has a slokit.yaml of its own.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from slokit.diagnostics.finding import Finding, Place
from slokit.model.bundle import FILE_NAME

SPEC = "slo-specs/spec.yaml"
_CASE = re.compile(r"# case: (.+)")
_FILE = re.compile(r"# file: (\S+)")
_ARGUMENTS = re.compile(r"# arguments: (.+)")
_PADDED = re.compile(r"# padded: (\d+)")
_MARK = re.compile(r"#? *\^+ (?:error|warning|note) SLK\d{3}: .*|# nowhere .*")


@dataclass(slots=True)
class CaseFile:
    """One file of a case; ``marked`` are its lines with the findings among them."""

    name: str
    marked: list[str] = field(default_factory=list)
    size: int = 0

    @property
    def text(self) -> str:
        """What slokit reads."""
        text = "".join(f"{line}\n" for line in self.marked if not _MARK.fullmatch(line))
        missing = max(self.size - len(text.encode()), 0)
        return text + ("#" * 99 + "\n") * (missing // 100 + 1) if missing else text


@dataclass(slots=True)
class LintCase:
    """One case: its title, its files and the arguments of the command line."""

    title: str
    files: list[CaseFile]
    arguments: tuple[str, ...] = ()

    @property
    def expected(self) -> str:
        """All files with the findings that must come."""
        return "".join(f"{line}\n" for file in self.files for line in file.marked)

    def written_as(self, findings: Sequence[Finding]) -> str:
        """All files with the findings that came."""
        lines: list[str] = []
        for file in self.files:
            own = [f for f in findings if f.place and f.place.file == file.name]
            lines += _with_findings(file.text.split("\n")[: _height(file)], own)
        named = {file.name for file in self.files}
        strays = [f for f in findings if f.place is None or f.place.file not in named]
        return "".join(f"{line}\n" for line in [*lines, *map(_stray, strays)])

    def write(self, directory: Path) -> None:
        """Put the files below a directory."""
        if all(file.name != FILE_NAME for file in self.files):
            (directory / FILE_NAME).write_text("bundle: test\n")
        for file in self.files:
            path = directory / file.name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(file.text, encoding="utf-8", newline="")


def read_cases(path: Path) -> list[LintCase]:
    """The cases of one file."""
    cases: list[LintCase] = []
    for line in path.read_text(encoding="utf-8").removesuffix("\n").split("\n"):
        if found := _CASE.fullmatch(line):
            cases.append(LintCase(found[1], [CaseFile(SPEC)]))
        elif found := _ARGUMENTS.fullmatch(line):
            cases[-1].arguments = tuple(found[1].split())
        elif found := _FILE.fullmatch(line):
            own = CaseFile(found[1])
            cases[-1].files = [own] if not cases[-1].files[0].marked else [*cases[-1].files, own]
        elif found := _PADDED.fullmatch(line):
            cases[-1].files[-1].size = int(found[1])
        elif cases:
            cases[-1].files[-1].marked.append(line)
    return cases


def _height(file: CaseFile) -> int:
    return sum(not _MARK.fullmatch(line) for line in file.marked)


def _with_findings(lines: Sequence[str], findings: Iterable[Finding]) -> list[str]:
    by_line = {
        line: list(group)
        for line, group in groupby(findings, key=lambda f: f.place.line if f.place else 0)
    }
    marked = []
    for number, line in enumerate(lines, 1):
        marked.append(line)
        marked += [_carets(line, finding) for finding in by_line.pop(number, [])]
    return marked + [_stray(finding) for group in by_line.values() for finding in group]


def _carets(line: str, finding: Finding) -> str:
    place = finding.place
    assert place is not None
    end = place.end_column - 1 if place.end_line == place.line else len(line.rstrip())
    start = place.column - 1
    head = "#".ljust(start) if start else ""
    return f"{head}{'^' * max(end - start, 1)} {_words(finding)}"


def _stray(finding: Finding) -> str:
    where = f"{_shown(finding.place)} " if finding.place else ""
    return f"# nowhere {where}{_words(finding)}"


def _words(finding: Finding) -> str:
    hint = f" => {finding.hint}" if finding.hint else ""
    related = "".join(
        f" [see {_shown(other.place)} {other.text}]" for other in finding.related if other.place
    )
    return f"{finding.level.value} {finding.code.number}: {finding.message}{hint}{related}"


def _shown(place: Place) -> str:
    return f"{place.file}:{place.line}:{place.column}"
