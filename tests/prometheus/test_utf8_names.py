"""Names of metrics and labels in UTF-8: Prometheus 3 loads and counts them, older ones refuse."""

import re
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest
from typer.testing import CliRunner

from slokit import api
from slokit.cli.app import app
from slokit.compiler import names
from tests.support.compile import promtool
from tests.support.compile.compiled import compiled
from tests.support.compile.generated_tests import generated_tests
from tests.support.servers import grafana
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
        objective: 99.999%  # burns fast enough to page within seconds of its first sample
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
        # how bad it is is asked by the labels of the group
        bad = " fail over "
        server.wait_until(lambda: any(bad in page for page in pages(server)), "paging")
        assert all("api/errors http.route=/pay: " in page for page in pages(server))


def pages(server: PrometheusServer) -> list[str]:
    """The summaries of pages on errors."""
    return [
        alert["annotations"]["summary"]
        for alert in server.alerts()
        if (alert["labels"].get("slo"), alert["labels"].get("severity")) == ("errors", "page")
        and alert["labels"]["alertname"] == "SLOBudgetBurn"
    ]


def series(route: str, status: str) -> str:
    labels = f'"service.name"="shop","http.route"="{route}","http.response.status_code"="{status}"'
    return f'{{"http.server.request.duration_count",{labels}}}'


class Shop:
    """A server that scrapes the series of the spec, and what slokit says when it is asked."""

    def __init__(self, directory: Path, exposed: Exposition) -> None:
        self.directory = directory
        self.exposed = exposed
        self.server = PrometheusServer(directory / "server", scrape=[exposed.target])

    def slokit(self, *arguments: str, key: str = "") -> tuple[int, str]:
        """The exit code and the output of a command on a project with this key."""
        directory = self.directory / f"project{len(list(self.directory.iterdir()))}"
        directory.mkdir()
        ran = CliRunner().invoke(app, [*arguments, "--project", str(project(directory, key))])
        return ran.exit_code, ran.output


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """Two routes, one of which fails sometimes; a queue whose server is known by an info metric."""
    with Exposition() as exposed:
        shop = Shop(tmp_path, exposed)
        with shop.server:
            for number in range(1, 4):
                exposed.set_samples(
                    {
                        series("/pay", "200"): 30.0 * number,
                        series("/pay", "500"): 10.0 * number,
                        **bucket_series(40.0 * number),
                        '{"queue.length","service.id"="a","service.name"="shop"}': 3.0,
                        '{"target.info","service.id"="a","cloud.region"="eu",'
                        '"service.name"="shop"}': 1.0,
                    }
                )
                exposed.wait_for_scrapes(1)
            yield shop


def bucket_series(count: float) -> dict[str, float]:
    return {
        f'{{"http.server.request.duration_bucket","service.name"="shop","le"="{bound}"}}': count
        for bound in ("0.5", "+Inf")
    }


def test_check_opens_the_names_where_the_server_reads_them(shop: Shop) -> None:
    """On Prometheus 3 the specs are checked, and a warning names the key; on 2 they are refused."""
    code, said = shop.slokit("check", "--prometheus", shop.server.url)

    if major_version() < 3:
        assert code == 1
        assert "SLK301" in said
        assert "SLK636" not in said
        return
    assert code == 0, said
    assert "SLK301" not in said
    assert "SLK207" not in said
    assert said.count("warning[SLK636") == 1
    assert "set `requires_prometheus: 3` in slokit.yaml" in said


def test_check_finds_what_is_there_and_what_is_not(shop: Shop) -> None:
    """With the key nothing is said about the key; a label that no series has is missed by name."""
    if major_version() < 3:
        return
    server = ("check", "--prometheus", shop.server.url)
    code, said = shop.slokit(*server, key="requires_prometheus: 3\n")
    assert code == 0, said
    assert "SLK636" not in said
    assert "rejects" not in said

    wrong = SPEC.replace("http.route", "http.rout")
    directory = shop.directory / "wrong"
    directory.mkdir()
    file = project(directory, "requires_prometheus: 3\n")
    (directory / "slo-specs" / "api.yaml").write_text(dedent(wrong))
    ran = CliRunner().invoke(app, [*server, "--project", str(file)])
    assert ran.exit_code == 1, ran.output
    assert "http.rout" in ran.output
    assert "http.route" in ran.output


