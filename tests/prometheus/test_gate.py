"""Gates on a real Prometheus: canaries by what the ledger counted, logs, and what is refused."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml

from slokit import api
from slokit.cli.output import Exit
from tests.prometheus.recorded_ledger import Ledger
from tests.support.command import Ran
from tests.support.command_here import slokit
from tests.support.history.history import backfill, every, history
from tests.support.servers.prometheus_server import PrometheusServer

DAY = 86_400
AT = 1_767_225_600.0
SETTINGS = """\
bundle: shop
specs: [spec.yaml]
error_budget_policy: [{below: 5%, do: freeze}]
targets:
  - argo-rollouts: {canary_label: version, address: "http://prom:9090", namespace: shop}
  - flagger: {canary_label: version}
"""
SPEC = """\
apiVersion: slokit/v1
service: edge
defaults: {window: 30d, group_by: [version]}
slos:
  - {name: one, objective: 99%, sli: {events: {bad: errors_total, total: requests_total}}}
  - name: whole
    objective: 99%
    group_by: []
    sli: {events: {bad: errors_total, total: requests_total}}
"""
# each ledger window: of version v2 3 % are bad, of v3 as many as of v1, of v4 hardly anything
VERSIONS = {"v1": (1000.0, 2.0), "v2": (400.0, 12.0), "v3": (400.0, 1.0), "v4": (5.0, 0.0)}

pytestmark = pytest.mark.programs("prometheus", "promtool")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SLO that is grouped by version, and one that is not."""
    root = tmp_path_factory.mktemp("project")
    (root / "slokit.yaml").write_text(SETTINGS)
    (root / "spec.yaml").write_text(SPEC)
    return root


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, project: Path) -> Iterator[PrometheusServer]:
    """A Prometheus with a day of four versions."""
    settings = api.load(project=str(project / "slokit.yaml")).bundle.project
    running = PrometheusServer(tmp_path_factory.mktemp("prometheus"))
    found = [
        series
        for version, (total, bad) in VERSIONS.items()
        for series in Ledger(
            settings, AT - DAY, AT, total, bad, labels={"version": version}
        ).series()
    ]
    # what the rules say of the budgets: of v5 there is no history yet, and so no answer
    for version, left in {"v1": 0.8, "v2": 0.02, "v5": -3.0}.items():
        own = {"bundle": "shop", "service": "edge", "slo": "one", "version": version}
        known = {"slokit:budget_remaining:ratio": left}
        known |= {"slokit:history:bool": 1.0} if version != "v5" else {}
        for name, value in known.items():
            labels = {"__name__": name, "window": "30d", **own}
            found.append(history(labels, every(AT - 3600, AT, 300), value))
    backfill(running.data, list({tuple(sorted(s.labels.items())): s for s in found}.values()))
    with running:
        yield running


def _gate(project: Path, server: PrometheusServer, *given: str) -> Ran:
    base = ["gate", "--prometheus", server.url, "--at", str(AT)]
    return slokit(project, *base, *given, environment={"NO_PROXY": "*"})


@pytest.mark.parametrize(
    ("version", "code", "words"),
    [
        ("v2", Exit.BREACHED, "144 bad of 4,800 requests against 24 bad of 12,000 requests"),
        ("v3", Exit.FINE, "12 bad of 4,800 requests against 24 bad of 12,000 requests"),
        ("v4", Exit.UNKNOWN, "0 bad of 60 requests against 24 bad of 12,000 requests"),
        ("v5", Exit.UNKNOWN, "version=v5 has counted nothing yet"),
    ],
)
def test_a_canary_ends_in_its_own_exit_code(
    project: Path, server: PrometheusServer, version: str, code: Exit, words: str
) -> None:
    """Twelve ledger windows of an hour, counted by hand; the SLO without versions is left out."""
    ran = _gate(project, server, "--match", f"version={version}", "--against", "version=v1")
    first, last = ran.out.splitlines()

    assert ran.code == code, ran.err
    assert words in first
    assert last.startswith(f"gate at 2026-01-01T00:00:00Z for version={version} against version=v1")


