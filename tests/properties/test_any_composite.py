"""Any composites: which of them can be made, and what their ledgers hold, by another reckoning."""

import math
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from slokit import api
from tests.support.compile.compiled import compiled
from tests.support.history.rule_replay import RuleReplay

LABELS = ("region", "cluster", "pod")


@dataclass
class Written:
    """One SLO as it is written: its service and name, its groups, and its members if it has any."""

    service: str
    name: str
    groups: list[str]
    of: list[str] = field(default_factory=list)
    method: str = "worst"
    weights: dict[str, int] = field(default_factory=dict)
    is_rate: bool = False

    @property
    def id(self) -> str:
        return f"{self.service}/{self.name}"

    @property
    def text(self) -> str:
        head = f"{{name: {self.name}, group_by: {self.groups}, "
        counter = f"{{counter: n_{self.name}, counted_by: one_member, at_most: 1/h}}"
        if self.is_rate:
            return f"{head}sli: {{rate: {counter}}}}}"
        sli = f"{{events: {{bad: bad_{self.name}, total: all_{self.name}}}}}"
        if self.of:
            weights = f", weights: {self.weights}" if self.weights else ""
            sli = f"{{composite: {{of: {self.of}, method: {self.method}{weights}}}}}"
        return f"{head}objective: 99%, sli: {sli}}}"


def spec(slos: Iterable[Written]) -> str:
    """Documents of all services."""
    of: dict[str, list[str]] = {}
    for slo in slos:
        of.setdefault(slo.service, []).append(f"  - {slo.text}\n")
    return "---\n".join(
        f"apiVersion: slokit/v1\nservice: {service}\ndefaults: {{counting: rate}}\nslos:\n"
        + "".join(entries)
        for service, entries in of.items()
    ).replace("'", '"')


def whole(name: str, service: str) -> str:
    return name if "/" in name else f"{service}/{name}"


def sound(slos: list[Written]) -> set[str]:
    """The ids that can be compiled: composites fall until none falls any more.

    This begins with nothing and adds what has all of its members, so what is in a circle, or
    behind one, never comes in.
    """
    by_id = {slo.id: slo for slo in slos}
    found = {slo.id for slo in slos if not slo.of}
    while True:
        more = set()
        for slo in slos:
            members = [whole(name, slo.service) for name in slo.of]
            fits = (
                len(members) > 1
                and len(set(members)) == len(members)
                and all(m in found and not by_id[m].is_rate for m in members)
                and all(set(slo.groups) <= set(by_id[m].groups) for m in members)
                and set(slo.weights) <= set(slo.of)
            )
            if slo.of and fits:
                more.add(slo.id)
        if more <= found:
            return found
        found |= more


@st.composite
def bundles(draw: st.DrawFn) -> list[Written]:
    """Some services with plain SLOs, rates and composites of anything that may be written."""
    names = [f"{service}/{name}" for service in ("a", "b") for name in ("x", "y", "z", "k", "l")]
    own = st.lists(st.sampled_from(LABELS), unique=True, max_size=3)
    slos = []
    for slo_id in draw(st.lists(st.sampled_from(names), unique=True, min_size=2)):
        service, _, name = slo_id.partition("/")
        slo = Written(service, name, draw(own))
        if name in "kl":
            any_name = st.sampled_from([*names, "x", "y", "k", "gone", "a/gone", "eu/a/x", "c/x"])
            slo.of = draw(st.lists(any_name, min_size=1, max_size=4))
            slo.groups = draw(st.lists(st.sampled_from(LABELS), unique=True, max_size=1))
            slo.method = draw(st.sampled_from(["worst", "all", "weighted"]))
            if slo.method == "weighted" and draw(st.booleans()):
                slo.weights = {draw(st.sampled_from(slo.of)): 2}
        elif name == "z":
            slo.is_rate = draw(st.booleans())
        slos.append(slo)
    return slos


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("any-composite")
    (root / "slokit.yaml").write_text("bundle: test\n", encoding="utf-8")
    (root / "slo-specs").mkdir()
    return root


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(slos=bundles())
def test_what_cannot_be_made_is_a_finding_at_its_place(
    directory: Path, slos: list[Written]
) -> None:
    """Unknown members, circles, other groups, rates: found where they stand; the rest compiles."""
    text = spec(slos)
    (directory / "slo-specs" / "spec.yaml").write_text(text, encoding="utf-8")
    loaded = api.load(directory=directory)
    expected = sound(slos)

    assert {slo.id for slo in loaded.bundle.slos} == expected
    assert bool(loaded.errors) == (len(expected) < len(slos))
    lines = text.splitlines()
    for finding in loaded.errors:
        assert finding.code.number == "SLK227"
        assert finding.hint
        place = finding.place
        assert place
        line = lines[place.line - 1]
        assert "composite:" in line
        assert line[place.column - 1 : place.end_column - 1].strip("\"[]', ")
    if not loaded.errors:
        assert api.compile(loaded.bundle)


