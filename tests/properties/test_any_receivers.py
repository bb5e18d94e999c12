"""Whatever stands below `alertmanager` in slokit.yaml, there are findings or a configuration."""

import json
from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

from slokit.compiler.routing import compile_routing
from slokit.diagnostics.finding import Severity
from slokit.model.bundle import Bundle
from slokit.project.alertmanager import AlertmanagerWritten, EscalationWritten, RouteWritten
from slokit.project.project_file import read_project
from slokit.project.receivers import (
    EmailWritten,
    OpsgenieWritten,
    ReceiverWritten,
    SlackWritten,
    WebhookWritten,
)
from slokit.targets.alertmanager.configuration import configuration
from slokit.targets.alertmanager.operator_object import operator_object
from slokit.targets.rule_yaml import dump
from tests.support.compile.operator_config import refused

MODELS = (
    AlertmanagerWritten,
    EscalationWritten,
    RouteWritten,
    ReceiverWritten,
    EmailWritten,
    OpsgenieWritten,
    SlackWritten,
    WebhookWritten,
)
KEYS = sorted({key for model in MODELS for key in model.model_fields} | {"a", "b", "page", "to"})
TEXTS = st.text(max_size=8) | st.sampled_from(
    ["a", "b", "30m", 'x="y"', "https://a.example.com", "/etc/s/k", "5x", "#c"]
)
ANY = st.recursive(
    TEXTS | st.none(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)
    ),
    max_leaves=20,
)
NAMES = st.sampled_from(["a", "b"])
MATCHES = st.builds(
    lambda label, op, value: f"{label}{op}{json.dumps(value, ensure_ascii=False)}",
    st.sampled_from(["cluster", "zone"]),
    st.sampled_from(["=", "!="]),
    st.text(st.characters(categories=["L", "P", "N"]), max_size=5),
)
SOUND = st.fixed_dictionaries(
    {
        "receivers": st.just({n: {"webhook": {"url": f"https://{n}.example.com"}} for n in "ab"}),
        "default": NAMES,
        "routes": st.lists(
            st.fixed_dictionaries(
                {"page": NAMES | st.just(["b", "a"])},
                optional={
                    "owner": st.text(st.characters(categories=["L", "P", "N"]), min_size=1),
                    "ticket": NAMES,
                    "match": MATCHES,
                    "escalate": st.fixed_dictionaries({"after": st.just("5m"), "to": NAMES}),
                },
            ),
            max_size=3,
        ),
    }
)


@given(ANY | SOUND)
def test_any_value_is_read(value: Any) -> None:
    """No exception; what has no error is written for Alertmanager and for the operator."""
    text = json.dumps({"bundle": "test", "alertmanager": value}, ensure_ascii=False)
    project, findings = read_project("slokit.yaml", text, {})
    if any(finding.level is Severity.ERROR for finding in findings):
        return
    assert project is not None
    routing = compile_routing(Bundle(project, ()))
    if project.alertmanager is not None:
        for data in (configuration(routing), operator_object(routing, "test", None, {})):
            assert yaml.safe_load(dump(data)) == json.loads(json.dumps(data))


@given(SOUND)
def test_what_is_sound_is_taken(value: Any) -> None:
    """Receivers by names, routes by owner and matchers, escalation: the operator takes it."""
    text = json.dumps({"bundle": "test", "alertmanager": value}, ensure_ascii=False)

    project, findings = read_project("slokit.yaml", text, {})

    assert findings == []
    assert project is not None
    routing = compile_routing(Bundle(project, ()))
    assert refused(operator_object(routing, "test", None, {})) == []
