"""`slokit check` finds out whether what the specs read exists on the server."""

from pathlib import Path

import pytest

from slokit.diagnostics.finding import Severity
from tests.support.compile.live_specs import Checked, check_specs, service, slo
from tests.support.history.live_history import NOW
from tests.support.servers.prometheus_server import PrometheusServer

pytestmark = pytest.mark.programs("prometheus", "promtool")
WEB = "{group_by: [cluster], selector: {job: web}}"
DB = "{group_by: [cluster], selector: {job: db}}"


def checked(tmp_path: Path, shop: PrometheusServer, sli: str, defaults: str = WEB) -> Checked:
    return check_specs(tmp_path, shop.url, NOW, service(slo(sli), defaults))


def test_a_sound_slo_has_no_findings(tmp_path: Path, shop: PrometheusServer) -> None:
    """Errors and requests that exist under one label set leave nothing to say."""
    sli = """events: {bad: 'http_requests_total{code=~"5.."}', total: http_requests_total}"""
    assert checked(tmp_path, shop, sli).numbers() == set()


def test_a_wrong_metric_name_is_quoted_with_the_nearest_one(
    tmp_path: Path, shop: PrometheusServer
) -> None:
    """A total that never existed is an error at its own line, with the likely name."""
    sli = """
    events:
      good: 'http_requests_total{code="200"}'
      total: http_requests_totl
    """
    found = checked(tmp_path, shop, sli)
    finding = found.only("SLK601")
    assert finding.level is Severity.ERROR
    assert finding.message == (
        "the server has no metric 'http_requests_totl', and had none within 30 days"
    )
    assert finding.hint == "did you mean 'http_requests_total'?"
    assert found.line(finding) == "total: http_requests_totl"


def test_a_metric_that_is_gone_is_a_warning(tmp_path: Path, shop: PrometheusServer) -> None:
    """A metric last seen ten days ago is distinguished from one that never was."""
    found = checked(tmp_path, shop, "events: {good: gone_total, total: http_requests_total}")
    finding = found.only("SLK603")
    assert finding.level is Severity.WARNING
    assert "gone_total" in finding.message
    assert "within 30 days" in finding.message
    assert found.numbers() == {"SLK603"}


def test_a_selector_that_matched_once_differs_from_one_that_never_did(
    tmp_path: Path, shop: PrometheusServer
) -> None:
    """Of a metric that lives on under another job, the old job is gone and a third never was."""
    sli = """events: {good: 'moved_total{job="old"}', total: 'moved_total{job="none"}'}"""
    found = checked(tmp_path, shop, sli)
    assert 'job="old"' in found.only("SLK603").message
    assert 'job="none"' in found.only("SLK602").message


@pytest.mark.parametrize(
    ("selector", "hint"),
    [
        ('job="wbe"', """nothing matches job="wbe": 'job' is 'web'"""),
        ('cod="200"', "no series has the label 'cod': did you mean 'code'?"),
        ('code=~"2.",cluster="a"', """nothing matches code=~"2.": 'code' is '200', '500'"""),
        (
            'code="500",cluster="b"',
            "each matcher matches some series, but no series matches all of them",
        ),
    ],
)
def test_the_matcher_at_fault_is_named(
    tmp_path: Path, shop: PrometheusServer, selector: str, hint: str
) -> None:
    """A selector without series says which of its matchers is wrong and what there is instead."""
    sli = f"events: {{good: 'http_requests_total{{{selector}}}', total: http_requests_total}}"
    finding = checked(tmp_path, shop, sli, "{selector: {job: web}}").only("SLK602")
    assert finding.level is Severity.ERROR
    assert finding.hint == hint


def test_one_of_several_selectors_may_be_missing(tmp_path: Path, shop: PrometheusServer) -> None:
    """In a list, a wrong name is a warning at its own entry: the others still measure."""
    sli = """
    events:
      good:
        - 'http_requests_total{code="200"}'
        - few_totl
      total: http_requests_total
    """
    found = checked(tmp_path, shop, sli, "{selector: {job: web}}")
    finding = found.only("SLK601")
    assert finding.level is Severity.WARNING
    assert found.line(finding) == "- few_totl"


