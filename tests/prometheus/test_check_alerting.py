"""`slokit check` looks at what alerting reads: causes, maintenance and routes."""

from pathlib import Path

import pytest

from slokit.diagnostics.finding import Severity
from tests.support.compile.live_specs import Checked, check_specs, service, slo
from tests.support.history.live_history import NOW
from tests.support.servers.prometheus_server import PrometheusServer

pytestmark = pytest.mark.programs("prometheus", "promtool")
WEB = "{group_by: [cluster], selector: {job: web}}"
SLI = """events: {bad: 'http_requests_total{code=~"5.."}', total: http_requests_total}"""
RECEIVER = "receivers: {hook: {webhook: {url: http://localhost}}}"


def checked(
    tmp_path: Path, shop: PrometheusServer, expr: str = "", project: str = "", more: str = ""
) -> Checked:
    """The findings on a service with one sound SLO and perhaps a cause alert."""
    spec = service(slo(SLI), WEB)
    if expr:
        cause = f"- {{name: Drift, failure_mode: config-drift, expr: {expr!r}{more}}}"
        spec += f"cause_alerts:\n  {cause}\n"
    return check_specs(tmp_path, shop.url, NOW, spec, project)


@pytest.mark.parametrize(
    "expr",
    [
        "sum by ($group_by) (rate(http_requests_total{$selector}[5m])) > 1e9",
        "http_requests_total > 1e9",
        "sum by (cluster) (rate(http_requests_total[5m] offset 10m)) > 1e9",
    ],
)
def test_a_cause_that_can_fire_has_no_findings(
    tmp_path: Path, shop: PrometheusServer, expr: str
) -> None:
    """No sample of the condition is health, as long as its metrics are there."""
    assert checked(tmp_path, shop, expr).numbers() == set()


def test_a_misspelt_metric_of_a_cause_is_an_error_at_its_condition(
    tmp_path: Path, shop: PrometheusServer
) -> None:
    """It would stay silent for ever."""
    found = checked(tmp_path, shop, "sum by (cluster) (http_request_total) > 1")
    finding = found.only("SLK601")

    assert finding.level is Severity.ERROR
    assert finding.hint == "did you mean 'http_requests_total'?"
    assert "name: Drift" in found.line(finding)


def test_a_metric_of_a_cause_that_never_was_is_a_warning(
    tmp_path: Path, shop: PrometheusServer
) -> None:
    """A counter of what has never happened may be born with it."""
    finding = checked(tmp_path, shop, "sum by (cluster) (corruptions_total) > 0").only("SLK601")

    assert finding.level is Severity.WARNING
    assert finding.message == (
        "the server has no metric 'corruptions_total', and had none within 30 days"
    )


def test_a_label_value_of_a_cause_that_never_was_is_named(
    tmp_path: Path, shop: PrometheusServer
) -> None:
    """With the values that there are."""
    expr = 'sum by (cluster) (pg_up{job="db",cluster="c"}) < 1'
    finding = checked(tmp_path, shop, expr).only("SLK602")

    assert finding.level is Severity.WARNING
    assert finding.hint == """nothing matches cluster="c": 'cluster' is 'a', 'b'"""


def test_a_metric_of_a_cause_that_is_gone_is_a_warning(
    tmp_path: Path, shop: PrometheusServer
) -> None:
    """It was there ten days ago."""
    finding = checked(tmp_path, shop, "sum by (cluster) (gone_total) > 1").only("SLK603")

    assert "gone_total" in finding.message


def test_a_cause_that_waits_for_absence_may_read_nothing(
    tmp_path: Path, shop: PrometheusServer
) -> None:
    """What is absent is what it is about."""
    expr = 'absent(pg_up{cluster="c"}) > 0'

    assert checked(tmp_path, shop, expr, more=", group_by: []").numbers() == set()


def test_a_condition_that_the_server_rejects_is_an_error(
    tmp_path: Path, shop: PrometheusServer
) -> None:
    """In the server's words, at the condition: the rule would fail at every evaluation."""
    expr = "sum by (cluster) (pg_up * on (job) group_left () pg_lag_seconds) > 1"
    found = checked(tmp_path, shop, expr)
    finding = found.only("SLK605")

    assert finding.message.startswith("the server rejects the condition of shop/Drift: ")
    assert "name: Drift" in found.line(finding)


def maintenance(match: str, when: str = "when: {weekdays: [sunday]}") -> str:
    return f"maintenance:\n  - {{name: racks, reason: Moved, match: {match!r}, {when}}}\n"


def route(match: str) -> str:
    return f"alertmanager: {{{RECEIVER}, routes: [{{match: {match!r}, page: hook}}]}}\n"


@pytest.mark.parametrize(
    "project",
    [
        maintenance('cluster="a"'),
        maintenance('cluster=~"a|nowhere"'),
        maintenance('cluster!="a"'),
        maintenance('service="shop"'),
        maintenance('cluster="z"', 'from: "2020-01-01T00:00:00Z", to: "2020-01-02T00:00:00Z"'),
        route('cluster=~"a.*"'),
        route('severity="page"'),
    ],
)
def test_what_matches_a_group_has_no_findings(
    tmp_path: Path, shop: PrometheusServer, project: str
) -> None:
    """Neither has a maintenance that is over, nor one or a route by labels that no group has."""
    assert checked(tmp_path, shop, project=project).numbers() == set()


def test_a_maintenance_of_a_group_that_is_not_there_is_found(
    tmp_path: Path, shop: PrometheusServer
) -> None:
    """At its matchers, with the values of the label."""
    found = checked(tmp_path, shop, project=maintenance('cluster="z"'))
    finding = found.only("SLK646")

    assert finding.level is Severity.WARNING
    assert finding.message == (
        """the maintenance 'racks' is for no group that is there: none has cluster="z\""""
    )
    assert finding.hint == "'cluster' is 'a', 'b'"
    assert "name: racks" in found.line(finding)


def test_a_route_for_a_group_that_is_not_there_is_found(
    tmp_path: Path, shop: PrometheusServer
) -> None:
    """It would lead nobody's alerts to anybody."""
    found = checked(tmp_path, shop, project=route('cluster=~"eu-.*"'))
    finding = found.only("SLK646")

    assert finding.message == (
        """the route is for no group that is there: none has cluster=~"eu-.*\""""
    )
    assert "routes: [{match" in found.line(finding)
