"""Many SLOs over one set of synthetic series: what the ledger holds for each group."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.prometheus.traffic import LEDGER, SUPPORTING
from tests.support.compile.compiled import compiled, keeping
from tests.support.history.rule_replay import RuleReplay

Row = tuple[float, float] | None
TOTAL, BAD = LEDGER[:2]
MATCHED = "matched"


@dataclass(frozen=True)
class Case:
    """One SLO and what the ledger holds for its groups at one moment.

    `sli` is the SLI's body in YAML flow style; `slo` are further keys of the SLO, `match` among
    them. `rows` says bad and total of each group, such as `a=1/3 b=-`, a dash standing for no row
    at all; a group is named by its label values, joined by a comma.
    """

    name: str
    sli: str
    rows: str
    slo: Mapping[str, Any] = field(default_factory=dict)
    at: str = "20m"

    @property
    def expected(self) -> dict[str, Row]:
        """(bad, total) of each group that `rows` names."""
        pairs = (row.rpartition("=") for row in self.rows.split(" "))
        return {group: _row(numbers) for group, _, numbers in pairs}


def _row(text: str) -> Row:
    bad, _, total = text.partition("/")
    return None if text == "-" else (float(bad), float(total))


def spec_of(cases: Sequence[Case], group_by: Sequence[str]) -> str:
    """One service with an SLO a case."""
    head = (
        f"apiVersion: slokit/v1\nservice: cases\ndefaults: {{group_by: {list(group_by)}}}\nslos:\n"
    )
    return head + "".join(_slo(case) for case in cases)


def _slo(case: Case) -> str:
    slo = dict(case.slo)
    if "match" in slo:
        slo["objectives"] = [{"name": MATCHED, "match": slo.pop("match"), "objective": "99%"}]
    elif "rate:" not in case.sli:
        slo["objective"] = "99%"
    lines = [f"    {key}: {json.dumps(value)}\n" for key, value in slo.items()]
    return f"  - name: {case.name}\n{''.join(lines)}    sli: {{{case.sli}}}\n"


class Ledgers:
    """The ledger rows of all cases, out of one replay."""

    def __init__(
        self,
        directory: Path,
        cases: Sequence[Case],
        series: Mapping[str, str],
        group_by: Sequence[str],
    ) -> None:
        made = compiled(directory / "c", spec_of(cases, group_by))
        files = [keeping(path, (*LEDGER, *SUPPORTING)) for path in made.ledgers]
        self._replay = RuleReplay(directory / "replay", files, series)
        for at in {case.at for case in cases}:
            self._replay.ask(TOTAL, at).ask(BAD, at)

    def rows(self, case: Case) -> dict[str, Row]:
        """(bad, total) of the groups that the case names; None where there is no row."""
        total, bad = self._side(TOTAL, case), self._side(BAD, case)
        assert total.keys() == bad.keys(), (total, bad)
        return {g: (bad[g], total[g]) if g in total else None for g in case.expected}

    def _side(self, record: str, case: Case) -> dict[str, float]:
        samples = self._replay.samples(record, case.at)
        names = {case.name, f"{case.name}-{MATCHED}"}
        own = [sample for sample in samples if sample.labels["slo"] in names]
        return {_group(sample.labels): sample.value for sample in own}


def _group(labels: Mapping[str, str]) -> str:
    identity = ("__name__", "bundle", "service", "slo")
    return ",".join(value for name, value in sorted(labels.items()) if name not in identity)