def test_explain_shows_expressions_that_the_server_takes(shop: Shop) -> None:
    """Names stand in quotes in what is explained, and `report` counts the groups by raw history."""
    key = "requires_prometheus: 3\n"
    for slo in ("errors", "renamed", "promql", "latency", "queue"):
        code, said = shop.slokit("explain", f"api/{slo}", key=key)
        assert code == 0, said
    assert '"cloud.region"' in said
    if major_version() < 3:
        return
    server = ("report", "--prometheus", shop.server.url, "--source", "raw", "--format", "json")
    code, said = shop.slokit(*server, key=key)
    assert code == 0, said
    assert "rejects" not in said


def test_diff_names_labels_as_they_are_written(tmp_path: Path) -> None:
    """A change of a group label in UTF-8 breaks history like any other."""
    old, new = (tmp_path / name for name in ("old", "new"))
    for directory, spec in ((old, SPEC), (new, SPEC.replace("cloud.region", "cloud.zone"))):
        directory.mkdir()
        project(directory, "requires_prometheus: 3\n")
        (directory / "slo-specs" / "api.yaml").write_text(dedent(spec))
    ran = CliRunner().invoke(app, ["diff", str(old), str(new)])

    assert ran.exit_code == 0, ran.output
    assert "cloud.region" in ran.output
    assert "cloud.zone" in ran.output


def test_labels_of_replicas_may_be_in_utf8(shop: Shop) -> None:
    """They stand in quotes in what check, report and dashboards ask."""
    key = "requires_prometheus: 3\nprometheus: {replica_labels: [k8s.replica]}\n"
    if major_version() < 3:
        return
    for command in ("check", "report"):
        code, said = shop.slokit(command, "--prometheus", shop.server.url, key=key)
        assert code == 0, said
        assert "rejects" not in said


def test_a_dashboard_lets_one_choose_by_labels_in_quotes(shop: Shop) -> None:
    """Each query is taken by the server, and each variable has a name that Grafana knows.

    Its values are those of a query whose samples have the variable's name as a label.
    """
    directory = shop.directory / "board"
    directory.mkdir()
    key = "requires_prometheus: 3\nprometheus: {replica_labels: [k8s.replica]}\n"
    bundle = api.load(project=str(project(directory, key))).bundle
    executive, *_ = api.compile(bundle, ["dashboards"])
    dashboard = grafana.read(executive.text)
    variables = {v["name"]: v for v in dashboard["templating"]["list"]}

    assert {"http_route", "cloud_region"} <= set(variables)
    assert all(re.fullmatch(r"\w+", name) for name in variables)
    assert variables["http_route"]["label"] == "http.route"
    for query in grafana.queries(dashboard):
        asked = grafana.asked(dashboard, query.expr, {"http_route": "/pay"})
        if '"http.route"=~' in asked:
            assert '"http.route"=~"/pay"' in asked
        if major_version() >= 3:
            shop.server.query(asked)
    text = variables["http_route"]["query"]
    assert (text[:13], text[-1]) == ("query_result(", ")")
    if major_version() >= 3:
        raw = text[13:-1].replace("slokit:total:rate5m{", '{"http.server.request.duration_count",')
        only = re.sub(r'(bundle|service|slo)="?=?~?"?[^",}]*",?', "", raw)
        found = shop.server.query(grafana.asked(dashboard, only, {}))
        assert {sample.labels.get("http_route") for sample in found} >= {"/pay"}
        pattern = variables["http_route"]["regex"].strip("/")
        assert re.findall(pattern, '{http_route="/pay"} 3 1700000000000') == ["/pay"]
