"""A replay reads the values that promtool's own evaluation got."""

import math
from pathlib import Path

import pytest
import yaml

from tests.support.compile.promtool import check_rules
from tests.support.history.replay_output import ReplayFailedError
from tests.support.history.rule_replay import RuleReplay

pytestmark = pytest.mark.programs("promtool")

ODD = 'a"b\\c, d} 3'


def rule_file(directory: Path) -> Path:
    path = directory / "some.rules.yaml"
    hot = {
        "alert": "Hot",
        "expr": "m:double > 4",
        "labels": {"severity": "page"},
        "annotations": {"summary": "two\nlines, {{ $value }}]", "odd": ODD},
    }
    fast = {"name": "fast", "rules": [{"record": "m:double", "expr": "m * 2"}, hot]}
    slow = {"name": "a", "interval": "5m", "rules": [{"record": "slow", "expr": "sum(m)"}]}
    path.write_text(yaml.safe_dump({"groups": [fast, slow]}))
    return path


@pytest.fixture
def replay(tmp_path: Path) -> RuleReplay:
    series = {'m{i="1",odd="a\\"b\\\\c, d} 3"}': "0+1x40", 'm{i="2"}': "0 1 2 _x10"}
    return RuleReplay(tmp_path / "replay", [rule_file(tmp_path)], series, interval="1m")


def test_values_and_labels_are_read_back(replay: RuleReplay) -> None:
    """Every sample comes back with all its labels, odd characters included."""
    samples = replay.samples("m:double", "2m")

    assert [sample.labels.get("odd") for sample in samples] == [ODD, None]
    assert [sample.value for sample in samples] == [4.0, 4.0]


def test_many_questions_are_answered_in_one_run(replay: RuleReplay) -> None:
    """Values at several moments, None where there is no sample, infinities and NaN."""
    assert replay.values('m:double{i="2"}', "1m", "2m", "20m") == [2.0, 4.0, None]
    assert replay.value("sum(m) / 0", "1m") == math.inf
    assert math.isnan(replay.value("scalar(nothing)", "1m"))


def test_slow_groups_keep_their_interval(replay: RuleReplay) -> None:
    """A 5m group records every five minutes although promtool evaluates it every 30 s."""
    assert replay.value("count_over_time(slow[19m])", "20m") == 4
    replay.keep_group_intervals = False

    assert replay.ask("1", "0s").value("count_over_time(slow[19m])", "20m") == 39


def test_alerts_come_with_labels_and_annotations(replay: RuleReplay) -> None:
    """Firing alerts are read with every label and annotation; silence is an empty list."""
    replay.ask_alerts("Hot", "1m", "4m")

    (fired,) = [a for a in replay.alerts("Hot", "4m") if a.labels["i"] == "1"]
    assert fired.labels == {"alertname": "Hot", "severity": "page", "i": "1", "odd": ODD}
    assert fired.annotations == {"summary": "two\nlines, 8]", "odd": ODD}
    assert replay.alerts("Hot", "1m") == []


def test_a_refused_expression_fails_with_the_reason(replay: RuleReplay) -> None:
    """An expression that fails at run time raises with promtool's words."""
    with pytest.raises(ReplayFailedError, match="many-to-many"):
        replay.samples("m + on () m", "1m")


def test_check_rules_reports_duplicates(tmp_path: Path) -> None:
    """Promtool's lint is fatal here: two equal rules are refused, sound ones pass."""
    sound = rule_file(tmp_path)
    twice = tmp_path / "twice.rules.yaml"
    rule = {"record": "m:double", "expr": "m * 2"}
    twice.write_text(yaml.safe_dump({"groups": [{"name": "g", "rules": [rule, rule]}]}))

    assert check_rules([sound]).ok
    assert "duplicate" in check_rules([twice]).output
    assert not check_rules([twice]).ok
