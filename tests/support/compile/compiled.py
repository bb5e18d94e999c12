"""Specs compiled as a user would compile them: text in, rule files out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

import yaml

from slokit import api
from slokit.model.bundle import Project


@dataclass(frozen=True)
class Compiled:
    """The rule files of one bundle, the services' ledgers before the bundle's own file."""

    project: Project
    ledgers: tuple[Path, ...]
    bundle: Path

    @property
    def files(self) -> tuple[Path, ...]:
        """All rule files, in the order in which a replay evaluates them."""
        return (*self.ledgers, self.bundle)

    def expr(self, record: str) -> str:
        """The expression of the one rule of the bundle that records this name."""
        (found,) = [r["expr"] for r in rules_of(self.bundle) if r.get("record") == record]
        return str(found)


def compiled(directory: Path, *specs: str | Path, **project: Any) -> Compiled:
    """Compile specs, given as YAML texts or as files, under a slokit.yaml of these keys.

    Raises AssertionError with the findings when slokit refuses them.
    """
    sources = directory / "specs"
    sources.mkdir(parents=True)
    for number, spec in enumerate(specs):
        text = spec.read_text() if isinstance(spec, Path) else dedent(spec)
        (sources / f"{number:02}.yaml").write_text(text)
    settings = {"bundle": "test", "specs": "specs", **project}
    (directory / "slokit.yaml").write_text(yaml.safe_dump(settings))
    loaded = api.load(project=str(directory / "slokit.yaml"))
    assert not loaded.errors, "\n".join(map(str, loaded.errors))
    for artifact in api.compile(loaded.bundle, ["prometheus"]):
        path = directory / artifact.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(artifact.text)
    made = sorted((directory / "alert-rules").glob("*.rules.yaml"))
    whole = [path for path in made if path.name.endswith(".bundle.rules.yaml")]
    return Compiled(
        loaded.bundle.project, tuple(path for path in made if path not in whole), whole[0]
    )


def rules_of(path: Path) -> list[dict[str, Any]]:
    """All rules of a rule file."""
    groups = yaml.safe_load(path.read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def keeping(path: Path, records: Iterable[str]) -> Path:
    """A copy of a rule file, beside it, with only the rules that record these names.

    A long replay evaluates what it asks for and nothing else.
    """
    wanted = set(records)
    groups = [_kept(group, wanted) for group in yaml.safe_load(path.read_text())["groups"]]
    copy = path.with_name(f"kept-{path.name}")
    copy.write_text(yaml.safe_dump({"groups": [g for g in groups if g["rules"]]}))
    return copy


def _kept(group: Mapping[str, Any], wanted: set[str]) -> dict[str, Any]:
    rules = [rule for rule in group["rules"] if rule.get("record") in wanted]
    return {**group, "rules": rules}
