"""Whatever an existing configuration of Alertmanager holds, it is written again as it was."""

from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

from slokit.compiler.routing import RouteNode, Routing
from slokit.diagnostics.finding import Finding, Location
from slokit.model.routing import Alertmanager
from slokit.project.alertmanager_base import read_base
from slokit.promql.selector import Matcher
from slokit.targets.alertmanager.configuration import configuration
from slokit.targets.rule_yaml import dump

ODD = """yes on ~ null 010 0x1f 1e3 1:30 1_000 .5 - = << @x `x` %x &a *a !t | > a,b [x] {}
2026-12-01 'q' "q" \\ é 🚨""".split()
BLANKS = [
    "- a",
    "a: b",
    "a #b",
    "{{ .x }}",
    "a\nb",
    "\na\n\n",
    " a ",
    "\ttab",
    "\x85x",
    "\u2028",
    "\ufeff",
]
TEXTS = st.text(max_size=12) | st.sampled_from(ODD + BLANKS)
SCALARS = TEXTS | st.integers(-(10**9), 10**9) | st.booleans() | st.none()
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text("abc_", min_size=1, max_size=4), inner, max_size=3)
    ),
    max_leaves=12,
)


def with_more(base: str) -> tuple[dict[str, Any] | None, list[Finding]]:
    """The base with a route, written and read again; and what is wrong with it."""
    found, findings = read_base("base.yaml", base, (), Location("slokit.yaml"))
    if found is None:
        return None, findings
    route = RouteNode((Matcher("bundle", "=", "test"),))
    text = dump(configuration(Routing(Alertmanager(base=found), route, ())))
    return yaml.safe_load(text), findings


@given(value=VALUES, is_flow=st.booleans())
def test_every_value_of_a_base_is_read_again(value: Any, is_flow: bool) -> None:
    """In blocks or flows, quoted or plain, with anchors for what stands there twice."""
    base = {
        "global": {"mine": value},
        "route": {"receiver": "a", "mine": value, "routes": [{"receiver": "b", "mine": value}]},
        "receivers": [{"name": "a", "mine": value}, {"name": "b"}],
    }
    text = yaml.safe_dump(base, default_flow_style=is_flow, allow_unicode=True, width=20)
    made, findings = with_more(text)

    assert made is not None, findings
    assert made["route"]["routes"].pop(0) == {"matchers": ['bundle="test"']}
    assert made == yaml.safe_load(text)


@given(st.text(max_size=200) | st.text("abr:{}[]&*!|>'\"#- \n\t<", max_size=200))
def test_any_text_gives_findings_or_a_base(text: str) -> None:
    """No exception, and findings where there is no base."""
    made, findings = with_more(text)

    assert made is not None or findings
