"""The target `vmalert`: files or objects whose ledgers read raw series alone."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from slokit import api
from slokit.compiler import names

ROOT = Path(__file__).parents[3]


def written(project: Path, *targets: str) -> dict[str, Any]:
    """What these targets write for the bundle of a slokit.yaml, read back: path to content."""
    loaded = api.load(project=str(project))
    assert not loaded.errors, [finding.message for finding in loaded.errors]
    return {
        artifact.path: yaml.load(artifact.text, yaml.CSafeLoader)
        for artifact in api.compile(loaded.bundle, targets)
    }


def rules(groups: list[dict[str, Any]]) -> dict[tuple[str, str], str]:
    """The expressions of rules, by group and name with the labels that tell them apart."""
    return {
        (group["name"], f"{rule.get('record', rule.get('alert'))} {sorted(rule['labels'].items())}")
        if "labels" in rule
        else (group["name"], rule["record"]): rule["expr"]
        for group in groups
        for rule in group["rules"]
    }


def groups_of(files: dict[str, Any]) -> list[dict[str, Any]]:
    """All groups of these files."""
    return [group for content in files.values() for group in content["groups"]]


@pytest.mark.parametrize("folder", [".", "tests/fixtures/specs"])
def test_no_rule_of_a_ledger_reads_a_recorded_series(folder: str) -> None:
    """Whatever the SLI type: the raw series are read again in the place of the total.

    What goes on without data (`no_data: bad`) is remembered: that is of earlier evaluations.
    """
    project = ROOT / folder / "slokit.yaml"
    chained, apart = (groups_of(written(project, name)) for name in ("prometheus", "vmalert"))
    ledgers = [group for group in apart if ":ledger:" in group["name"]]

    assert ledgers
    remembered = re.compile(r"(last|count)_over_time\(slokit:[^)]*\)")
    expressions = [remembered.sub("", rule["expr"]) for group in ledgers for rule in group["rules"]]
    assert not [expr for expr in expressions if "slokit:" in expr]
    assert any(
        "slokit:" in rule["expr"]
        for group in chained
        if ":ledger:" in group["name"]
        for rule in group["rules"]
    )


@pytest.mark.parametrize("folder", [".", "tests/fixtures/specs"])
def test_everything_else_is_as_for_prometheus(folder: str) -> None:
    """The same groups and rules; besides bad sides only the watch over the ruler differs."""
    project = ROOT / folder / "slokit.yaml"
    chained, apart = (rules(groups_of(written(project, t))) for t in ("prometheus", "vmalert"))

    assert list(chained) == list(apart)
    differing = {
        name.split()[0]
        for (group, name), expr in chained.items()
        if apart[group, name] != expr
        and "slokit:bad:" not in name
        # the total of what goes on without data reads what was measured, which is recorded apart
        and "slokit:seen:" not in expr
    }
    assert differing == {names.RULES_FAILING_ALERT, names.RULES_SLOW_ALERT}


def test_objects_hold_the_groups_of_the_files(tmp_path: Path) -> None:
    """`format: vmrule` puts the same groups into objects of VictoriaMetrics' operator."""
    sli = "{events: {good: ok_total, total: all_total}}"
    spec = f"slos: [{{name: a, objective: 99.9%, sli: {sli}}}]"
    (tmp_path / "shop.yaml").write_text(f"apiVersion: slokit/v1\nservice: shop\n{spec}\n")
    project = tmp_path / "slokit.yaml"

    project.write_text("bundle: prod\nspecs: shop.yaml\n")
    files = written(project, "vmalert")
    project.write_text(
        "bundle: prod\nspecs: shop.yaml\n"
        "targets: [{vmalert: {format: vmrule, namespace: slo, labels: {team: sre}}}]\n"
    )
    objects = written(project, "vmalert")

    assert list(files) == ["vmalert/shop.rules.yaml", "vmalert/prod.bundle.rules.yaml"]
    assert list(objects) == ["kubernetes/shop.vmrule.yaml", "kubernetes/prod.bundle.vmrule.yaml"]
    for found, content in zip(objects.values(), files.values(), strict=True):
        assert found["apiVersion"] == "operator.victoriametrics.com/v1beta1"
        assert found["kind"] == "VMRule"
        assert found["metadata"]["namespace"] == "slo"
        assert found["metadata"]["labels"]["team"] == "sre"
        assert found["spec"] == content
