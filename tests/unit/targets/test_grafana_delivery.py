"""Dashboards as Kubernetes objects and by a provisioning file, and what slokit.yaml adds."""

import json
import re
from pathlib import Path
from typing import Any

import yaml

from slokit import api
from tests.support.servers import grafana
from tests.unit.dashboards.bundles import bundle_of


def _made(directory: Path, **options: Any) -> dict[str, str]:
    bundle = bundle_of(directory, targets=[{"dashboards": options}])
    return {artifact.path: artifact.text for artifact in api.compile(bundle)}


def test_objects_hold_the_very_json_of_the_files(tmp_path: Path) -> None:
    """A ConfigMap for the sidecar and a GrafanaDashboard for the operator, one a dashboard each."""
    kinds = ["ConfigMap", "GrafanaDashboard"]
    made = _made(tmp_path, objects=kinds, namespace="monitoring", labels={"team": "sre"})
    text = made["dashboards/test.on-call.json"]
    config_map = yaml.safe_load(made["kubernetes/test.on-call.configmap.yaml"])
    dashboard = yaml.safe_load(made["kubernetes/test.on-call.grafanadashboard.yaml"])

    assert config_map["data"] == {"test.on-call.json": text}
    assert config_map["metadata"] == {
        "name": "slokit-test-on-call",
        "namespace": "monitoring",
        "labels": {"grafana_dashboard": "1", "team": "sre"},
    }
    assert dashboard["kind"] == "GrafanaDashboard"
    assert dashboard["spec"]["json"] == text
    objects = [yaml.safe_load(text) for path, text in made.items() if path.startswith("kubernetes")]
    called = {(one["kind"], one["metadata"]["name"]) for one in objects}
    assert ("ConfigMap", "slokit-test-one-slo-api") in called
    assert all(re.fullmatch(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", name) for _, name in called)
    assert len(called) == len(objects)
    assert len(made) == 3 * len([path for path in made if path.endswith(".json")])


def test_a_provisioning_file_names_the_folder(tmp_path: Path) -> None:
    """It has one provider, which reads files."""
    made = _made(tmp_path, provisioning=True, folder="SLOs")
    (provider,) = yaml.safe_load(made["dashboards/test.provisioning.yaml"])["providers"]

    assert (provider["folder"], provider["type"]) == ("SLOs", "file")


def test_events_links_and_logs_are_the_bundles_own(tmp_path: Path) -> None:
    """What slokit.yaml says stands in place of the defaults, with the service's name."""
    event = {"name": "Rollouts", "query": "changes(rollout_total[5m]) > 0", "text": "{{job}}"}
    logs = "https://logs.example.com/?q={service}"
    made = _made(tmp_path, events=[event], logs=logs, loki="loki-uid")
    dashboard = json.loads(made["dashboards/test.debug.api.json"])
    (marked,) = dashboard["annotations"]["list"]
    (panel,) = (p for p in grafana.panels(dashboard) if p["type"] == "logs")

    assert (marked["name"], marked["expr"]) == ("Rollouts", event["query"])
    assert "https://logs.example.com/?q=api" in [link.get("url") for link in dashboard["links"]]
    assert panel["targets"][0]["expr"] == '{service_name="api"}'
    assert panel["datasource"] == {"type": "loki", "uid": "loki-uid"}
