"""Detection quality: incidents through promtool, by slokit's rules and by rules of other kinds.

Rebuilds docs/reference/detection.md. All numbers on alerts are promtool's: it evaluates the rules
over the incidents' series, and is asked for the moments at which alerts fired.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import yaml

from slokit.compiler import names
from tests.benchmarks.conftest import Figure
from tests.benchmarks.detection import rules
from tests.benchmarks.detection.incidents import HEALTHY, SHAPES, Incident, random_incidents, series
from tests.prometheus.bundles import long_there
from tests.support.compile.compiled import compiled
from tests.support.history.rule_replay import RuleReplay

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "detection.md"
RANDOM, SEED = 200, 11
PART = 4 * 1080  # minutes of histories in one run of promtool
SHORT, LONG = 1080, 3 * 1440  # minutes of a history, of incidents that fit into it
MUST, MAY = 0.1, 0.01
PAGES, TICKETS = 'severity="page"', 'severity="ticket"'


@dataclass(frozen=True)
class Fired:
    """When alerts of a severity fired on an incident, in minutes; none where they did not."""

    first: float | None = None
    last: float | None = None


@dataclass(frozen=True)
class Detection:
    """What one kind of rules made of one incident."""

    incident: Incident
    page: Fired
    ticket: Fired

    @property
    def is_missed(self) -> bool:
        """Whether it spent over a tenth of the budget, and no alert came before that was gone."""
        firsts = [f.first for f in (self.page, self.ticket) if f.first is not None]
        if self.incident.spends <= MUST:
            return False
        return not firsts or self.incident.spent_by(min(firsts)) > MUST

    @property
    def is_false(self) -> bool:
        """Whether somebody was paged for less than a hundredth of the budget."""
        return self.page.first is not None and self.incident.spends < MAY


def lean(path: Path) -> Path:
    """A copy of a rule file that holds what burn alerts need, without what they only say."""
    groups = yaml.safe_load(path.read_text())["groups"]
    kept = [group for group in groups if not group["name"].endswith((":period", ":self"))]
    for group in kept:
        group["rules"] = [
            {key: value for key, value in rule.items() if key != "annotations"}
            for rule in group["rules"]
            if rule.get("alert", names.BURN_ALERT) == names.BURN_ALERT
            and rule.get("record") not in (names.BURN_ALERT_FACTS, names.BUDGET_GONE)
        ]
    copy = path.with_name(f"lean-{path.name}")
    copy.write_text(yaml.safe_dump({"groups": kept}))
    return copy


def _in_parts(
    directory: Path, incidents: Sequence[Incident], minutes: int, *, is_new: bool = False
) -> dict[str, list[Detection]]:
    """What each kind of rules made of each of many incidents."""
    found: dict[str, list[Detection]] = {kind: [] for kind in rules.ALERTS}
    together = max(PART // minutes, 1)
    for first in range(0, len(incidents), together):
        part, where = incidents[first : first + together], directory / str(first)
        for kind, each in detections(where, part, minutes, is_new=is_new).items():
            found[kind] += each
    return found


def detect(
    directory: Path, incidents: Sequence[Incident], minutes: int, *, is_new: bool = False
) -> dict[str, list[Fired]]:
    """When the alerts of each kind and severity fired, for each incident.

    Of a service that is new the history is all there is; the others had data for years before.
    """
    made = compiled(directory, rules.SPEC, interval="1m", scrape_interval="1m")
    raw = rules.by_hand(directory / "by-hand.rules.yaml")
    inputs = {
        name: text
        for number, incident in enumerate(incidents)
        for name, text in series(incident, str(number), minutes).items()
    }
    for slo, number in product(rules.SLOS, range(0 if is_new else len(incidents))):
        inputs |= long_there(2, rules.SERVICE, slo, incident=str(number))
    # alerts see the ledger of the evaluation before, as they do at worst
    files = [lean(made.bundle), *made.ledgers, raw]
    replay = RuleReplay(directory / "replay", files, inputs, "1m", "1m")
    end = f"{minutes}m"
    asked = {
        (kind, severity, number, fold): _moment(kind, severity, number, fold, end)
        for kind in rules.ALERTS
        for severity in (PAGES, TICKETS)
        for number in range(len(incidents))
        for fold in ("min", "max")
    }
    for expr in asked.values():
        replay.ask(expr, end)

    def moment(kind: str, severity: str, number: int, fold: str) -> float | None:
        samples = replay.samples(asked[kind, severity, number, fold], end)
        return samples[0].value / 60 if samples else None

    return {
        f"{kind} {severity}": [
            Fired(moment(kind, severity, n, "min"), moment(kind, severity, n, "max"))
            for n in range(len(incidents))
        ]
        for kind in rules.ALERTS
        for severity in (PAGES, TICKETS)
    }


def _moment(kind: str, severity: str, number: int, fold: str, end: str) -> str:
    """When an alert fired first, or last; one incident a query, for promtool loads few samples."""
    # an alert that waits is `pending` before it fires
    labels = f'alertstate="firing",{severity},incident="{number}"'
    fires = rules.ALERTS[kind] % labels
    return f"{fold} by (incident) ({fold}_over_time(timestamp({fires})[{end}:1m]))"


def detections(
    directory: Path, incidents: Sequence[Incident], minutes: int, *, is_new: bool = False
) -> dict[str, list[Detection]]:
    """What each kind of rules made of each incident."""
    found = detect(directory, incidents, minutes, is_new=is_new)
    return {
        kind: [
            Detection(incident, page, ticket)
            for incident, page, ticket in zip(
                incidents, found[f"{kind} {PAGES}"], found[f"{kind} {TICKETS}"], strict=True
            )
        ]
        for kind in rules.ALERTS
    }


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def lasted(minutes: float) -> str:
    """So many minutes as people say it."""
    if minutes < 120:
        return f"{minutes:.0f} min"
    return f"{minutes / 60:.1f} h" if minutes < 2880 else f"{minutes / 1440:.1f} d"


def percent(share: float) -> str:
    """A share of the budget."""
    return f"{share * 100:.2g} %" if share < 1 else f"{share * 100:.0f} %"


def cell(detection: Detection) -> str:
    """When it paged, what that cost and when the page ended; else when it made a ticket."""
    incident, page, ticket = detection.incident, detection.page, detection.ticket
    mark = " **missed**" if detection.is_missed else " **false**" if detection.is_false else ""
    if page.first is not None and page.last is not None:
        spent = percent(incident.spent_by(page.first))
        ended = page.last + 1 - incident.ends
        after = f"ends {lasted(ended)} after" if ended > 0 else "ends before"
        return f"page in {lasted(page.first - incident.begins)}, {spent} spent, {after}{mark}"
    if ticket.first is not None:
        spent = percent(incident.spent_by(ticket.first))
        return f"ticket in {lasted(ticket.first - incident.begins)}, {spent} spent{mark}"
    return f"nothing{mark}"


def median(values: Sequence[float]) -> float:
    """The one in the middle; 0 of none."""
    return sorted(values)[len(values) // 2] if values else 0.0


def summary(kind: str, found: Sequence[Detection]) -> list[str]:
    """One row about many incidents."""
    must = [d for d in found if d.incident.spends > MUST]
    small = [d for d in found if d.incident.spends < MAY]
    paged = [d for d in found if d.page.first is not None]
    waits = [d.page.first - d.incident.begins for d in paged if d.page.first is not None]
    costs = [d.incident.spent_by(d.page.first) for d in paged if d.page.first is not None]
    ends = [d.page.last + 1 - d.incident.ends for d in paged if d.page.last is not None]
    return [
        kind,
        f"{sum(d.is_missed for d in found)} of {len(must)}",
        f"{sum(d.is_false for d in found)} of {len(small)}",
        str(len(paged)),
        lasted(median(waits)),
        percent(median(costs)),
        percent(max(costs, default=0.0)),
        lasted(median(ends)),
    ]


def named(found: dict[str, list[Detection]]) -> Iterator[str]:
    """Every miss and every false page, by its name."""
    for kind, each in found.items():
        for what, chosen in (
            ("missed", [d for d in each if d.is_missed]),
            ("false pages", [d for d in each if d.is_false]),
        ):
            called = (f"{d.incident.name} ({percent(d.incident.spends)})" for d in chosen)
            yield f"- {kind}, {what}: {'; '.join(called) or 'none'}.\n"


HEAD = f"""\
# Detection quality

