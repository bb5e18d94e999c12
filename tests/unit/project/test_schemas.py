"""The JSON Schemas: what slokit reads is valid, common faults are not, and nothing drifts."""

from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from slokit import api
from slokit.dialects.slokit_v1.written import (
    ParametersWritten,
    ServiceWritten,
    SloWritten,
    UseWritten,
)
from slokit.model.alerting import PRESETS
from slokit.project.project_file import ProjectWritten
from slokit.project.schemas import project_file_schema, spec_schema
from slokit.sli import SLI_TYPES
from slokit.source.json_schema import name_of
from slokit.targets import TARGETS
from slokit.text import InvalidTextError
from slokit.text.durations import parse_duration
from slokit.text.numbers import parse_limit, parse_rate

ROOT = Path(__file__).parents[3]
REFERENCE = ROOT / "tests/fixtures/specs"
SPECS = [
    path
    for directory in (REFERENCE, ROOT / "slo-specs")
    for path in sorted(directory.glob("*.yaml"))
    if path.name != "slokit.yaml"
]
GOOD = """
apiVersion: slokit/v1
service: shop
slos:
  - name: availability
    objective: 99.9%
    sli: {events: {bad: errors_total, total: requests_total}}
"""
SPEC = Draft202012Validator(spec_schema())
PROJECT = Draft202012Validator(project_file_schema())


def faults(validator: Draft202012Validator, text: str) -> list[str]:
    """What is wrong with a document, read as an editor reads it."""
    return [str(error.json_path) for error in validator.iter_errors(yaml.safe_load(dedent(text)))]


def test_both_schemas_are_schemas() -> None:
    """They are valid under the meta schema of draft 2020-12."""
    Draft202012Validator.check_schema(spec_schema())
    Draft202012Validator.check_schema(project_file_schema())