def test_selectors_within_promql_are_looked_up(tmp_path: Path, shop: PrometheusServer) -> None:
    """A wrong name in an expression that gives nothing is an error at the expression."""
    sli = """
    threshold:
      metric: pg_lag_secnds{$selector} - 1
      unit: seconds
      at_most: 1s
    """
    found = checked(tmp_path, shop, sli, DB)
    finding = found.only("SLK601")
    assert finding.level is Severity.ERROR
    assert finding.hint == "did you mean 'pg_lag_seconds'?"
    assert found.line(finding) == "metric: pg_lag_secnds{$selector} - 1"


def test_a_metric_that_an_expression_can_do_without_is_a_warning(
    tmp_path: Path, shop: PrometheusServer
) -> None:
    """An expression that still gives samples is no error, but its wrong name is shown."""
    sli = """
    threshold:
      metric: pg_lag_seconds{$selector} or pg_lagg
      unit: seconds
      at_most: 1s
    """
    assert checked(tmp_path, shop, sli, DB).only("SLK601").level is Severity.WARNING


def test_an_expression_of_existing_metrics_may_still_be_empty(
    tmp_path: Path, shop: PrometheusServer
) -> None:
    """Two metrics whose labels never meet give nothing, which is an error."""
    sli = """
    threshold:
      metric: pg_lag_seconds and on (cluster, instance) stranger_up
      unit: seconds
      at_most: 1s
    """
    found = checked(tmp_path, shop, sli, DB)
    assert found.only("SLK604").level is Severity.ERROR
    assert found.numbers() == {"SLK604"}


def test_an_empty_expression_may_look_back_too_far(tmp_path: Path, shop: PrometheusServer) -> None:
    """On a young server the hint speaks of what `offset` needs."""
    sli = """
    threshold:
      metric: pg_lag_seconds - pg_lag_seconds offset 500d
      unit: seconds
      at_most: 1s
    """
    assert "`offset`" in checked(tmp_path, shop, sli, DB).only("SLK604").hint


def test_an_expression_that_prometheus_rejects_hides_no_other(
    tmp_path: Path, shop: PrometheusServer
) -> None:
    """Of two SLOs, the rejected one is shown in the server's words and the other is checked."""
    slos = [
        slo(
            """
            threshold:
              metric: pg_lag_seconds * on (job) group_left () pg_up
              unit: seconds
              at_most: 1s
            """
        ),
        slo("threshold: {metric: pg_lag_secnds, at_most: 1}").replace("one", "two"),
    ]
    found = check_specs(tmp_path, shop.url, NOW, service("\n".join(slos), DB))
    rejected = found.only("SLK605")
    assert rejected.level is Severity.ERROR
    assert "duplicate series for the match group" in rejected.message
    assert "slokit_query" not in rejected.message
    assert "pg_lag_secnds" in found.only("SLK601").message


def test_series_that_collide_are_an_error_at_their_side(
    tmp_path: Path, shop: PrometheusServer
) -> None:
    """The rules would fail at each evaluation; the finding names the SLO and the way out."""
    sli = """
    events:
      bad: 'label_replace(rate(crowd_total{job="web"}[$window]), "user", "", "", "")'
      total: http_requests_total
    """
    found = checked(tmp_path, shop, sli, "{selector: {job: web}}")
    finding = found.only("SLK605")
    assert finding.level is Severity.ERROR
    assert "of shop/one" in finding.message
    assert "vector cannot contain metrics with the same labelset" in finding.message
    assert "write a list" in finding.hint
    assert found.line(finding).startswith("bad: 'label_replace(")
    assert not any("got no answer" in note.message for note in found.of("SLK621"))


