"""Bundles of any size and shape, loaded as a user's would be."""

from pathlib import Path
from typing import Any

import yaml

from slokit import api
from slokit.model.bundle import Bundle
from tests.benchmarks.fleet import write_fleet

ONE = """\
apiVersion: slokit/v1
service: api
slos:
  - name: availability
    objective: 99.9%
    sli: {events: {bad: errors_total, total: requests_total}}
"""


def bundle_of(directory: Path, spec: str = ONE, **project: Any) -> Bundle:
    """The bundle of one spec file, with these keys in slokit.yaml."""
    (directory / "slo-specs").mkdir(parents=True)
    (directory / "slo-specs" / "spec.yaml").write_text(spec)
    (directory / "slokit.yaml").write_text(yaml.safe_dump({"bundle": "test", **project}))
    return _loaded(directory / "slokit.yaml")


def fleet_of(directory: Path, slos: int) -> Bundle:
    """A bundle of so many SLOs, ten a service, grouped by cluster and region."""
    directory.mkdir(parents=True, exist_ok=True)
    write_fleet(directory, slos)
    return _loaded(directory / "slokit.yaml")


def reference() -> Bundle:
    """The eight reference systems."""
    return _loaded(Path(__file__).parents[2] / "fixtures" / "specs" / "slokit.yaml")


def executive_text(bundle: Bundle) -> str:
    """The JSON of a bundle's executive dashboard."""
    return dashboard_text(bundle, "executive")


def dashboard_text(bundle: Bundle, name: str) -> str:
    """The JSON of one of a bundle's dashboards, such as ``debug.api``."""
    path = f"dashboards/{bundle.name}.{name}.json"
    (artifact,) = [a for a in api.compile(bundle, ["dashboards"]) if a.path == path]
    return artifact.text


def _loaded(project: Path) -> Bundle:
    loaded = api.load(project=str(project))
    assert not loaded.errors, [finding.message for finding in loaded.errors]
    return loaded.bundle