@pytest.mark.parametrize("path", SPECS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_shipped_and_reference_spec_is_valid(path: Path) -> None:
    """Each document of the reference systems and of the catalog is valid."""
    documents = list(yaml.safe_load_all(path.read_text()))

    assert documents
    assert [list(SPEC.iter_errors(document)) for document in documents] == [[]] * len(documents)


def test_the_reference_bundle_file_is_valid() -> None:
    """So is the slokit.yaml of the reference systems."""
    assert faults(PROJECT, (REFERENCE / "slokit.yaml").read_text()) == []


TEMPLATE = """
apiVersion: slokit/v1
parameters: {name: {description: The cluster}, job: , objective: {default: 99%}}
service: ${name}
defaults: {selector: {job: "${job}"}, window: "${window}"}
slos:
  - name: availability
    objective: ${objective}
    alert_policy: ${policy}
    sli: {events: {bad: errors_total, total: requests_total, starts_at_zero: "${zero}"}}
  - name: lag
    objective: ${objective}
    min_bad_events: ${least}
    sli: {threshold: {metric: lag_seconds, at_most: "${lag}", aggregate: "${fold}"}}
"""
USE = """
apiVersion: slokit/v1
use: ./pg.yaml
with: {name: orders, objective: 99.9%, port: 9187}
override: {lag: {objective: 99%}}
disable: [availability]
"""


def test_templates_and_their_uses_are_valid() -> None:
    """A parameter may stand wherever a scalar does."""
    assert faults(SPEC, TEMPLATE) == []
    assert faults(SPEC, USE) == []


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        (USE, "disable", "disabled"),
        (USE, "disable: [availability]", "slos: []"),
        (USE, "use: ./pg.yaml", "service: shop"),
        (USE, "port: 9187", "port: [1]"),
        (TEMPLATE, "job: ,", "1job: ,"),
        (TEMPLATE, "default: 99%", "defaults: 99%"),
        (TEMPLATE, "${fold}", "best of all"),
        (GOOD, "service: shop", "service: shop\nwith: {a: b}"),
    ],
)
def test_common_faults_of_reuse_are_invalid(text: str, old: str, new: str) -> None:
    """Misspelt keys, keys of the other kind of document, and structure in values."""
    assert faults(SPEC, text.replace(old, new)) != []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("slokit/v1", "slokit/v2"),
        ("service: shop", "service: Shop"),
        ("service: shop", "servce: shop"),
        ("objective: 99.9%", "objective: 0.999"),
        ("objective: 99.9%", "objective: 99.9 percent"),
        ("objective: 99.9%", "alert_policy: page-only"),
        ("objective: 99.9%", "objective: 99.9%\n    alert_policy: pageonly"),
        ("objective: 99.9%", "objective: 99.9%\n    window: 30 days"),
        ("objective: 99.9%", "objective: 99.9%\n    group_by: region"),
        ("objective: 99.9%", "objective: 99.9%\n    runbook: ftp://files.example.com"),
        ("objective: 99.9%", "objective: 99.9%\n    min_bad_events: -1"),
        ("objective: 99.9%", "objectives: []"),
        ("bad: errors_total", "bda: errors_total"),
        ("bad: errors_total", "bad: {code: 5..}"),
        ("bad: errors_total", "bad: errors_total, of: things"),
        ("{events: {", "{event: {"),
        ("sli: {events: {bad: errors_total, total: requests_total}}", "sli: {}"),
        ("{events: {", "{rate: {counter: c, at_most: 1/d}, events: {"),
        ("{events: {bad: errors_total, total: requests_total}}", "{latency: {at_most: 1s}}"),
        (
            "{events: {bad: errors_total, total: requests_total}}",
            "{rate: {counter: elections_total, counted_by: every_member, at_most: 1/h}}",
        ),
        ("slos:", "owner: [a, b]\nslos:"),
        ("slos:", "routing: [team]\nslos:"),
        ("objective: 99.9%", "objective: 99.9%\n    alert_name: shop-errors"),
        (GOOD[GOOD.index("slos:") :], "slos: []\n"),
    ],
)
def test_faulty_specs_are_invalid(old: str, new: str, tmp_path: Path) -> None:
    """A fault that slokit refuses is one that an editor underlines, too."""
    faulty = GOOD.replace(old, new)
    (tmp_path / "spec.yaml").write_text(faulty)
    (tmp_path / "slokit.yaml").write_text("bundle: test\nspecs: spec.yaml\n")

    assert faulty != GOOD
    assert faults(SPEC, GOOD) == []
    assert faults(SPEC, faulty)
    assert api.load(project=str(tmp_path / "slokit.yaml")).errors


@pytest.mark.parametrize(
    "text",
    [
        "bundle: Prod EU",
        "bundel: prod",
        "interval: 30",
        "targets: [prometeus]",
        "targets: prometheus",
        "links: {grafana: grafana.example.com}",
        "prometheus: {uri: http://localhost:9090}",
        "alerts: {severities: {paeg: critical}}",
        "alerts: {severities: {page: [critical]}}",
        "alerts: {severities: {page: {label: {a: b}}}}",
        "alerts: {labels: owner}",
        "alerts: {labels: {pages: [owner]}}",
        "alerts: {annotations: {note: x}}",
    ],
)
def test_faulty_bundle_files_are_invalid(text: str) -> None:
    """Misspelt keys, targets, times and addresses of slokit.yaml are underlined."""
    assert faults(PROJECT, "bundle: prod\ntargets: [prometheus, {prometheus-operator: {}}]") == []
    assert faults(PROJECT, text)


@pytest.mark.parametrize(
    "text",
    [
        "{severities: {page: critical, ticket: 3}}",
        "{severities: {page: {name: critical, labels: {pager: true, tier: 1}}, ticket: {}}}",
        "{labels: {page: [owner, tier]}, annotations: [note]}",
    ],
)
def test_each_way_to_write_what_alerts_carry_is_valid(text: str) -> None:
    """A name or a mapping, for a severity; a list or a mapping, for labels."""
    assert faults(PROJECT, f"alerts: {text}") == []


