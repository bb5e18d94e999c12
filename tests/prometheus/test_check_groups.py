"""`slokit check` looks at labels, at joins and at the groups that both sides make."""

from pathlib import Path

import pytest

from slokit.diagnostics.finding import Severity
from tests.support.compile.live_specs import Checked, check_specs, service, slo
from tests.support.history.live_history import MANY, NOW
from tests.support.servers.prometheus_server import PrometheusServer

pytestmark = pytest.mark.programs("prometheus", "promtool")
BY_CLUSTER = "{group_by: [cluster], selector: {job: web}}"
REQUESTS = """events: {bad: 'http_requests_total{code=~"5.."}', total: http_requests_total}"""
JOINED = "rate: {counter: joined_total, counted_by: one_member, at_most: 1/h}"


def checked(
    tmp_path: Path, shop: PrometheusServer, sli: str, defaults: str = BY_CLUSTER
) -> Checked:
    more = "" if sli.startswith("rate") else "objective: 99%"
    return check_specs(tmp_path, shop.url, NOW, service(slo(sli, more), defaults))


def test_a_group_label_that_no_series_has_is_an_error(
    tmp_path: Path, shop: PrometheusServer
) -> None:
    """The finding stands where group_by is written and names the nearest label."""
    found = checked(tmp_path, shop, REQUESTS, "{group_by: [custer], selector: {job: web}}")
    finding = found.only("SLK606")
    assert finding.level is Severity.ERROR
    assert "'http_requests_total' has the label 'custer'" in finding.message
    assert finding.hint == "did you mean 'cluster'?"
    assert found.line(finding).startswith("defaults: {group_by:")


def test_the_source_of_a_renamed_label_is_what_must_exist(
    tmp_path: Path, shop: PrometheusServer
) -> None:
    """`{where: cluster}` asks the series for cluster, and finds it."""
    found = checked(tmp_path, shop, REQUESTS, "{group_by: [{where: cluster}]}")
    assert found.numbers() == set()
    found = checked(tmp_path, shop, REQUESTS, "{group_by: [{cluster: where}]}")
    assert "the label 'where'" in found.only("SLK606").message


def test_a_label_on_some_series_only_is_a_warning(tmp_path: Path, shop: PrometheusServer) -> None:
    """Series without the label fall into a group without a name."""
    sli = "events: {good: half_labelled_total, total: half_labelled_total}"
    finding = checked(tmp_path, shop, sli).only("SLK606")
    assert finding.level is Severity.WARNING
    assert finding.message.startswith("some series of 'half_labelled_total' lack")


def test_sides_without_a_group_in_common(tmp_path: Path, shop: PrometheusServer) -> None:
    """Errors of cluster z alone say nothing about requests of a and b."""
    sli = "events: {bad: stray_errors_total, total: http_requests_total}"
    finding = checked(tmp_path, shop, sli).only("SLK611")
    assert finding.level is Severity.WARNING
    assert '{cluster="z"} against {cluster="a"}, {cluster="b"}' in finding.message


def test_a_total_whose_group_has_no_good_events(tmp_path: Path, shop: PrometheusServer) -> None:
    """Cluster b has requests but no good ones: everything there counts as bad."""
    sli = "events: {good: good_total, total: http_requests_total}"
    message = checked(tmp_path, shop, sli).only("SLK611").message
    assert message == """'total' has groups that 'good' lacks: {cluster="b"}"""


def test_clusters_without_errors_are_fine(tmp_path: Path, shop: PrometheusServer) -> None:
    """Cluster b never failed; a bad side need not have every group of the total."""
    assert checked(tmp_path, shop, REQUESTS).numbers() == set()


def test_a_ratio_needs_both_gauges(tmp_path: Path, shop: PrometheusServer) -> None:
    """Memory used is not exported in cluster b, so the ratio is blind there."""
    sli = """
    threshold:
      ratio: {of: pg_memory_used_bytes, to: pg_memory_max_bytes}
      at_most: 80%
    """
    found = checked(tmp_path, shop, sli, "{group_by: [cluster], selector: {job: db}}")
    assert """'ratio.of' lacks: {cluster="b"}""" in found.only("SLK611").message


def test_more_groups_than_are_good_for_anybody(tmp_path: Path, shop: PrometheusServer) -> None:
    """Grouping by user makes 1,200 budgets; the exact number is shown where group_by stands."""
    sli = "rate: {counter: crowd_total, counted_by: one_member, at_most: 1/h}"
    defaults = "{group_by: [user], selector: {job: web}}"
    finding = checked(tmp_path, shop, sli, defaults).only("SLK613")
    assert finding.level is Severity.WARNING
    assert f"{MANY:,} groups" in finding.message


def join(info: str, labels: str = "region") -> str:
    return (
        f"{{group_by: [{labels}], selector: {{job: web}},"
        f" join: {{info: {info}, by: [instance], labels: [{labels}]}}}}"
    )


def test_a_join_that_drops_series_is_a_warning(tmp_path: Path, shop: PrometheusServer) -> None:
    """One of three instances is not in the info metric, so its events count nowhere."""
    finding = checked(tmp_path, shop, JOINED, join("web_info")).only("SLK607")
    assert finding.level is Severity.WARNING
    assert "drops 1 of 3 of 'joined_total' by (instance)" in finding.message


def test_a_join_that_drops_everything_is_an_error(tmp_path: Path, shop: PrometheusServer) -> None:
    """An info metric about other instances leaves nothing to measure."""
    defaults = (
        "{group_by: [cluster], join: {info: pg_up, by: [instance], labels: [cluster]},"
        " selector: {}}"
    )
    finding = checked(tmp_path, shop, JOINED, defaults).only("SLK607")
    assert finding.level is Severity.ERROR
    assert "drops all of 'joined_total'" in finding.message


def test_an_ambiguous_info_metric_is_an_error(tmp_path: Path, shop: PrometheusServer) -> None:
    """Two regions for one instance would make the rules fail; nothing else is hidden by it."""
    found = checked(tmp_path, shop, JOINED, join("torn_info"))
    finding = found.only("SLK608")
    assert finding.level is Severity.ERROR
    assert """more than one value of (region) for {instance="i0"}""" in finding.message
    assert not found.of("SLK605")


def test_an_info_metric_that_lacks_the_label_or_does_not_exist(
    tmp_path: Path, shop: PrometheusServer
) -> None:
    """Both are errors where the join is written."""
    found = checked(tmp_path, shop, JOINED, join("web_info", "zone"))
    assert "'web_info' has the label 'zone', which the join adds" in found.only("SLK606").message
    found = checked(tmp_path, shop, JOINED, join("wb_info"))
    finding = found.only("SLK601")
    assert "'web_info'" in finding.hint
    assert found.line(finding).startswith("defaults:")
