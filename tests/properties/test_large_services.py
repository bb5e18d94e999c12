"""Services with thousands of SLOs keep within what others take of them."""

import json
from itertools import chain
from pathlib import Path

import yaml

from slokit import api
from slokit.compiler.program import compile_bundle
from slokit.targets import prometheus_operator
from slokit.targets.rule_yaml import rule_data


def bundle_of(directory: Path, slos: int) -> Path:
    """A bundle with one service of so many SLOs; the path of its slokit.yaml."""
    sli = "{events: {bad: 'http_requests_total{code=~\"5..\"}', total: http_requests_total}}"
    body = "".join(
        f"  - {{name: slo-{number}, objective: 99.9%, sli: {sli}}}\n" for number in range(slos)
    )
    (directory / "shop.yaml").write_text(f"apiVersion: slokit/v1\nservice: shop\nslos:\n{body}")
    project = directory / "slokit.yaml"
    project.write_text("bundle: prod\nspecs: shop.yaml\ntargets: [prometheus-operator]\n")
    return project


def test_a_service_of_3000_slos_is_cut_into_objects_that_kubernetes_takes(tmp_path: Path) -> None:
    """Together they hold the rules in order, under one group's name; no SLO is cut."""
    program = compile_bundle(api.load(project=str(bundle_of(tmp_path, 3000))).bundle)
    ((_, ledger),) = program.ledgers
    made = prometheus_operator.emit(program, prometheus_operator.Options())
    objects = [yaml.load(artifact.text, yaml.CSafeLoader) for artifact in made]
    parts = objects[:-1]
    rules = [part["spec"]["groups"][0]["rules"] for part in parts]

    assert list(chain(*rules)) == list(map(rule_data, ledger.rules))
    assert {part["spec"]["groups"][0]["name"] for part in parts} == {ledger.name}
    assert len({part["metadata"]["name"] for part in parts}) == len(parts)
    for found in objects:
        # an annotation holds the object when it is applied; an object may have 1 MiB
        assert len(json.dumps(found, separators=(",", ":"))) < 256 * 1024
    slos = [{rule["labels"]["slo"] for rule in part} for part in rules]
    assert sum(map(len, slos)) == 3000 == len(set().union(*slos))
