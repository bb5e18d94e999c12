"""The harness of a real Prometheus: queries, rules, restarts and refusals."""

from pathlib import Path

import pytest
import yaml

from tests.support.history.samples import Sample
from tests.support.servers.prometheus_server import PrometheusServer, QueryFailedError

pytestmark = pytest.mark.programs("prometheus")


def write_rule(path: Path, expr: str) -> None:
    rule = {"record": "answer", "expr": expr}
    path.write_text(yaml.safe_dump({"groups": [{"name": "g", "rules": [rule]}]}))


def test_a_server_answers_queries_at_a_given_time(tmp_path: Path) -> None:
    """A query at a time is answered with that time and a float."""
    with PrometheusServer(tmp_path) as server:
        assert server.query("vector(1) * 2", at=1000) == [Sample({}, 2.0, 1000.0)]
        assert server.query_range("time()", 60, 120, 30)[0].points == (
            (60, 60),
            (90, 90),
            (120, 120),
        )


def test_a_reload_takes_new_rules_and_reports_bad_ones(tmp_path: Path) -> None:
    """A changed rule file is used after a reload; one that does not parse is refused aloud."""
    rules = tmp_path / "rules.yml"
    write_rule(rules, "vector(1)")
    with PrometheusServer(tmp_path, rule_files=[rules]) as server:
        server.wait_for("answer == 1")
        write_rule(rules, "vector(2)")
        server.reload()
        server.wait_for("answer == 2")
        write_rule(rules, "vector(")

        with pytest.raises(QueryFailedError, match=r"rules\.yml|reload"):
            server.reload()


def test_failing_rules_are_counted(tmp_path: Path) -> None:
    """A rule that joins many to many at run time shows in the failure counter."""
    rules = tmp_path / "rules.yml"
    two = '(label_replace(vector(1), "a", "1", "", "") or vector(1))'
    write_rule(rules, f"{two} + on () {two}")
    with PrometheusServer(tmp_path, rule_files=[rules]) as server:
        server.wait_until(lambda: server.failures() > 0, "failed to evaluate a rule")

        assert [rule["name"] for rule in server.rules()] == ["answer"]


def test_data_survives_a_restart(tmp_path: Path) -> None:
    """A sample recorded before a restart is still answered after it."""
    rules = tmp_path / "rules.yml"
    write_rule(rules, "vector(7)")
    with PrometheusServer(tmp_path, rule_files=[rules]) as server:
        before = server.wait_for("answer")[0]
        server.restart()

        assert server.value("answer", at=before.at) == 7


def test_a_refused_query_is_an_error_with_the_servers_words(tmp_path: Path) -> None:
    """A query that does not parse raises with the parse error."""
    with PrometheusServer(tmp_path) as server, pytest.raises(QueryFailedError, match="parse error"):
        server.query("up{")