def test_a_canary_in_json_has_its_counts_and_its_bounds(
    project: Path, server: PrometheusServer
) -> None:
    """For programs, with patterns of labels and another time."""
    given = ["--match", "version=~v2|v9", "--against", 'version="v1"', "--over", "2h"]
    data = json.loads(_gate(project, server, *given, "--format", "json").out)
    (answer,) = data["slos"]

    assert (answer["bad"], answer["total"]) == (288, 9600)
    assert (answer["against_bad"], answer["against_total"]) == (48, 24_000)
    assert 1 < answer["burn_difference_at_least"] < 2.8 < answer["burn_difference_at_most"] < 4
    assert data["gate"] == "closed"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["--match", "version=v2"], "both groups are needed"),
        (["--match", "v2", "--against", "version=v1"], "'v2' is no matcher"),
        (["--match", "version=~(", "--against", "version=v1"], "match: 'version=~(':"),
        (["--match", "pod=a", "--against", "pod=b"], "grouped by pod: they are grouped by version"),
        (["--match", "version=v1", "--against", "version=v1"], "both about version=v1"),
        (["--match", "version=v2", "--against", "version=v1", "--over", "1m"], "two ledger"),
        (["--match", "version=v2", "--against", "version=v1", "--max-worse", "nan"], "above 0"),
        (["--match", "version=v2", "--against", "version=v1", "--confidence", "95"], "95%"),
        (["--match", "version=v2", "--against", "version=v1", "--confidence", "100%"], "between"),
        (["--match", "version=v2", "--against", "version=v1", "--max-burn", "2"], "of their own"),
    ],
)
def test_what_cannot_be_compared_is_wrong_usage(
    project: Path, server: PrometheusServer, given: list[str], words: str
) -> None:
    """One line that says what is wrong, and neither open nor closed."""
    ran = _gate(project, server, *given)

    assert ran.code == Exit.USAGE, ran.err
    assert words in ran.err
    assert len(ran.err.splitlines()) == 1


def test_an_override_is_recorded_and_shown_to_the_next(
    project: Path, server: PrometheusServer, tmp_path: Path
) -> None:
    """Each gate is a line of JSON; the next one says what was overridden, and why."""
    log = tmp_path / "logs" / "gates.jsonl"
    given = ["--match", "version=v2", "--against", "version=v1", "--log", str(log)]
    first = _gate(project, server, *given, "--override", "Fixes\nthe outage")
    log.write_text(log.read_text() + "not of a gate\n[]\n")
    second = _gate(project, server, *given)
    lines = log.read_text().splitlines()

    assert (first.code, second.code) == (Exit.FINE, Exit.BREACHED), first.err + second.err
    assert "overridden before, 2026-01-01T00:00:00Z, closed: Fixes the outage" in second.out
    assert json.loads(lines[0])["override"] == "Fixes the outage"
    assert json.loads(lines[3])["override"] is None


def test_an_override_that_cannot_be_recorded_passes_nothing(
    project: Path, server: PrometheusServer, tmp_path: Path
) -> None:
    """The environment is at fault, in one line."""
    (tmp_path / "taken").write_text("")
    given = ["--match", "version=v2", "--against", "version=v1", "--override", "In vain"]
    ran = _gate(project, server, *given, "--log", str(tmp_path / "taken" / "gates.jsonl"))

    assert ran.code == Exit.ENVIRONMENT
    assert len(ran.err.splitlines()) == 1


def _objects(project: Path) -> dict[str, dict[str, Any]]:
    """What the targets write, by kind and name."""
    loaded = api.load(project=str(project / "slokit.yaml"))
    assert not loaded.errors, loaded.errors
    documents = [
        document
        for artifact in api.compile(loaded.bundle)
        for document in yaml.safe_load_all(artifact.text)
    ]
    return {f"{each['kind']} {each['metadata']['name']}": each for each in documents}


