"""Bundles of any size and shape, loaded as a user's would be."""

import tempfile
from functools import cache
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

_MADE: dict[int, tuple[Bundle, dict[str, str]]] = {}


def bundle_of(directory: Path, spec: str = ONE, **project: Any) -> Bundle:
    """The bundle of one spec file, with these keys in slokit.yaml."""
    (directory / "slo-specs").mkdir(parents=True)
    (directory / "slo-specs" / "spec.yaml").write_text(spec)
    (directory / "slokit.yaml").write_text(yaml.safe_dump({"bundle": "test", **project}))
    return _loaded(directory / "slokit.yaml")


@cache
def fleet_of(slos: int) -> Bundle:
    """A bundle of so many SLOs, ten a service, grouped by cluster and region."""
    with tempfile.TemporaryDirectory() as directory:
        write_fleet(Path(directory), slos)
        return _loaded(Path(directory) / "slokit.yaml")


@cache
def reference() -> Bundle:
    """The eight reference systems."""
    return _loaded(Path(__file__).parents[2] / "fixtures" / "specs" / "slokit.yaml")


def executive_text(bundle: Bundle) -> str:
    """The JSON of a bundle's executive dashboard."""
    return dashboard_text(bundle, "executive")


def dashboard_text(bundle: Bundle, name: str) -> str:
    """The JSON of one of a bundle's dashboards, such as ``debug.api``."""
    return dashboards(bundle)[f"dashboards/{bundle.name}.{name}.json"]


def dashboards(bundle: Bundle) -> dict[str, str]:
    """The text of each dashboard of a bundle by its file; they are made once."""
    # The bundle is kept as well: another one could have its id after it is gone.
    if id(bundle) not in _MADE:
        texts = {a.path: a.text for a in api.compile(bundle, ["dashboards"])}
        _MADE[id(bundle)] = (bundle, texts)
    return _MADE[id(bundle)][1]


def _loaded(project: Path) -> Bundle:
    loaded = api.load(project=str(project))
    assert not loaded.errors, [finding.message for finding in loaded.errors]
    return loaded.bundle
