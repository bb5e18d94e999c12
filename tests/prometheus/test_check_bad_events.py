"""`slokit check` finds out whether the selector of bad events ever matched."""

from pathlib import Path

import pytest

from slokit.diagnostics.finding import Severity
from tests.support.compile.live_specs import Checked, check_specs, service, slo
from tests.support.history.live_history import NOW
from tests.support.servers.prometheus_server import PrometheusServer

pytestmark = pytest.mark.programs("prometheus", "promtool")
WEB = "{selector: {job: web}}"


def checked(tmp_path: Path, shop: PrometheusServer, bad: str, total: str) -> Checked:
    sli = f"events: {{bad: '{bad}', total: '{total}'}}"
    return check_specs(tmp_path, shop.url, NOW, service(slo(sli), WEB))


def test_a_selector_that_never_matched_stands_against_the_events(
    tmp_path: Path, shop: PrometheusServer
) -> None:
    """Over a million events without one bad are a reason to ask; the count is in the message."""
    found = checked(tmp_path, shop, 'http_requests_total{code=~"9.."}', "http_requests_total")
    finding = found.only("SLK612")
    assert finding.level is Severity.WARNING
    # 150.5 a second over the two hours that the history holds
    assert "none of 1,083,600 events in 30 days was bad" in finding.message
    assert "is the selector right?" in finding.message
    assert "'code' is '200', '500'" in finding.hint


def test_few_events_without_a_bad_one_are_a_note(tmp_path: Path, shop: PrometheusServer) -> None:
    """Seven events cannot be expected to hold a bad one at 99 %."""
    finding = checked(tmp_path, shop, 'few_total{job=~"w|e"}', "few_total").only("SLK612")
    assert finding.level is Severity.NOTE
    assert "none of 7 events" in finding.message


def test_a_label_that_no_series_has_can_never_match(tmp_path: Path, shop: PrometheusServer) -> None:
    """`status` where the label is `code` is an error: such an SLO is green for ever."""
    found = checked(tmp_path, shop, 'http_requests_total{status=~"5.."}', "http_requests_total")
    finding = found.only("SLK612")
    assert finding.level is Severity.ERROR
    assert finding.hint.startswith("no series has the label 'status'")


def test_a_selector_that_matched_before_is_fine(tmp_path: Path, shop: PrometheusServer) -> None:
    """Errors ten days ago prove the selector right; nothing is said."""
    assert checked(tmp_path, shop, "gone_total", "http_requests_total").numbers() == set()


@pytest.mark.parametrize(
    "name", ["jobs_faild_total", "jobsfailed_total", "Jobs_Failed_total", "jobs_failed"]
)
def test_a_misspelt_bad_metric_is_an_error(
    tmp_path: Path, shop: PrometheusServer, name: str
) -> None:
    """A name that differs by a letter from one that exists is no counter that is not born yet."""
    found = checked(tmp_path, shop, name, "http_requests_total")
    finding = found.only("SLK601")
    assert finding.level is Severity.ERROR
    assert finding.hint == "did you mean 'jobs_failed_total'?"
    assert found.line(finding).startswith(f"events: {{bad: '{name}'")


def test_a_misspelt_bad_metric_among_others_is_an_error(
    tmp_path: Path, shop: PrometheusServer
) -> None:
    """Its events are missed; names of two versions that are alike may both be listed."""
    other = 'http_requests_total{code="500"}'
    for bad, level in (
        (f"[jobs_faild_total, '{other}']", Severity.ERROR),
        ("[jobs_faild_total, jobs_failed_total]", Severity.WARNING),
        (
            f"'sum(rate(jobs_faild_total[$window]) or rate({other}[$window]))'",
            Severity.ERROR,
        ),
    ):
        sli = f"events: {{bad: {bad}, total: http_requests_total}}"
        found = check_specs(tmp_path, shop.url, NOW, service(slo(sli)))
        assert found.only("SLK601").level is level, bad


def test_a_bad_metric_with_a_word_of_its_own_is_a_warning(
    tmp_path: Path, shop: PrometheusServer
) -> None:
    """A counter of errors may not be born yet, whatever its name resembles."""
    found = checked(tmp_path, shop, "http_requests_failed_total", "http_requests_total")
    assert found.only("SLK601").level is Severity.WARNING


@pytest.mark.parametrize(
    ("matcher", "level"),
    [
        ('kind=~"50."', Severity.WARNING),
        ('kind="500"', Severity.WARNING),
        ('kind=~"5.."', Severity.NOTE),
        ('kind="5xx"', Severity.NOTE),
    ],
)
def test_a_value_that_no_other_one_looks_like_is_a_warning(
    tmp_path: Path, shop: PrometheusServer, matcher: str, level: Severity
) -> None:
    """Among 2xx and 4xx a 5xx may come, but no 500; few events change nothing of that."""
    finding = checked(tmp_path, shop, f"proxy_total{{{matcher}}}", "proxy_total").only("SLK612")
    assert finding.level is level
    assert finding.hint.startswith(f"nothing matches {matcher}: 'kind' is '2xx'")
    assert "'4xx'" in finding.hint


def test_without_a_total_the_bad_side_has_no_finding_of_its_own(
    tmp_path: Path, shop: PrometheusServer
) -> None:
    """Where nothing was counted at all, the missing total is the only finding."""
    found = checked(tmp_path, shop, 'http_requests_total{code="9",job="x"}', "totally_wrong")
    assert found.numbers() == {"SLK601"}
