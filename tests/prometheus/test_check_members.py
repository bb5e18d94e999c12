"""`slokit check` asks whether all expected members answer."""

from pathlib import Path

import pytest

from slokit.diagnostics.finding import Severity
from tests.support.compile.live_specs import Checked, check_specs, service, slo
from tests.support.history.live_history import NOW
from tests.support.servers.prometheus_server import PrometheusServer

pytestmark = pytest.mark.programs("prometheus", "promtool")
DB = "{group_by: [cluster], selector: {job: db}}"


def checked(tmp_path: Path, shop: PrometheusServer, expected: str, more: str = "") -> Checked:
    sli = f"""
    threshold:
      metric: pg_lag_seconds
      at_most: 1s
      expected: {expected}
      {more}
    """
    return check_specs(tmp_path, shop.url, NOW, service(slo(sli), DB))


def test_a_member_without_a_sample_is_named(tmp_path: Path, shop: PrometheusServer) -> None:
    """One of three databases exports no lag: it would count as bad for ever."""
    found = checked(tmp_path, shop, "pg_up")
    finding = found.only("SLK618")
    assert finding.level is Severity.WARNING
    assert "1 of 3 expected members have no sample" in finding.message
    assert """{cluster="b",instance="b1"}""" in finding.message
    assert found.line(finding) == "expected: pg_up"


def test_members_that_all_lack_a_sample_are_an_error(
    tmp_path: Path, shop: PrometheusServer
) -> None:
    """Where no expected member answers, the two metrics have nothing to do with each other."""
    finding = checked(tmp_path, shop, "stranger_up").only("SLK618")
    assert finding.level is Severity.ERROR
    assert finding.hint == "do both metrics have the same labels?"


def test_members_that_all_answer_are_fine(tmp_path: Path, shop: PrometheusServer) -> None:
    """Expected members with samples leave nothing to say."""
    found = checked(tmp_path, shop, """'pg_up{cluster="a"}'""")
    assert found.numbers() == set()


def test_a_folded_metric_expects_groups(tmp_path: Path, shop: PrometheusServer) -> None:
    """With a sum, a silent cluster is named, not each of its members."""
    message = checked(tmp_path, shop, "pg_up", "aggregate: sum").only("SLK618").message
    assert message.startswith("1 of 2 expected members")
    assert message.endswith("""{cluster="b"}""")


def test_an_expected_metric_that_does_not_exist_is_a_warning(
    tmp_path: Path, shop: PrometheusServer
) -> None:
    """No member is expected then, and a dead member goes unseen; the rest is measured."""
    found = checked(tmp_path, shop, "pg_upp")
    assert found.only("SLK601").level is Severity.WARNING
    assert found.only("SLK601").hint.startswith("did you mean 'pg_up'")
