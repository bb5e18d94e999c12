"""Formats of a gate's answers: lines for people, JSON for programs."""

import json
from collections.abc import Callable

from slokit.reporting.gate import Gate
from slokit.text.escaping import inert_json, visible
from slokit.text.format import Format
from slokit.text.moments import rfc3339


def _lines(gate: Gate) -> str:
    lines = []
    for each in gate.answers:
        group = ", ".join(f"{name}={value}" for name, value in each.row.group.items())
        owner = f", {each.row.owner}" if each.row.owner else ""
        of_group = f" {group}" if group else ""
        lines.append(f"{each.state:7}  {each.row.id}{of_group}{owner}: {each.why}")
    lines.append(f"gate at {rfc3339(gate.at)}: {gate.state}")
    if gate.override:
        lines.append(f"override: {gate.override}")
    return "".join(f"{visible(line)}\n" for line in lines)


def _json(gate: Gate) -> str:
    answers = [
        {
            "slo": each.row.id,
            "group": dict(each.row.group),
            "owner": each.row.owner,
            "gate": each.state,
            "why": each.why,
            "budget_remaining_ratio": each.row.window_measure.budget_remaining_ratio,
            "burn_1h": each.row.burn.get("1h"),
        }
        for each in gate.answers
    ]
    data = {
        "schema": "slokit.gate/v1",
        "at": rfc3339(gate.at),
        "gate": gate.state,
        "override": gate.override or None,
        "slos": answers,
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


FORMATS: tuple[Format[Callable[[Gate], str]], ...] = (
    Format("text", _lines),
    Format("json", _json, inert_json),
)