def test_free_text_may_look_like_a_number() -> None:
    """What slokit takes as text, an editor may see as a number or a boolean."""
    text = GOOD.replace("slos:", "labels: {criticality: 1, canary: true}\ndescription: 24\nslos:")

    assert faults(SPEC, text) == []


def test_a_bare_number_is_a_limit() -> None:
    """`at_most: 5000` is a number to an editor."""
    sli = "{threshold: {metric: queue_length, at_most: 5000, at_least: 0.5}}"

    assert (
        faults(SPEC, GOOD.replace("{events: {bad: errors_total, total: requests_total}}", sli))
        == []
    )


def keys_of(schema: dict[str, Any]) -> set[str]:
    return set(schema["properties"])


def test_the_schema_has_the_keys_of_the_models_and_the_registries() -> None:
    """Keys, SLI types, policies and targets are those that slokit reads, all of them described."""
    schema = spec_schema()
    slo = schema["$defs"][name_of(SloWritten)]
    project = project_file_schema()

    reuse = {*ParametersWritten.model_fields, *UseWritten.model_fields}
    assert keys_of(schema) == set(ServiceWritten.model_fields) | reuse
    assert keys_of(slo) == set(SloWritten.model_fields)
    assert keys_of(slo["properties"]["sli"]) == {kind.name for kind in SLI_TYPES}
    assert slo["properties"]["alert_policy"]["anyOf"][0]["enum"] == [
        policy.name for policy in PRESETS
    ]
    for kind in SLI_TYPES:
        assert keys_of(schema["$defs"][name_of(kind.body)]) == set(kind.body.model_fields)
    assert keys_of(project) == set(ProjectWritten.model_fields)
    named, _ = project["properties"]["targets"]["items"]["anyOf"]
    assert named["enum"] == [target.name for target in TARGETS]


def test_every_key_is_described() -> None:
    """An editor has a line to show for each key of a spec and of slokit.yaml."""
    silent = []
    for schema in (spec_schema(), project_file_schema()):
        for name, part in {"": schema, **schema["$defs"]}.items():
            assert part["description"]
            keys = part["properties"].items()
            silent += [
                f"{name}.{key}" for key, given in keys if not {"description", "$ref"} & set(given)
            ]

    assert silent == []


@pytest.mark.parametrize("kind", SLI_TYPES, ids=lambda kind: kind.name)
def test_the_example_of_each_sli_type_is_valid(kind: Any) -> None:
    """What an editor offers as an example is valid where it is offered."""
    example = {kind.name: yaml.safe_load(kind.example)}
    document = yaml.safe_load(GOOD)
    document["slos"][0]["sli"] = example
    if not kind.has_objective:
        del document["slos"][0]["objective"]

    assert list(SPEC.iter_errors(document)) == []


def is_limit(text: str) -> bool:
    document = yaml.safe_load(GOOD)
    document["slos"][0]["sli"] = {"threshold": {"metric": "m", "at_most": text}}
    return SPEC.is_valid(document)


def is_allowance(text: str) -> bool:
    document = yaml.safe_load(GOOD)
    del document["slos"][0]["objective"]
    rate = {"counter": "c", "counted_by": "one_member", "at_most": text}
    document["slos"][0]["sli"] = {"rate": rate}
    return SPEC.is_valid(document)


def is_window(text: str) -> bool:
    document = yaml.safe_load(GOOD)
    document["slos"][0]["window"] = text
    return SPEC.is_valid(document)


TEXTS = st.text(alphabet="0123456789.+-e %/ywdhmsuµkKMGTPEiB", max_size=9)


@given(text=TEXTS)
def test_what_slokit_can_read_is_valid_text(text: str) -> None:
    """No limit, allowance or duration that slokit reads is underlined."""
    for parse, is_valid in (
        (parse_limit, is_limit),
        (parse_rate, is_allowance),
        (parse_duration, is_window),
    ):
        try:
            parse(text)
        except InvalidTextError:
            continue
        assert is_valid(text), text
