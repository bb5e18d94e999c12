"""Regular expressions are refused where Prometheus refuses their repetitions, and only there."""

from pathlib import Path

import pytest
import yaml

from slokit.promql.faults import find_faults
from tests.support.compile.promtool import check_rules

pytestmark = pytest.mark.programs("promtool")

REFUSED = [
    "a**",
    "a+*",
    "a*+",
    "a??*",
    "a*?*",
    "a{2}{3}",
    "a{2}*",
    "a{1001}",
    "a{2,1001}",
    "(a|b)++",
    "[*+]**",
    r"a\**+",
]
TAKEN = [
    "5..",
    "eu-.*|us-.+",
    "a*?",
    "a+?b{2,3}?",
    "a{1000}",
    "(?i:a*)b?",
    "(?:a*)*",
    "[*+]+[?{]*",
    r"a\*+\?*",
    "[]*]*",
    r"[\]*]+",
    "[[:alpha:]*]+",
    "()?()*",
]


@pytest.mark.parametrize("pattern", [*REFUSED, *TAKEN])
def test_repetitions_are_refused_as_prometheus_refuses_them(pattern: str, tmp_path: Path) -> None:
    """Slokit refuses a rule with the pattern exactly where promtool does."""
    text = pattern.replace("\\", "\\\\")
    expression = f'sum(up{{job=~"{text}"}})'
    rule = {"record": "r", "expr": expression}
    file = tmp_path / "rules.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "g", "rules": [rule]}]}))

    assert check_rules([file]).ok == (pattern in TAKEN)
    assert (find_faults(expression) == []) == (pattern in TAKEN)
