"""Several observers of one thing count once, and an exporter that moves takes nothing with it."""

import pytest

from tests.conftest import require_programs
from tests.prometheus.ledger_cases import Case, Ledgers

pytestmark = pytest.mark.programs("promtool")

RESTARTS = "kube_pod_container_status_restarts_total"
AVAILABLE = "kube_deployment_status_replicas_available"
MISSING = "kube_deployment_status_replicas_unavailable"
SEEN_LATE = "kube_pod_restarts_total"
STARTED = "kube_pod_start_time"
OBSERVERS = ("10.0.0.1:8080", "10.0.0.2:8080")
DEDUPLICATE = {"deduplicate": ["instance"]}


def series() -> dict[str, str]:
    """Two exporters that see the same five pods and a deployment; and one that moves."""
    found = {}
    for instance in OBSERVERS:
        for pod in range(5):
            # pod 0 restarts at minute 18
            values = "0x35 1x60" if pod == 0 else "0x95"
            found[f'{RESTARTS}{{namespace="a",pod="p{pod}",instance="{instance}"}}'] = values
        found[f'{AVAILABLE}{{namespace="a",instance="{instance}"}}'] = "2x95"
    # the second exporter is scraped when the evaluation at minute 18 is over
    found[f'{SEEN_LATE}{{namespace="a",instance="{OBSERVERS[0]}"}}'] = "0x35 1x60"
    found[f'{SEEN_LATE}{{namespace="a",instance="{OBSERVERS[1]}"}}'] = "0x36 1x59"
    # restarted at minute 18 as well, which an observer sees that is away from minute 15 to 30
    started = f'{STARTED}{{namespace="a",pod="p0",instance='
    found[f'{started}"{OBSERVERS[0]}"}}'] = "5x35 6x60"
    found[f'{started}"{OBSERVERS[1]}"}}'] = "5x29 stale _x29 6x35"
    moved = f'{MISSING}{{namespace="a",deployment="d",instance='
    found[f'{moved}"{OBSERVERS[0]}"}}'] = "0x19 stale"
    found[f'{moved}"{OBSERVERS[1]}"}}'] = "_x19 0x75"
    return found


SUM = f"threshold: {{metric: {AVAILABLE}, aggregate: sum, at_least: 3}}"
LATE = f"{{counter: {SEEN_LATE}, counted_by: one_member, at_most: 10/d}}"
ONE_MEMBER = f"rate: {{counter: {RESTARTS}, counted_by: one_member, at_most: 10/d}}"
CHANGES = f"rate: {{changes: {STARTED}, member: [pod], at_most: 10/d}}"
REMEMBER = f"threshold: {{metric: {MISSING}, at_most: 0, remember: 1h"
# one restart within the five minutes of the ledger window
ONE, TWO = 1 / 300, 2 / 300
CASES = [
    Case("restarts-twice", ONE_MEMBER, f"a={TWO}/1"),
    Case("restarts", ONE_MEMBER, f"a={ONE}/1", DEDUPLICATE),
    Case("restarts-by-rate", ONE_MEMBER, "a=0/1", DEDUPLICATE | {"counting": "rate"}, at="40m"),
    *(
        Case(f"late-{at}", f"rate: {LATE}", f"a={row}/1", DEDUPLICATE, at=at)
        for at, row in {"18m": ONE, "18m30s": ONE, "22m30s": ONE, "23m": 0, "23m30s": 0}.items()
    ),
    Case(
        "late-bad-23m",
        f"events: {{bad: {SEEN_LATE}, total: {RESTARTS}}}",
        "a=0/0",
        DEDUPLICATE,
        at="23m",
    ),
    Case("starts", CHANGES, f"a={ONE}/1", DEDUPLICATE),
    Case("starts-again", CHANGES, "a=0/1", DEDUPLICATE, at="33m"),
    Case("replicas-twice", SUM, "a=0/1"),
    Case("replicas", SUM, "a=1/1", DEDUPLICATE),
    Case("moved-instance", f"{REMEMBER}}}", "a=1/1"),
    Case("moved", f"{REMEMBER}, member: [deployment]}}", "a=0/1"),
    Case("moved-once", f"{REMEMBER}, member: [deployment]}}", "a=0/1", DEDUPLICATE),
]


@pytest.fixture(scope="module")
def ledgers(tmp_path_factory: pytest.TempPathFactory) -> Ledgers:
    """All cases in one replay."""
    require_programs("promtool")
    return Ledgers(tmp_path_factory.mktemp("observers"), CASES, series(), ["namespace"])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_ledger_counts_what_is_there_once(case: Case, ledgers: Ledgers) -> None:
    """One restart of one pod, two available replicas, and no outage because an exporter moved."""
    assert ledgers.rows(case) == {
        group: row and pytest.approx(row) for group, row in case.expected.items()
    }
