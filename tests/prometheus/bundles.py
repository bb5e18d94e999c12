"""A repository that a test edits and compiles again, and counters in promtool's notation."""

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from slokit import api
from slokit.compiler import names
from slokit.project import output
from slokit.promql import build
from slokit.targets import owned_paths


@dataclass(frozen=True)
class Repository:
    """A directory with slokit.yaml, specs, and the rules compiled from them."""

    directory: Path

    def write(self, project: str, specs: Mapping[str, str]) -> "Repository":
        """Write slokit.yaml and specs (a file's name without suffix to its text), and compile."""
        folder = self.directory / "slo-specs"
        folder.mkdir(parents=True, exist_ok=True)
        (self.directory / "slokit.yaml").write_text(project)
        for name, text in specs.items():
            (folder / f"{name}.yaml").write_text(textwrap.dedent(text))
        return self.compile()

    def compile(self) -> "Repository":
        """Write the rules of the specs as they stand; an error of theirs fails the test."""
        loaded = api.load((), str(self.directory / "slokit.yaml"))
        assert not loaded.errors, [finding.message for finding in loaded.errors]
        artifacts = api.compile(loaded.bundle, ["prometheus"])
        owned = owned_paths(loaded.bundle.project, ["prometheus"])
        changes = output.plan_changes(artifacts, self.directory, loaded.bundle.name, owned)
        output.apply_changes(output.Plan(artifacts, changes, self.directory))
        return self

    def rule_file(self, service: str) -> Path:
        """The rule file of a service."""
        return self.directory / names.service_rules_file(service)

    @property
    def rules(self) -> str:
        """A pattern of all rule files, as prometheus.yml takes it."""
        return str(self.directory / names.RULES_DIRECTORY / "*.rules.yaml")


def growing(*parts: tuple[int, float]) -> str:
    """A counter that starts at 0: stretches of (samples, increase from one to the next)."""
    value, words = 0.0, ["0"]
    for samples, step in parts:
        words.append(f"{value + step:.10g}+{step:.10g}x{samples - 1}")
        value += samples * step
    return " ".join(words)


def long_there(samples: int, service: str, slo: str, **group: str) -> dict[str, str]:
    """What the rules have recorded of a group that had data long before its history begins."""
    own = {names.BUNDLE: "test", names.SERVICE: service, names.SLO: slo, **group}
    return {build.series(names.SINCE, own): f"-1000000000x{samples}"}