def test_a_pattern_that_stands_for_names_is_as_good_as_a_list(
    tmp_path: Path, shop: PrometheusServer
) -> None:
    """rate() drops the name, and two counters with equal labels do not collide all the same."""
    sli = """
    events:
      bad: '{__name__=~"jobs_failed_total|jobs_lost_total"}'
      total: http_requests_total
    """
    assert checked(tmp_path, shop, sli, "{selector: {job: web}}").numbers() == set()


def test_of_a_pattern_one_metric_is_enough(tmp_path: Path, shop: PrometheusServer) -> None:
    """It stands for the names of several versions; a list names what must all be there."""
    sli = """
    events:
      bad: '{__name__=~"jobs_lost(_total)?"}'
      total: 'http_requests_total'
    """
    assert checked(tmp_path, shop, sli, "{selector: {job: web}}").numbers() == set()


def test_a_pattern_without_any_metric_is_found_at_its_place(
    tmp_path: Path, shop: PrometheusServer
) -> None:
    """Each name that it stands for, at the pattern within the list."""
    sli = """
    events:
      bad:
        - jobs_failed_total
        - '{__name__=~"jobs_(gone|flown)_total"}'
      total: http_requests_total
    """
    found = checked(tmp_path, shop, sli, "{selector: {job: web}}")
    assert ["'jobs_" in finding.message for finding in found.of("SLK601")] == [True, True]
    assert {found.line(finding)[:14] for finding in found.of("SLK601")} == {"- '{__name__=~"}


def test_a_pattern_on_the_name_of_gauges_is_evaluated_by_the_rules(
    tmp_path: Path, shop: PrometheusServer
) -> None:
    """A rejected query fails no SLO whose rules work: the note names the SLO that it was about."""
    sli = """
    threshold:
      metric: '{__name__=~"pg_up|pg_answer.*"}'
      unit: x
      aggregate: min
      at_least: 1
    """
    found = checked(tmp_path, shop, sli, DB)
    assert not found.of("SLK605")
    note = next(f for f in found.of("SLK621") if "same labelset" in f.message)
    assert note.message.startswith("1 query about shop/one got no answer")


def test_odd_label_values_are_quoted(tmp_path: Path, shop: PrometheusServer) -> None:
    """Quotes, backslashes and braces in a matcher reach the server as they were written."""
    defaults = r"""{group_by: [cluster], selector: {job: 'say "hi" \ {}'}}"""
    found = checked(tmp_path, shop, "events: {bad: odd_errors_total, total: odd_total}", defaults)
    assert found.numbers() == {"SLK611"}
    assert r'{cluster="say \"hi\" \\ {}"}' in found.only("SLK611").message


def test_an_ignore_comment_silences_a_live_finding(tmp_path: Path, shop: PrometheusServer) -> None:
    """The comment counts here, and is not unused where no server is asked."""
    text = slo("events: {good: gone_total, total: http_requests_total}") + (
        "  # slokit: ignore[SLK603] comes back in spring"
    )
    found = check_specs(tmp_path, shop.url, NOW, service(text, WEB))
    assert found.numbers() == set()


def test_absent_may_look_for_what_is_not_there(tmp_path: Path, shop: PrometheusServer) -> None:
    """A metric inside absent() is missing when all is well."""
    metric = "pg_up and on () absent(split_brain_detected)"
    sli = f"threshold: {{metric: '{metric}', unit: x, at_least: 1}}"
    assert checked(tmp_path, shop, sli, "{group_by: []}").numbers() == set()


def test_a_server_without_any_metric_has_a_note_of_its_own(tmp_path: Path) -> None:
    """Fifty missing metrics have one cause when nothing is there: a wrong server or tenant."""
    with PrometheusServer(tmp_path / "server") as server:
        text = service(slo("events: {good: good_total, total: total_total}"))
        found = check_specs(tmp_path, server.url, NOW, text)
    assert "no metric at all" in found.only("SLK621").message
    assert len(found.of("SLK601")) == 2