def _asked(server: PrometheusServer, query: str, **values: str) -> list[float]:
    """The answer to a query whose variables are filled in as the controller does."""
    for name, value in values.items():
        query = re.sub(rf"{{{{ ?{name.replace('_', '.')} ?}}}}", value, query)
    promql_parser.parse(query)
    return [sample.value for sample in server.query(query, AT)]


def test_argo_rollouts_is_answered_by_a_real_server(
    project: Path, server: PrometheusServer
) -> None:
    """The burn rates of two versions by hand; too few events have no answer."""
    template = _objects(project)["AnalysisTemplate slokit-shop.edge"]
    queries = {
        metric["name"]: metric["provider"]["prometheus"]["query"]
        for metric in template["spec"]["metrics"]
    }

    def worse(canary: str) -> list[float]:
        return _asked(server, queries["one-canary"], args_canary=canary, args_stable="v1")

    assert list(queries) == ["one-budget", "one-canary", "whole-budget"]
    assert worse("v2") == pytest.approx([(12 / 400 - 2 / 1000) / 0.01])
    assert worse("v3") == pytest.approx([(1 / 400 - 2 / 1000) / 0.01])
    assert worse("v4") == worse("v5") == []
    assert _asked(server, queries["one-budget"]) == pytest.approx([0.02])
    assert _asked(server, queries["whole-budget"]) == []


def test_flagger_is_answered_by_a_real_server(project: Path, server: PrometheusServer) -> None:
    """The same numbers, where the label holds names of workloads."""
    objects = _objects(project)
    canary = objects["MetricTemplate slokit-shop.edge.one.canary"]["spec"]["query"]
    canary = canary.replace("{{ target }}-primary", "v1")
    budget = objects["MetricTemplate slokit-shop.edge.one.budget"]["spec"]["query"]

    assert _asked(server, canary, target="v2") == pytest.approx([2.8])
    assert _asked(server, canary, target="v4") == []
    assert _asked(server, budget) == pytest.approx([0.02])


def test_objects_have_the_fields_of_their_definitions(project: Path) -> None:
    """Those of argoproj.io/v1alpha1 and flagger.app/v1beta1, and what those require."""
    objects = _objects(project)
    template = objects["AnalysisTemplate slokit-shop.edge"]

    assert template["apiVersion"] == "argoproj.io/v1alpha1"
    assert template["metadata"]["namespace"] == "shop"
    assert template["spec"].keys() == {"args", "metrics"}
    assert template["spec"]["args"] == [{"name": "canary"}, {"name": "stable"}]
    for metric in template["spec"]["metrics"]:
        known = {"name", "provider", "successCondition", "failureCondition", "inconclusiveLimit"}
        assert known <= metric.keys() <= known | {"interval", "count"}
        assert metric["provider"].keys() == {"prometheus"}
        assert metric["provider"]["prometheus"].keys() == {"address", "query"}
        assert metric["provider"]["prometheus"]["address"] == "http://prom:9090"
    # below 5 % the policy freezes; both conditions fail where there is no answer
    conditions = [template["spec"]["metrics"][0][f"{n}Condition"] for n in ("success", "failure")]
    assert conditions == [f"len(result) > 0 && result[0] {op} 0.05" for op in (">=", "<")]

    metrics = [each for name, each in objects.items() if name.startswith("MetricTemplate")]
    assert len(metrics) == 3
    for each in metrics:
        assert each["apiVersion"] == "flagger.app/v1beta1"
        assert each["spec"].keys() == {"provider", "query"}
        assert each["spec"]["provider"].keys() == {"type", "address"}
        assert re.fullmatch(r"[a-z0-9.-]{1,253}", each["metadata"]["name"])
