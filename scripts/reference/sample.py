"""Specs that the reference shows: compiled as a user's are, so that a page holds what is written.

Every sample is one service, grouped by cluster, with short names. Beside it stand the services of
the composite's example, so that composites have members.
"""

import tempfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from slokit import api
from slokit.compiler.ledger import compile_ledger
from slokit.compiler.program import compile_bundle
from slokit.compiler.rules import Program, RecordingRule
from slokit.model.bundle import Bundle
from slokit.sli import SLI_TYPES


def bundle_of(slis: Iterable[tuple[str, Any]], **keys: str) -> Bundle:
    """The bundle of a spec with one SLO for each SLI: its type, and its body as plain data.

    ``keys`` are further keys of each SLO.
    """
    return loaded(
        {"name": f"slo-{number}", "sli": {name: body}, **keys}
        for number, (name, body) in enumerate(slis, 1)
    )


def loaded(slos: Iterable[dict[str, Any]]) -> Bundle:
    """The bundle of a spec with these SLOs; those that want an objective get one."""
    wanting = {sli.name for sli in SLI_TYPES if sli.has_objective}
    spec = {
        "apiVersion": "slokit/v1",
        "service": "shop",
        "defaults": {"group_by": ["cluster"]},
        "slos": [
            slo | ({"objective": "99.9%"} if wanting & set(slo["sli"]) else {}) for slo in slos
        ],
    }
    members = [
        {
            "apiVersion": "slokit/v1",
            "service": service,
            "defaults": {"group_by": ["cluster"]},
            "slos": [
                {
                    "name": "availability",
                    "objective": "99.9%",
                    "sli": {"events": {"bad": "errors_total", "total": "requests_total"}},
                }
            ],
        }
        for service in ("checkout", "payments")
    ]
    with tempfile.TemporaryDirectory() as directory:
        (Path(directory) / "slokit.yaml").write_text("bundle: prod\nspecs: [spec.yaml]\n")
        (Path(directory) / "spec.yaml").write_text(yaml.safe_dump_all([spec, *members]))
        found = api.load(directory=directory)
    assert not found.errors, api.render(found)
    services = tuple(each for each in found.bundle.services if each.name == spec["service"])
    return replace(found.bundle, services=services)


def example_bundle() -> Bundle:
    """One SLO of each SLI type, from the examples of the registry."""
    return bundle_of((sli.name, yaml.safe_load(sli.example)) for sli in SLI_TYPES)


def example_program() -> Program:
    """The same, compiled."""
    return compile_bundle(example_bundle())


def ledger_of(sli: str, body: Any, **keys: str) -> tuple[RecordingRule, ...]:
    """The rules of one SLI's ledger, in the order of their evaluation."""
    bundle = bundle_of([(sli, body)], **keys)
    (slo,) = bundle.slos
    return compile_ledger(slo, bundle.project)
