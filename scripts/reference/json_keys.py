"""The keys of slokit's JSON formats, out of the formats themselves; a key without a meaning fails.

Whether a value may be null is read off two samples: one that knows everything, one that knows
nothing.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from scripts.reference.tables import table
from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding, Place, Related
from slokit.diagnostics.formats import json as finding_json
from slokit.livecheck.engine.measures import Amount, Contradiction, Measured
from slokit.livecheck.formats import with_measured
from slokit.model.alerting import DEFAULT
from slokit.model.ledger import CountedIn, Folding, Side
from slokit.model.slo import Slo
from slokit.model.window import RollingWindow
from slokit.reporting.budget import STATES
from slokit.reporting.formats import json as report_json
from slokit.reporting.model import (
    BURN_WINDOWS,
    Forecast,
    Incident,
    Measure,
    PlannedTime,
    Report,
    Row,
    Standing,
    TimeRange,
)
from slokit.sli.ratio import Ratio

_REPORT: Mapping[str, Mapping[str, str]] = {
    "report": {
        "schema": "`slokit.report/v1`; another shape would have another version.",
        "at": "The moment of the report.",
        "period": "What incidents and `period_measure` are about: `from` and `to`.",
        "compare": "An earlier period, which `compare_measure` is about; null without one.",
        "bundle": "The bundle's name.",
        "warnings": "What to know about the numbers, as sentences.",
        "policy": "Where each service stands by `error_budget_policy`, empty without; see below.",
        "maintenance": "The maintenances of the window and the period; see below.",
        "archived": "What was taken from the archive, with `from` and `to`.",
        "incidents": "What burned fast in the period, those that overlap in one cluster as one, the"
        " costliest first; see below.",
        "rows": "One for each group of each SLO, in the order of the specs; see below.",
    },
    "row": {
        "service": "The service.",
        "slo": "The SLO.",
        "group": "The group's labels and their values; empty without `group_by`.",
        "owner": "The SLO's owner, or an empty text.",
        "description": "What it promises, or an empty text.",
        "category": "The SLO's category, or an empty text.",
        "sli": "The SLI type.",
        "objective": "The objective, or the allowance of a rate, as text.",
        "unit": "The unit of the SLI's limit, or an empty text.",
        "bad_unit": "What `bad` counts: `requests`, `elections`, `seconds`.",
        "total_unit": "What `total` counts.",
        "window": "The SLO window, such as `30d`.",
        "state": f"One of {', '.join(f'`{state}`' for state in STATES)}.",
        "coverage": "The share of the SLO window that was measured, from 0 to 1.",
        "window_measure": "The SLO window in numbers; see below.",
        "period_measure": "The period in numbers; see below.",
        "uncorrected_window": "The SLO window with what this report leaves out; null where that is"
        " nothing.",
        "uncorrected_period": "The same of the period.",
        "compare_measure": "The earlier period in numbers; null without one.",
        "burn": f"Burn rates over {', '.join(f'`{w}`' for w in BURN_WINDOWS)}, each may be null.",
        "background_bad": "What was bad in the period outside of `incidents`.",
        "forecast": "When the budget will be gone; null where that is not known or not likely.",
        "incidents": "Stretches in which the budget burned fast, the oldest first; see below.",
    },
    "measure": {
        "from": "Where it begins.",
        "to": "Where it ends.",
        "good": "Good events; null for a rate, which has none.",
        "bad": "Bad events.",
        "total": "All events.",
        "ratio_bad": "Bad per total; this and what follows are null in the state `impossible`.",
        "sli": "1 - `ratio_bad`; null for a rate.",
        "budget_allowed": (
            "How many events may be bad: `total` times the budget; this and the next two are null"
            " in the state `no-data`."
        ),
        "budget_spent_ratio": "`bad` per `budget_allowed`; above 1 the budget is overspent.",
        "budget_remaining_ratio": "1 - `budget_spent_ratio`.",
        "covered_seconds": "How much of the time was measured.",
    },
    "incident": {
        "start": "Where its first ledger window begins.",
        "end": "Where its last one ends.",
        "bad": "Bad events in it.",
        "peak_burn": "The highest burn rate of a ledger window.",
        "budget_share": "Its share of the budget of the SLO window; null in the state `no-data`.",
        "groups": "The labels of the groups that it was seen in.",
        "alerts": "The severities of the burn alerts that fired in it, such as `page`.",
        "alerts_after": "Seconds after its start at which each was seen to fire, to a ledger"
        " window; 0 of one that fired before.",
        "ongoing": "Whether it had not ended at the end of the period.",
    },
    "chain": {
        "service": "The service.",
        "cluster": "Its label `cluster` and those that the store adds; empty without.",
        "start": "The start of its first link.",
        "end": "The end of its last one.",
        "ongoing": "Whether it had not ended at the end of the period.",
        "budget_share": "The largest share that it took of a budget.",
        "alerts_after": "Seconds after its start at which alerts were seen to fire, by severity.",
        "links": "What it did to each SLO, in the order in which they began: `slo`, and the keys of"
        " a row's incident. `bad` is of all `groups`, `budget_share` of the worst hit one.",
    },
    "forecast": {
        "earliest": "The begin of the range.",
        "likely": "The likeliest moment.",
        "latest": "The end of the range; null where the budget may last.",
        "basis": "`recent-days` or `current-burn`: what goes on.",
    },
    "standing": {
        "service": "The service.",
        "owner": "Its owner, or an empty text.",
        "slo": "The SLO of it of whose budget least is left.",
        "budget_remaining_ratio": "What is left of that.",
        "do": "`ship`, `careful` or `freeze`: what the policy says.",
        "note": "The policy's own words, or an empty text.",
    },
    "planned": {
        "name": "Its name in slokit.yaml.",
        "reason": "Why it was.",
        "subject": "The services and matchers that it is for.",
        "corrected": "Whether the report alone leaves it out: rules and alerts have counted it.",
        "times": "When it was: `from` and `to` of each time.",
    },
}
_FINDINGS: Mapping[str, Mapping[str, str]] = {
    "document": {
        "schema": "`slokit.findings/v1`; another shape would have another version.",
        "findings": "The findings, ordered by file, line, column and code; see below.",
    },
    "checked": {
        "slis": (
            "Only of `slokit check`: what each SLI is worth on the server, one a group, of each SLO"
            " the worst first; see below."
        ),
    },
    "sli": {
        "service": "The service.",
        "slo": "The SLO.",
        "group": "The group's labels and their values; empty without `group_by`.",
        "objective": "The objective, or the allowance of a rate, as text.",
        "window": "The SLO window, such as `30d`.",
        "bad_unit": "What `bad` counts: `events`, `seconds` or `member-seconds`.",
        "total_unit": "What `total` counts.",
        "last_hour": "`bad`, `total` and `sli` of the last hour; null where nothing was measured.",
        "last_day": (
            "The same of the last day, or of what was measured of it. `sli` is from 0 to 1;"
            " null for a rate, and where nothing happened or the numbers are impossible."
        ),
        "budget_spent_ratio": (
            "The share of the budget that the SLO window would spend at the pace of the last day."
        ),
        "impossible": "Why the numbers cannot be right; see SLK630.",
    },
    "finding": {
        "code": "The number, such as `SLK103`.",
        "slug": "The code's other name, such as `shape/unknown-key`.",
        "severity": "`error`, `warning` or `note`.",
        "message": "What is wrong.",
        "hint": "What to do.",
        "place": "Where it is; see below. Null where no file is at fault.",
        "related": "Other places that explain it, each with its `text` and `place`.",
        "docs": "The page about the code, below the root of slokit's repository.",
        "url": "Its address, where `links: {docs: …}` of slokit.yaml says where the pages are.",
    },
    "place": {
        "file": "The file, as the user named it.",
        "line": "The line of the first character.",
        "column": "Its column.",
        "end_line": "The line behind the last character.",
        "end_column": "Its column: the end is exclusive.",
    },
}


def report(part: str) -> str:
    """The keys of one object of a report."""
    known, unknown = (json.loads(report_json.render(each, 80)) for each in _reports())
    return _keys(_REPORT[part], _part(known, part), _part(unknown, part))


def _part(whole: dict[str, Any], part: str) -> dict[str, Any]:
    row: dict[str, Any] = whole["rows"][0]
    parts: dict[str, dict[str, Any]] = {
        "report": whole,
        "row": row,
        "measure": row["window_measure"],
        "incident": row["incidents"][0],
        "chain": whole["incidents"][0],
        "forecast": row["forecast"] or {**dict.fromkeys(_REPORT["forecast"], ""), "latest": None},
        "standing": whole["policy"][0],
        "planned": whole["maintenance"][0],
    }
    return parts[part]


def findings(part: str) -> str:
    """The keys of one object of the findings."""
    place = Place("slo-specs/shop.yaml", 3, 5, 3, 9)
    full = Finding(codes.UNKNOWN_KEY, "m", None, "h", (Related(None, "first", place),), place=place)
    bare = Finding(codes.UNKNOWN_KEY, "m")
    known, unknown = (json.loads(finding_json.render([each], {})) for each in (full, bare))
    if part in ("checked", "sli"):
        return _slis(part)
    if part == "document":
        return _keys(_FINDINGS[part], known, unknown)
    finding = known["findings"][0]
    if part == "place":
        return _keys(_FINDINGS[part], finding["place"], finding["place"])
    return _keys(_FINDINGS[part], finding, unknown["findings"][0])


def _slis(part: str) -> str:
    """The keys that a live check adds."""
    folding = Folding((), (), (), None)
    slo = Slo(
        service="shop",
        name="http",
        sli=Ratio(Side("bad", "gauge", ("x",), ("x",), is_promql=False)),
        objective=Decimal("0.99"),
        objective_text="99%",
        window=RollingWindow(Fraction(86_400)),
        folding=folding,
        policy=DEFAULT,
        min_bad_events=0,
        no_data="alert",
    )
    known = Measured(slo, {}, Amount(1, 2), Amount(1, 2))
    unknown = Measured(slo, {}, None, Amount(0, 0))
    impossible = Measured(slo, {}, None, Amount(2, 1), Contradiction("bad", 2, 1, 1))
    finding, *others = (
        json.loads(with_measured("json", "{}", [each])) for each in (known, unknown, impossible)
    )
    if part == "checked":
        return _keys(_FINDINGS[part], finding, finding)
    (sli,), (first,), (second,) = (each["slis"] for each in (finding, *others))
    nulls = {key: None for key in sli if None in (first[key], second[key], sli[key])}
    return _keys(_FINDINGS[part], {**sli, "impossible": "text"}, {**sli, **nulls})


def _reports() -> tuple[Report, Report]:
    over = TimeRange(0.0, 3600.0)
    measured = Measure(over, 9.0, 1.0, 10.0, 0.1, 0.9, 2.0, 0.5, 0.5, 3600.0)
    incident = Incident(0.0, 1800.0, 1.0, 2.0, 0.5, ({"cluster": "eu"},), ("page",))
    row = Row(
        service="shop",
        slo="availability",
        group={"cluster": "eu"},
        category="availability",
        sli="events",
        objective="99.9%",
        unit="seconds",
        counted_in=CountedIn.EVENTS,
        window="30d",
        state="ok",
        source="recorded",
        coverage=1.0,
        window_measure=measured,
        period_measure=measured,
        burn=dict.fromkeys(BURN_WINDOWS, 0.5),
        incidents=(incident,),
        uncorrected_window=measured,
        uncorrected_period=measured,
        compare_measure=measured,
        forecast=Forecast(0.0, 1.0, 2.0),
    )
    lost = replace(
        row,
        window_measure=Measure(over),
        period_measure=Measure(over),
        burn=dict.fromkeys(BURN_WINDOWS),
        incidents=(replace(incident, budget_share=None),),
        uncorrected_window=None,
        uncorrected_period=None,
        compare_measure=None,
        forecast=None,
    )
    stands = Standing("shop", "team", "availability", 0.5, "ship", "")
    planned = PlannedTime("racks", "Move", "shop", is_corrected=True, times=(over,))
    known, unknown = (
        Report(
            3600.0, over, "prod", (each,), ("w",), (planned,), compare=compare, standings=(stands,)
        )
        for each, compare in ((row, over), (lost, None))
    )
    return known, unknown


def _keys(meanings: Mapping[str, str], known: Mapping[str, Any], unknown: Mapping[str, Any]) -> str:
    assert list(meanings) == list(known), f"{sorted(meanings)} are not {sorted(known)}"
    rows = (
        (f"`{key}`", _kind(key, value) + (" or null" if unknown[key] is None else ""), meaning)
        for (key, value), meaning in zip(known.items(), meanings.values(), strict=True)
    )
    return table(("key", "value", "meaning"), rows)


def _kind(key: str, value: object) -> str:
    if key in ("at", "from", "to", "start", "end", "earliest", "likely", "latest"):
        return "time"
    if isinstance(value, str):
        return "text"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, list):
        return "list"
    return "object" if isinstance(value, dict) else "number"