<!-- Written by the benchmark bench_detection (`make bench`): change it there. -->

How well alerts detect incidents, by their rules: those of slokit, the multiwindow rules of the SRE
workbook written by hand on raw series, and one threshold on one window. The SLO is 99.9 % over 30
days. promtool evaluates all rules each minute over the same series, one sample a minute, and says
when alerts fire; each incident is a service of its own that was well for six hours before, and had
data for years. Alerts see what was recorded by the evaluation before, as they do at worst.
The shapes are in `tests/benchmarks/detection`.

- **missed**: an incident that spends over {MUST:.0%} of the budget, with neither page nor ticket
  before that is gone.
- **false**: a page for an incident that spends less than {MAY:.0%} of the budget in all.
- Times are from the first failure to the first page, and from the last failure to the end of the
  last page.

"""
_FIRST_DAY = """\
## The first day

The same shapes, of a service that is new: its first sample is the first of those six hours. Time
before that counts as good, so windows that are longer than the service is old burn more slowly: a
failure is the share of a window that it would be of an old service. What is short and large pages
as fast as ever. What is long and slow alerts late: its ticket comes when a tenth of the whole
budget is spent. So the two leaks below are **missed** by the measure of this page: their tickets
come after 18 and 36 hours, where an old service has them after two and six.

