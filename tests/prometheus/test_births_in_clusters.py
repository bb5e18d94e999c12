"""First errors where clusters share the names of their targets: each cluster's are its own."""

import pytest

from tests.prometheus.ledger_cases import Case, Ledgers

pytestmark = pytest.mark.programs("promtool")

LABELS = ("cluster", "scope")


def series() -> dict[str, str]:
    """One address in two networks: known in the old one, new in the other from minute 18 on."""
    found = {}
    for label in LABELS:
        metric, own = f"{label}_total", 'job="api",instance="10.0.0.1:80"'
        found[f'{metric}{{{label}="old",{own},code="200"}}'] = "9000+100x60"
        found[f'{metric}{{{label}="old",{own},code="500"}}'] = "_x36 3+0x24"
        # a route whose first request fails is new on a target that is known
        found[f'{metric}{{{label}="old",{own},code="500",route="/born"}}'] = "_x36 2+0x24"
        found[f'{metric}{{{label}="new",{own},code="200"}}'] = "_x36 4000+100x24"
        found[f'{metric}{{{label}="new",{own},code="500"}}'] = "_x36 700+0x24"
    return found


def case(name: str, metric: str, rows: str, group_by: list[object]) -> Case:
    sides = f"bad: '{metric}{{code=\"500\"}}', total: {metric}, starts_at_zero: true"
    return Case(name, f"events: {{{sides}}}", rows, {"group_by": group_by})


# three and two first errors beside a thousand requests in five minutes; of what is new, none
ROWS = f"old={5 / 300}/{1005 / 300} new=0/0"
CASES = [
    case("by-cluster", "cluster_total", ROWS, ["cluster"]),
    case("by-another-name", "scope_total", ROWS, [{"cluster": "scope"}]),
    case(
        "by-route", "cluster_total", f"old={3 / 300}/0 old,/born={2 / 300}/0", ["cluster", "route"]
    ),
]


@pytest.fixture(scope="module")
def ledgers(tmp_path_factory: pytest.TempPathFactory) -> Ledgers:
    return Ledgers(tmp_path_factory.mktemp("clusters"), CASES, series(), [])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_new_in_its_cluster_was_not_born(ledgers: Ledgers, case: Case) -> None:
    """Though another cluster knows the address; and a route may be new on a known target."""
    rows = ledgers.rows(case)

    bad = {group: row and row[0] for group, row in rows.items()}
    assert bad == {group: pytest.approx(row and row[0]) for group, row in case.expected.items()}
