"""Names of metrics and labels in UTF-8: Prometheus 3 loads and counts them, older ones refuse."""

from pathlib import Path
from textwrap import dedent

import pytest

from slokit import api
from slokit.compiler import names
from tests.support.compile import promtool
from tests.support.compile.compiled import compiled
from tests.support.compile.generated_tests import generated_tests
from tests.support.servers.exposition import Exposition
from tests.support.servers.prometheus_server import PrometheusServer, major_version

pytestmark = pytest.mark.programs("prometheus", "promtool")

REQUESTS = '{"http.server.request.duration_count"}'
ERRORS = '{"http.server.request.duration_count","http.response.status_code"=~"5.."}'
SPEC = f"""
    apiVersion: slokit/v1
    service: api
    defaults: {{selector: {{service.name: shop}}}}
    slos:
      - name: errors
        objective: 99.9%
        group_by: ["http.route"]
        sli: {{events: {{bad: '{ERRORS}', total: '{REQUESTS}'}}}}
      - name: renamed
        objective: 99.9%
        group_by: [{{route: http.route}}]
        sli: {{events: {{bad: '{ERRORS}', total: '{REQUESTS}'}}}}
      - name: promql
        objective: 99.9%
        group_by: ["http.route"]
        sli:
          events:
            bad: >-
              sum by ("http.route")
              (rate({{"http.server.request.duration_count","http.response.status_code"=~"5.."}}[$window]))
            total: sum by ($group_by) (rate({REQUESTS}[$window]))
      - name: latency
        objective: 99.9%
        sli:
          latency: {{histogram: '{{"http.server.request.duration"}}', at_most: 0.5, unit: seconds}}
      - name: queue
        objective: 99.9%
        group_by: ["cloud.region"]
        join: {{info: '{{"target.info"}}', by: ["service.id"], labels: ["cloud.region"]}}
        sli: {{threshold: {{metric: '{{"queue.length"}}', at_most: 9, member: ["service.id"]}}}}
"""


def project(directory: Path, key: str) -> Path:
    (directory / "slo-specs").mkdir()
    (directory / "slo-specs" / "api.yaml").write_text(dedent(SPEC))
    (directory / "slokit.yaml").write_text(f"bundle: otel\n{key}")
    return directory / "slokit.yaml"


def test_rules_and_their_tests_are_those_of_prometheus_3(tmp_path: Path) -> None:
    """Prometheus 3 loads the rules, and they pass their own tests; promtool 2.42 refuses them."""
    made = generated_tests(project(tmp_path, "requires_prometheus: 3\n"))
    rules = sorted((tmp_path / names.RULES_DIRECTORY).glob("*.rules.yaml"))

    loaded = promtool.check_rules(rules)

    if major_version() < 3:
        assert not loaded.ok
        assert "in grouping opts, expected label" in loaded.output
        return
    assert loaded.ok, loaded.output
    outcome = promtool.test_rules(made.files)
    assert outcome.ok, outcome.output


def test_without_the_key_each_name_is_a_finding_with_two_ways_out(tmp_path: Path) -> None:
    """At the name: set the key, or have it renamed when it is scraped."""
    errors = api.load(project=str(project(tmp_path, ""))).errors

    assert {finding.code.number for finding in errors} >= {"SLK207", "SLK301"}
    for finding in errors:
        assert "requires_prometheus: 3" in finding.hint
        assert "UnderscoreEscapingWithSuffixes" in finding.hint


def test_a_server_counts_each_route(tmp_path: Path) -> None:
    """One request in four fails on /pay, none on /home, under either name of the label."""
    times = {"interval": "1s", "scrape_interval": "1s", "ledger_window": "10s"}
    made = compiled(tmp_path / "c", SPEC, requires_prometheus=3, **times)
    with (
        Exposition() as exposed,
        PrometheusServer(
            tmp_path / "p",
            rule_files=made.files if major_version() >= 3 else (),
            scrape=[exposed.target],
        ) as server,
    ):
        for number in range(1, 16):
            exposed.set_samples(
                {
                    series("/pay", "200"): 30.0 * number,
                    series("/pay", "500"): 10.0 * number,
                    series("/home", "200"): 20.0 * number,
                }
            )
            exposed.wait_for_scrapes(1)
        if major_version() < 3:
            assert server.value("up") == 0  # nothing of it can be scraped at all
            return
        for slo, label in (
            ("errors", "http.route"),
            ("renamed", "route"),
            ("promql", "http.route"),
        ):
            found = server.query(f'slokit:bad:rate10s{{slo="{slo}"}} / slokit:total:rate10s')
            shares = {sample.labels[label]: sample.value for sample in found}
            assert shares == {"/pay": pytest.approx(0.25), "/home": 0}
        assert server.failures() == 0


def series(route: str, status: str) -> str:
    labels = f'"service.name"="shop","http.route"="{route}","http.response.status_code"="{status}"'
    return f'{{"http.server.request.duration_count",{labels}}}'
