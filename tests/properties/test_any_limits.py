"""Any limits by label: of random labels, matchers, bounds and traffic, by another reckoning."""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from slokit.compiler import names
from tests.support.compile.compiled import compiled
from tests.support.history.rule_replay import RuleReplay

pytestmark = pytest.mark.programs("promtool")

VERBS, SCOPES = ("GET", "LIST", "POST", ""), ("one", "all")
BOUNDS = (0.1, 1, 5, 30)
MOMENT = "15m"
# how a matcher decides, in Python
DECIDES: dict[str, Callable[[str, str], bool]] = {
    "=": lambda value, wanted: value == wanted,
    "!=": lambda value, wanted: value != wanted,
    "=~": lambda value, wanted: re.fullmatch(wanted, value) is not None,
    "!~": lambda value, wanted: re.fullmatch(wanted, value) is None,
}
Labels = dict[str, str]
Match = list[tuple[str, str, str]]


@dataclass
class Limited:
    """One SLO: entries of `limits`, each a match and a bound, and the bound of the rest."""

    name: str
    entries: list[tuple[Match, float]]
    rest: float | None

    @property
    def text(self) -> str:
        entries = ", ".join(
            f"{{match: '{_matchers(match)}', at_most: {bound}}}" for match, bound in self.entries
        )
        rest = f", at_most: {self.rest}" if self.rest else ""
        latency = f"{{histogram: h_seconds, limits: [{entries}]{rest}}}"
        return f"  - {{name: {self.name}, objective: 99%, sli: {{latency: {latency}}}}}\n"

    def bound(self, labels: Labels) -> float | None:
        """The limit of a series: that of the first entry it meets."""
        for match, bound in self.entries:
            if all(DECIDES[op](labels[label], value) for label, op, value in match):
                return bound
        return self.rest

    def row(self, traffic: "Traffic") -> tuple[float, float] | None:
        """Bad and total a second."""
        judged = [(rates, bound) for labels, rates in traffic if (bound := self.bound(labels))]
        if not judged:
            return None
        total = sum(rates[-1] for rates, _ in judged)
        return total - sum(rates[BOUNDS.index(bound)] for rates, bound in judged), total


def _matchers(match: Match) -> str:
    """As between the braces of a selector."""
    return ",".join(f'{label}{op}"{value}"' for label, op, value in match)


# labels of a series, and its requests a second within each bound and in all
Traffic = list[tuple[Labels, tuple[int, ...]]]


def any_traffic(chance: random.Random) -> Traffic:
    """A histogram for some of all label values."""
    found: Traffic = []
    for verb in VERBS:
        for scope in SCOPES:
            if chance.random() < 0.85:
                steps = [chance.choice((0, 1, 3, 10)) for _ in range(len(BOUNDS) + 1)]
                rates = tuple(sum(steps[: n + 1]) for n in range(len(steps)))
                found.append(({"verb": verb, "scope": scope}, rates))
    return found


def any_match(chance: random.Random) -> Match:
    """One or two matchers of all four kinds, plain, alternatives, prefixes, the empty value."""
    values = {
        "verb": ("LIST", "GET", "", "NONE"),
        "scope": ("one", "all"),
    }
    patterns = {
        "verb": ("LIST|GET", "L.*", "|POST", ".+", "(GET|POST)", ".*T", "[GP].*"),
        "scope": ("one|all", "a.*", ".+", "o?ne"),
    }
    labels = chance.sample(("verb", "scope"), chance.choice((1, 1, 2)))
    return [
        (label, op, chance.choice((values if op in ("=", "!=") else patterns)[label]))
        for label in labels
        for op in [chance.choice(("=", "=", "=~", "!=", "!~"))]
    ]


def any_limits(name: str, chance: random.Random, traffic: Traffic) -> Limited:
    """Entries that each have a series left; slokit refuses others."""
    entries: list[tuple[Match, float]] = []
    every = [{"verb": verb, "scope": scope} for verb in VERBS for scope in SCOPES]
    for _ in range(chance.randint(1, 3)):
        entry = any_match(chance), chance.choice(BOUNDS)
        before, after = Limited(name, entries, None), Limited(name, [*entries, entry], None)
        if any(before.bound(one) is None and after.bound(one) for one in every):
            entries.append(entry)
    entries = entries or [([("scope", "=", "all")], 5)]
    return Limited(name, entries, chance.choice((None, *BOUNDS)))


def series(traffic: Traffic) -> dict[str, str]:
    """The traffic as a classic histogram, scraped every 30 s."""
    found = {}
    for labels, rates in traffic:
        own = ",".join(f'{label}="{value}"' for label, value in labels.items() if value)
        for bound, rate in zip((*BOUNDS, "+Inf"), rates, strict=True):
            found[f'h_seconds_bucket{{{own},le="{bound}"}}'] = f"7+{30 * rate}x40"
        found[f"h_seconds_count{{{own}}}"] = f"7+{30 * rates[-1]}x40"
    return found


@pytest.mark.parametrize("seed", [14, 15])
def test_each_request_is_judged_once_by_the_first_limit_it_meets(tmp_path: Path, seed: int) -> None:
    """Thirty SLOs over one histogram: entries overlap as they like, and none counts twice."""
    chance = random.Random(seed)
    traffic = any_traffic(chance)
    slos = [any_limits(f"s{number}", chance, traffic) for number in range(30)]
    spec = "apiVersion: slokit/v1\nservice: any\nslos:\n" + "".join(slo.text for slo in slos)
    made = compiled(tmp_path / "c", spec)
    replay = RuleReplay(tmp_path / "replay", made.ledgers, series(traffic))
    window = made.project.ledger_window
    asked = (names.bad_rate(window), names.total_rate(window))
    for record in asked:
        replay.ask(record, MOMENT)

    for position, record in enumerate(asked):
        found = {s.labels["slo"]: s.value for s in replay.samples(record, MOMENT)}
        expected = {slo.name: row[position] for slo in slos if (row := slo.row(traffic))}
        assert found == pytest.approx(expected, abs=1e-9), record
