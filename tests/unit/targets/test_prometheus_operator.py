"""PrometheusRule objects: what Kubernetes and the operator accept, and the rules unchanged."""

from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from slokit import api
from slokit.compiler import names
from slokit.diagnostics.finding import Finding
from slokit.targets import owned_paths

ROOT = Path(__file__).parents[3]
# What the operator's CustomResourceDefinition (0.82) demands. Kubernetes drops unknown keys, which
# a rule must not lose.
DURATION = {"type": "string", "pattern": "^(0|(\\d+y)?(\\d+w)?(\\d+d)?(\\d+h)?(\\d+m)?(\\d+s)?)$"}
TEXTS = {"type": "object", "additionalProperties": {"type": "string"}}
TEXT = {"type": "string", "minLength": 1}
RULE = {
    "type": "object",
    "required": ["expr"],
    "oneOf": [{"required": ["record"]}, {"required": ["alert"]}],
    "additionalProperties": False,
    "properties": {
        "record": TEXT,
        "alert": TEXT,
        "expr": TEXT,
        "for": DURATION,
        "keep_firing_for": DURATION,
        "labels": TEXTS,
        "annotations": TEXTS,
    },
}
GROUP = {
    "type": "object",
    "required": ["name"],
    "additionalProperties": False,
    "properties": {"name": TEXT, "interval": DURATION, "rules": {"type": "array", "items": RULE}},
}
OBJECT_NAME = "^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
CRD = {
    "type": "object",
    "required": ["apiVersion", "kind", "metadata", "spec"],
    "additionalProperties": False,
    "properties": {
        "apiVersion": {"const": "monitoring.coreos.com/v1"},
        "kind": {"const": "PrometheusRule"},
        "metadata": {
            "type": "object",
            "required": ["name"],
            "properties": {"name": {"type": "string", "pattern": OBJECT_NAME}, "labels": TEXTS},
        },
        "spec": {
            "type": "object",
            "required": ["groups"],
            "additionalProperties": False,
            "properties": {"groups": {"type": "array", "items": GROUP}},
        },
    },
}


def written(project: Path, *targets: str) -> dict[str, Any]:
    """What these targets write for the bundle of a slokit.yaml, read back: path to content."""
    loaded = api.load(project=str(project))
    assert not loaded.errors, [finding.message for finding in loaded.errors]
    artifacts = api.compile(loaded.bundle, targets)
    return {a.path: yaml.load(a.text, yaml.CSafeLoader) for a in artifacts}


def bundle_of(directory: Path, options: str) -> Path:
    """A bundle with one service of two SLOs; the path of its slokit.yaml."""
    sli = "{events: {bad: 'http_requests_total{code=~\"5..\"}', total: http_requests_total}}"
    body = "".join(
        f"  - {{name: slo-{number}, objective: 99.9%, sli: {sli}}}\n" for number in range(2)
    )
    (directory / "shop.yaml").write_text(f"apiVersion: slokit/v1\nservice: shop\nslos:\n{body}")
    project = directory / "slokit.yaml"
    project.write_text(
        f"bundle: prod\nspecs: shop.yaml\ntargets: [{{prometheus-operator: {options}}}]\n"
    )
    return project


def findings(directory: Path, options: str) -> tuple[Finding, ...]:
    """What is wrong with the options of the target."""
    return api.load(project=str(bundle_of(directory, options))).findings


@pytest.mark.parametrize("folder", [".", "tests/fixtures/specs"])
def test_objects_have_the_shape_of_the_definition_and_the_rules_of_the_files(folder: str) -> None:
    """Each service and the bundle have one object, whose groups are those of the rule file."""
    project = ROOT / folder / "slokit.yaml"
    objects = written(project, "prometheus-operator")
    files = written(project, "prometheus")

    assert len(objects) == len(files)
    for path, found in objects.items():
        jsonschema.validate(found, CRD)
        name = Path(path).name.replace(".prometheusrule.yaml", ".rules.yaml")
        assert found["spec"] == files[f"{names.RULES_DIRECTORY}/{name}"]
        groups = [group["name"] for group in found["spec"]["groups"]]
        assert len(groups) == len(set(groups))


def test_namespace_and_labels_are_those_of_slokit_yaml(tmp_path: Path) -> None:
    """Text that looks like a number or a truth stays text; slokit's own label is there, too."""
    options = '{namespace: monitoring, labels: {release: "1.10", example.com/on: "true"}}'
    objects = written(bundle_of(tmp_path, options), "prometheus-operator")

    assert [found["metadata"] for found in objects.values()] == [
        {
            "name": name,
            "namespace": "monitoring",
            "labels": {
                "app.kubernetes.io/managed-by": "slokit",
                "release": "1.10",
                "example.com/on": "true",
            },
        }
        for name in ("slokit-prod.shop", "slokit-prod")
    ]


def test_no_two_bundles_have_an_object_of_the_same_name() -> None:
    """Dashes in names do not run together, and a service called bundle is none."""
    pairs = [
        ("a", "b-c"),
        ("a-b", "c"),
        ("a-b-c", ""),
        ("a", "bundle"),
        ("a", ""),
        ("a-bundle", ""),
    ]
    found = {names.operator_object(*pair) for pair in pairs}

    assert len(found) == len(pairs)


def test_parts_that_are_not_needed_any_more_are_removed(tmp_path: Path) -> None:
    """They lie where the target's own files are sought."""
    loaded = api.load(project=str(bundle_of(tmp_path, "{}")))
    (pattern,) = owned_paths(loaded.bundle.project)

    assert Path(names.operator_file("shop", 2)).match(pattern)


@pytest.mark.parametrize(
    ("options", "message", "hint"),
    [
        ("{lables: {a: b}}", "unknown key 'lables' in prometheus-operator", "'labels'"),
        ("{namespace: Monitoring}", "'Monitoring' is no name", "lower-case"),
        ("{labels: {release: a b}}", "'a b' is no label value of Kubernetes", "63"),
        ("{labels: {-x: a}}", "'-x' is no label of Kubernetes", "release"),
        ("{labels: release}", "a mapping", ""),
    ],
)
def test_wrong_options_are_underlined(
    tmp_path: Path, options: str, message: str, hint: str
) -> None:
    """A label that the operator does not look for would mean no rules at all."""
    (finding,) = findings(tmp_path, options)

    assert message in finding.message
    assert hint in finding.hint
    assert finding.place is not None
    assert finding.place.line == 3


def test_a_target_that_does_not_exist_is_underlined(tmp_path: Path) -> None:
    """The finding names the one that was meant."""
    project = tmp_path / "slokit.yaml"
    bundle_of(tmp_path, "{}")
    project.write_text("bundle: prod\nspecs: shop.yaml\ntargets:\n  - prometheus\n  - dashbords\n")
    (finding,) = api.load(project=str(project)).findings

    assert finding.message == "unknown target 'dashbords'"
    assert finding.hint == "did you mean 'dashboards'?"
    assert finding.place is not None
    assert (finding.place.line, finding.place.column) == (5, 5)
