"""Specs read as a user's project is read."""

from pathlib import Path
from textwrap import dedent
from typing import Any

import yaml

from slokit import api
from slokit.api import Loaded
from slokit.model.slo import Slo


def written(directory: Path, spec: str, **project: Any) -> Path:
    """A project of one spec in a directory: its slokit.yaml."""
    (directory / "slo-specs").mkdir(parents=True, exist_ok=True)
    (directory / "slo-specs" / "spec.yaml").write_text(dedent(spec))
    path = directory / "slokit.yaml"
    path.write_text(yaml.safe_dump({"bundle": "test", **project}))
    return path


def loaded(directory: Path, spec: str, **project: Any) -> Loaded:
    """A bundle of one spec; AssertionError with the findings when slokit refuses it."""
    result = api.load(project=str(written(directory, spec, **project)))
    assert not result.errors, "\n".join(map(str, result.errors))
    return result


def slo_of(result: Loaded, name: str) -> Slo:
    """The SLO of this id."""
    (found,) = [slo for slo in result.bundle.slos if slo.id == name]
    return found