"""


def written(
    fixed: dict[str, list[Detection]],
    new: dict[str, list[Detection]],
    drawn: dict[str, list[Detection]],
) -> str:
    """The page of the documentation."""
    heads = ("rules", "missed", "false pages", "paged", "time to page (median)",
             "budget spent by then (median)", "(most)", "page ends after (median)")  # fmt: skip
    shapes = [
        [d.incident.name, percent(d.incident.spends), *(cell(each[n]) for each in fixed.values())]
        for n, d in enumerate(next(iter(fixed.values())))
    ]
    ours = next(iter(fixed))
    first_day = [
        [old.incident.name, cell(old), cell(one)]
        for old, one in zip(fixed[ours], new[ours], strict=True)
    ]
    return (
        f"{HEAD}## Shapes\n\n{table(('incident', 'spends', *fixed), shapes)}\n"
        + "".join(named(fixed))
        + f"\n{_FIRST_DAY}{table(('incident', 'an old service', 'a new one'), first_day)}\n"
        + "".join(named({f"a new service, {kind}": each for kind, each in new.items()}))
        + f"\n## {RANDOM} random incidents\n\nOf seed {SEED}: one to three stretches of a minute to"
        " two and a half hours, 0.05 % to 100 % of the requests failing, at 60, 600 or 6,000"
        " requests a minute.\n\n"
        + table(heads, [summary(kind, each) for kind, each in drawn.items()])
        + "\n"
        + "".join(named(drawn))
    )


def bench_detection(tmp_path: Path, figure: Figure) -> None:
    """Every incident by every kind of rules; the page of the documentation is written anew."""
    fixed: dict[str, list[Detection]] = {kind: [] for kind in rules.ALERTS}
    ours = list(rules.ALERTS)[:2]
    new: dict[str, list[Detection]] = {kind: [] for kind in ours}
    for minutes, is_long in ((SHORT, False), (LONG, True)):
        chosen = [shape for shape in SHAPES if (shape.minutes > SHORT - HEALTHY) is is_long]
        for kind, each in _in_parts(tmp_path / f"fixed-{minutes}", chosen, minutes).items():
            fixed[kind] += each
        young = _in_parts(tmp_path / f"new-{minutes}", chosen, minutes, is_new=True)
        for kind in ours:
            new[kind] += young[kind]
    drawn = _in_parts(tmp_path / "random", random_incidents(RANDOM, SEED), SHORT)
    PAGE.write_text(written(fixed, new, drawn), encoding="utf-8")
    for kind, each in drawn.items():
        row = summary(kind, each)
        measured = f"missed {row[1]}, false pages {row[2]}"
        figure(f"detection by {kind}, {RANDOM} random incidents", measured, "none of slokit's")
