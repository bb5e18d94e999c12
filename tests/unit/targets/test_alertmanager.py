"""What is written for Alertmanager: inert texts, the same bytes, and the operator's form."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from slokit import api
from slokit.api import UsageError
from slokit.targets.alertmanager.receivers import TEXT, TITLE
from tests.support.compile.loaded import loaded
from tests.support.compile.operator_config import refused

SPEC = """
apiVersion: slokit/v1
service: shop
owner: team-shop
defaults: {group_by: [cluster]}
slos:
  - {name: a, objective: 99%, sli: {events: {bad: b, total: t}}}
"""
SECRETS = "/etc/alertmanager/secrets"
RECEIVERS: dict[str, Any] = {
    "pager": {"pagerduty": {"routing_key_file": f"{SECRETS}/pagerduty/shop"}},
    "chat": {"slack": {"api_url_file": f"{SECRETS}/slack/url", "channel": "#shop"}},
    "genie": {
        "opsgenie": {
            "api_key_file": f"{SECRETS}/opsgenie/key",
            "api_url": "https://api.eu.opsgenie.com",
            "team": "sre",
            "priority": "P1",
        }
    },
    "mail": {
        "email": {
            "to": "a@example.com",
            "sender": "b@example.com",
            "smarthost": "mx.example.com:587",
            "auth_username": "slo",
            "auth_password_file": f"{SECRETS}/smtp/password",
            "send_resolved": "false",
        }
    },
    "teams": {"teams": {"webhook_url_file": f"{SECRETS}/teams/url"}},
    "hook": {"webhook": {"url": "https://hook.example.com", "bearer_token_file": f"{SECRETS}/h/t"}},
    "secret-hook": {"webhook": {"url_file": f"{SECRETS}/h/url"}},
}
ROUTES: dict[str, Any] = {
    "receivers": RECEIVERS,
    "default": "hook",
    "routes": [
        {
            "owner": "team-shop",
            "page": ["pager", "genie"],
            "ticket": ["chat", "mail", "teams"],
            "escalate": {"after": "30m", "to": "secret-hook"},
        }
    ],
}
MAINTENANCE = [
    {
        "name": "night",
        "reason": "Backup",
        "when": {
            "weekdays": ["monday:friday"],
            "times": [{"start_time": "02:00", "end_time": "03:30"}],
            "days_of_month": ["1:7", "-1"],
            "months": ["december"],
        },
    },
    {"name": "zoned", "reason": "Patch", "when": {"months": ["may"], "location": "Europe/Berlin"}},
]


def compiled(directory: Path, spec: str = SPEC, **project: Any) -> str:
    """The one file of the target."""
    settings = {"bundle": "test", "targets": ["alertmanager"], "alertmanager": ROUTES, **project}
    (directory / "slo-specs").mkdir(parents=True)
    (directory / "slo-specs" / "shop.yaml").write_text(spec)
    # JSON is YAML, and keeps the order
    (directory / "slokit.yaml").write_text(json.dumps(settings))
    found = api.load(project=str(directory / "slokit.yaml"))
    assert not found.errors, [finding.message for finding in found.errors]
    (artifact,) = api.compile(found.bundle)
    return artifact.text


def written(directory: Path, **project: Any) -> dict[str, Any]:
    """The one file of the target, read again."""
    data: dict[str, Any] = yaml.safe_load(compiled(directory, **project))
    return data


def test_the_same_bytes_for_any_order_of_specs(tmp_path: Path) -> None:
    """Labels of groups stand in the order of their names, whichever SLO has them first."""
    first, second = (
        f"  - {{name: {name}, group_by: [{label}], objective: 99%, "
        "sli: {events: {bad: b, total: t}}}\n"
        for name, label in (("c", "zone"), ("d", "area"))
    )
    one = compiled(tmp_path / "one", SPEC + first + second)

    assert one == compiled(tmp_path / "two", SPEC + second + first)
    assert one.index("- area") < one.index("- zone")


def test_no_secret_and_no_path_of_ours_is_written(tmp_path: Path) -> None:
    """Files of secrets are named as they are; the rest says only what slokit.yaml says."""
    config = written(tmp_path)
    receivers = {each["name"]: each for each in config["receivers"]}

    assert list(receivers) == list(RECEIVERS)
    (mail,) = receivers["mail"]["email_configs"]
    assert mail["auth_password_file"] == f"{SECRETS}/smtp/password"
    assert mail["send_resolved"] is False
    (hook,) = receivers["hook"]["webhook_configs"]
    assert hook["http_config"] == {"authorization": {"credentials_file": f"{SECRETS}/h/t"}}
    assert str(tmp_path) not in str(config)


def test_texts_are_templates_of_annotations(tmp_path: Path) -> None:
    """The summary comes first; what Slack would take for a link or a mention is escaped."""
    receivers = {each["name"]: each for each in written(tmp_path)["receivers"]}
    (page,) = receivers["pager"]["pagerduty_configs"]
    (chat,) = receivers["chat"]["slack_configs"]

    assert page["description"] == TITLE
    assert page["details"] == {"text": TEXT}
    for text in (chat["title"], chat["text"], chat["fallback"]):
        shown = text.count(".summary") + text.count("{{ .Annotations.")
        assert text.count('reReplaceAll "<" "&lt;"') == shown > 0


def test_without_the_key_the_target_is_refused(tmp_path: Path) -> None:
    """Asked for on the command line, it says which key it needs."""
    with pytest.raises(UsageError, match="needs the key `alertmanager:`"):
        api.compile(loaded(tmp_path, SPEC).bundle, ["alertmanager"])


def test_an_object_for_the_operator(tmp_path: Path) -> None:
    """It knows every key; secrets are the ends of files; what it cannot say is left out."""
    options = {"format": "alertmanagerconfig", "namespace": "monitoring", "labels": {"team": "sre"}}
    data = written(tmp_path, targets=[{"alertmanager": options}], maintenance=MAINTENANCE)

    assert refused(data) == []
    assert data["metadata"]["labels"] == {"app.kubernetes.io/managed-by": "slokit", "team": "sre"}
    receivers = {each["name"]: each for each in data["spec"]["receivers"]}
    (page,) = receivers["pager"]["pagerdutyConfigs"]
    assert page["routingKey"] == {"name": "pagerduty", "key": "shop"}
    # an object knows no time zone; the rules are silent in that maintenance all the same
    assert [each["name"] for each in data["spec"]["muteTimeIntervals"]] == ["slokit-test-night"]
    assert "zoned" not in str(data)


def test_what_the_operator_refuses_is_seen() -> None:
    """The oracle itself: names that nothing defines, and days that a short month does not have."""
    days = [{"daysOfMonth": [{"start": 28, "end": -1}]}]
    spec = {
        "route": {"receiver": "a", "routes": [{"receiver": "b", "muteTimeIntervals": ["n"]}]},
        "receivers": [{"name": "a"}, {"name": "a"}],
        "muteTimeIntervals": [{"name": "m", "timeIntervals": days}],
    }
    metadata = {"name": "n", "namespace": "monitoring", "labels": {}}
    api_version = "monitoring.coreos.com/v1alpha1"
    data = {"apiVersion": api_version, "kind": "AlertmanagerConfig", "metadata": metadata}

    assert refused({**data, "spec": spec}) == [
        "receivers are not unique: ['a', 'a']",
        "no receiver 'b'",
        "no time interval 'n'",
        "day -1 is before day 28",
    ]
    assert (
        refused({**data, "spec": {**spec, "route": {"routes": []}}})[0] == "[] should be non-empty"
    )
