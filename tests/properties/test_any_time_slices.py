"""Any time slices: of random lengths, targets and traffic, by another reckoning."""

import random
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from slokit.compiler import names
from tests.support.compile.compiled import compiled
from tests.support.history.rule_replay import RuleReplay

pytestmark = pytest.mark.programs("promtool")

SCRAPE, HOURS = 30, 3
METHODS = ("time_slices", "ratio_time_slices")
IDLE = ("skip", "good", "bad")


@dataclass
class Sliced:
    """One SLO in slices of ``seconds``, and what each of its scrapes adds: (bad, total)."""

    name: str
    seconds: int
    method: str
    target: int
    idle: str
    growth: list[tuple[int, int]]

    @property
    def text(self) -> str:
        target = f", target: {self.target}%" if self.method == METHODS[0] else ""
        slices = f"{{window: {self.seconds // 60}m{target}, idle: {self.idle}}}"
        sli = f"{{events: {{bad: bad_{self.name}, total: all_{self.name}}}}}"
        return (
            f"  - {{name: {self.name}, objective: 99%, budgeting_method: {self.method},"
            f" time_slice: {slices}, sli: {sli}}}\n"
        )

    def series(self) -> dict[str, str]:
        """Its two counters, which stand still for the first slice."""
        found = {}
        for position, side in enumerate(("bad", "all")):
            values = [7]
            for grows in self.growth:
                values.append(values[-1] + grows[position])
            found[f"{side}_{self.name}"] = " ".join(map(str, values))
        return found

    def row(self, moment: int) -> tuple[float, float] | None:
        """The total and bad that the ledger has at a moment: what the last whole slice was."""
        end = moment // self.seconds * self.seconds
        inside = self.growth[(end - self.seconds) // SCRAPE : end // SCRAPE]
        bad, total = (sum(each[side] for each in inside) for side in (0, 1))
        if not total:
            return {"skip": (0.0, 0.0), "good": (1.0, 0.0), "bad": (1.0, 1.0)}[self.idle]
        if self.method == METHODS[1]:
            return 1.0, bad / total
        # in whole numbers: exactly what is allowed is good
        return 1.0, float(100 * bad > (100 - self.target) * total)


def any_of(name: str, chance: random.Random) -> Sliced:
    """Any slices, each with its own traffic; some are at the edge of what is allowed, some idle."""
    seconds = chance.choice((300, 600, 900, 1200, 3600))
    scrapes, target = seconds // SCRAPE, chance.choice((50, 90, 99, 100))
    growth = [(0, 0)] * scrapes
    while len(growth) < HOURS * 3600 // SCRAPE:
        each = chance.choice((0, 1, 100, 1000))
        allowed = each * scrapes * (100 - target) // 100
        wrong = chance.choice((0, allowed, allowed + 1, each * scrapes // 2, each * scrapes))
        wrong = min(wrong, each * scrapes)
        # the bad ones come when they like
        cuts = sorted([0, *(chance.randint(0, wrong) for _ in range(scrapes - 1)), wrong])
        growth += [(b - a, each) for a, b in pairwise(cuts)]
    own = chance.choice(METHODS), target, chance.choice(IDLE)
    return Sliced(name, seconds, *own, growth)


def test_any_slices_are_what_python_reckons(tmp_path: Path) -> None:
    """Twenty SLOs for hours, in slices of five minutes to one hour, at any moment of them."""
    chance = random.Random(14)
    slos = [any_of(f"s{number}", chance) for number in range(20)]
    spec = "apiVersion: slokit/v1\nservice: any\nslos:\n" + "".join(slo.text for slo in slos)
    made = compiled(tmp_path / "c", spec)
    series = {name: values for slo in slos for name, values in slo.series().items()}
    replay = RuleReplay(tmp_path / "replay", made.ledgers, series)
    window = made.project.ledger_window
    asked = {
        side: name(window) for side, name in (("total", names.total_rate), ("bad", names.bad_rate))
    }
    moments = [chance.randrange(2 * 3600, HOURS * 3600, SCRAPE) for _ in range(12)]
    moments += [2 * 3600, 2 * 3600 - SCRAPE]
    for record in asked.values():
        replay.ask(record, *(f"{moment}s" for moment in moments))

    for moment in moments:
        for position, record in enumerate(asked.values()):
            found = {s.labels["slo"]: s.value for s in replay.samples(record, f"{moment}s")}
            expected = {slo.name: row[position] for slo in slos if (row := slo.row(moment))}
            assert found == pytest.approx(expected, abs=1e-9), (moment, record)
