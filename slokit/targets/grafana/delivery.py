"""The ways in which dashboards reach Grafana beside plain files.

Kubernetes objects for Grafana's sidecar or for the Grafana operator, and the file that makes a
Grafana read a folder. Each holds the very JSON of ``dashboards/``.
"""

from collections.abc import Mapping
from typing import Any

from slokit.compiler import names
from slokit.targets.base import Artifact
from slokit.targets.rule_yaml import dump

FOLDER = "/var/lib/grafana/dashboards/slokit"


def config_map(made: Artifact, name: str, meta: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the sidecar of Grafana's Helm chart looks for, by its label."""
    labels = {"grafana_dashboard": "1", **meta.get("labels", {})}
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, **meta, "labels": labels},
        "data": {made.path.rpartition("/")[2]: made.text},
    }


def grafana_dashboard(made: Artifact, name: str, meta: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the Grafana operator gives to each Grafana with the label ``dashboards: grafana``."""
    selector = {"matchLabels": {"dashboards": "grafana"}}
    return {
        "apiVersion": "grafana.integreatly.org/v1beta1",
        "kind": "GrafanaDashboard",
        "metadata": {"name": name, **meta},
        "spec": {"instanceSelector": selector, "json": made.text},
    }


KINDS = {"ConfigMap": config_map, "GrafanaDashboard": grafana_dashboard}


def as_object(made: Artifact, kind: str, source: str, meta: Mapping[str, Any]) -> Artifact:
    """A dashboard as a Kubernetes object of a kind."""
    stem = made.path.rpartition("/")[2].removesuffix(".json")
    # not the uid, which may hold what no object of Kubernetes is called
    text = dump(KINDS[kind](made, f"slokit-{stem.replace('.', '-')}", meta))
    return Artifact(names.operator_file(stem, kind=kind), f"# {source}\n{text}", made.services)


def provisioning(bundle: str, source: str, folder: str) -> Artifact:
    """What belongs below ``provisioning/dashboards/`` of Grafana's configuration."""
    provider = {
        "name": f"slokit-{bundle}",
        "folder": folder,
        "type": "file",
        "updateIntervalSeconds": 60,
        "options": {"path": FOLDER},
    }
    text = dump({"apiVersion": 1, "providers": [provider]})
    return Artifact(names.provisioning_file(bundle), f"# {source}\n{text}")
