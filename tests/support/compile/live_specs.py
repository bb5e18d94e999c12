"""Specs checked against a live server, as `slokit check` does it, and the findings by code."""

import textwrap
from dataclasses import dataclass
from pathlib import Path

from slokit import api
from slokit.diagnostics.finding import Finding


@dataclass(frozen=True)
class Checked:
    """What one check found, and the requests that it took."""

    findings: tuple[Finding, ...]
    requests: int
    texts: dict[str, str]

    def of(self, number: str) -> list[Finding]:
        """The findings of one code, such as SLK601."""
        return [finding for finding in self.findings if finding.code.number == number]

    def only(self, number: str) -> Finding:
        """The one finding of a code; an AssertionError shows all findings."""
        found = self.of(number)
        assert len(found) == 1, "\n".join(f"{f.code.number} {f.message}" for f in self.findings)
        return found[0]

    def numbers(self) -> set[str]:
        """All codes found, less the notes that rules are not loaded or an endpoint is missing."""
        return {f.code.number for f in self.findings} - {"SLK619", "SLK621"}

    def line(self, finding: Finding) -> str:
        """The line of the spec that a finding points at, without blanks around it."""
        assert finding.place is not None
        text = self.texts[finding.place.file]
        return text.splitlines()[finding.place.line - 1].strip()


def check_specs(
    directory: Path, url: str, at: float, spec: str, project: str = "", bundle: str = "test"
) -> Checked:
    """Check the text of a spec file at a moment in Unix seconds, in a bundle of this name."""
    directory.mkdir(parents=True, exist_ok=True)
    settings = directory / "slokit.yaml"
    settings.write_text(f"bundle: {bundle}\nspecs: spec.yaml\n{project}", encoding="utf-8")
    path = directory / "spec.yaml"
    path.write_text(textwrap.dedent(spec), encoding="utf-8")
    loaded = api.load([], str(settings))
    assert not loaded.errors, loaded.errors
    checked = api.check_live(loaded, url, at=at)
    found = checked.loaded.findings[len(loaded.findings) :]
    return Checked(found, checked.requests, dict(loaded.texts))


def service(slos: str, defaults: str = "") -> str:
    """A service called shop with these SLOs; ``defaults`` is a flow mapping such as {…}."""
    inner = textwrap.indent(textwrap.dedent(slos).strip("\n"), "  ")
    return (
        "apiVersion: slokit/v1\nservice: shop\n"
        + (f"defaults: {defaults}\n" if defaults else "")
        + f"slos:\n{inner}\n"
    )


def slo(sli: str, more: str = "objective: 99%") -> str:
    """An SLO called one, with the body of its SLI and further keys."""
    head = f"- name: one\n  {more}\n" if more else "- name: one\n"
    return head + "  sli:\n" + textwrap.indent(textwrap.dedent(sli).strip("\n"), "    ")