GROUPS = {"region": ("eu", "us", "asia"), "cluster": ("1", "2")}


def share(method: str, members: Sequence[tuple[float, float, float]]) -> tuple[float, float]:
    """Total and bad of one moment, of each member's bad, total and weight."""
    busy = [(min(bad / total, 1), weight) for bad, total, weight in members if total > 0]
    if not busy:
        return 0.0, 0.0
    shares = [each for each, _ in busy]
    if method == "worst":
        return 1.0, max(shares)
    if method == "all":
        return 1.0, 1 - math.prod(1 - each for each in shares)
    weights = [weight for _, weight in busy]
    return 1.0, math.fsum(s * w for s, w in busy) / math.fsum(weights)


Rows = dict[tuple[str, str, str], tuple[float, float]]


def traffic(members: list[Written], chance: random.Random) -> tuple[dict[str, str], Rows]:
    """The series of members in some groups, and the bad and total of each by (id, groups)."""
    series: dict[str, str] = {}
    rows: Rows = {}
    for member, (region, cluster) in product(members, product(*GROUPS.values())):
        if chance.random() < 0.3:
            continue
        total = chance.choice((0, 30, 300, 3000))
        bad = round(total * chance.choice((0, 0, 0.01, 0.2, 1)))
        rows[member.id, region, cluster] = (bad, total)
        labels = f'region="{region}",cluster="{cluster}"'
        series[f"all_{member.name}{{{labels}}}"] = f"7+{total}x60"
        series[f"bad_{member.name}{{{labels}}}"] = f"7+{bad}x60"
    return series, rows


def journey(number: int, members: list[Written], chance: random.Random) -> Written:
    """Any composite of them."""
    of = [m.id for m in chance.sample(members, chance.randint(2, 6))]
    method = chance.choice(("worst", "all", "weighted"))
    weights = {chance.choice(of): chance.randint(1, 5)} if method == "weighted" else {}
    groups = chance.choice(([], ["region"], ["cluster"], ["region", "cluster"]))
    return Written("journeys", f"j{number}", groups, of, method, weights)


def reckoned(one: Written, rows: Rows) -> dict[tuple[str, ...], tuple[float, float]]:
    """Total and bad of each group of a composite."""
    folded: dict[tuple[str, ...], dict[str, list[float]]] = {}
    for (member, *values), (bad, total) in rows.items():
        if member in one.of:
            key = tuple(
                value if label in one.groups else ""
                for label, value in zip(GROUPS, values, strict=True)
            )
            row = folded.setdefault(key, {}).setdefault(member, [0, 0])
            row[0] += bad
            row[1] += total
    found = {}
    for key, of in folded.items():
        members = [(bad, total, one.weights.get(m, 1)) for m, (bad, total) in of.items()]
        found[key] = share(one.method, members)
    return found


@pytest.mark.programs("promtool")
def test_any_method_over_any_members_is_what_python_reckons(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Forty composites over ten members with random traffic, failures, groups and holes."""
    chance = random.Random(26)
    members = [Written("steps", f"m{n}", [*GROUPS]) for n in range(10)]
    series, rows = traffic(members, chance)
    journeys = [journey(number, members, chance) for number in range(40)]
    made = compiled(tmp_path_factory.mktemp("any"), spec([*journeys, *members]))
    replay = RuleReplay(tmp_path_factory.mktemp("replay"), made.ledgers, series)
    asked = [f'slokit:{side}:rate5m{{service="journeys"}}' for side in ("total", "bad")]
    for expr in asked:
        replay.ask(expr, "20m")

    for position, expr in enumerate(asked):
        expected = {
            (one.name, *key): row[position]
            for one in journeys
            for key, row in reckoned(one, rows).items()
        }
        ledger = {
            (s.labels["slo"], *(s.labels.get(label, "") for label in GROUPS)): s.value
            for s in replay.samples(expr, "20m")
        }
        assert len(expected) > 60
        assert ledger == pytest.approx(expected, abs=1e-9)
