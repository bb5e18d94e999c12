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
        group = ", ".join(f"{name}={value}" for name, value in each.group.items())
        owner = f", {each.owner}" if each.owner else ""
        of_group = f" {group}" if group else ""
        lines.append(f"{each.state:7}  {each.slo}{of_group}{owner}: {each.why}")
    subject = f" for {gate.subject}" if gate.subject else ""
    lines.append(f"gate at {rfc3339(gate.at)}{subject}: {gate.state}")
    lines += [f"overridden before, {each}" for each in gate.earlier]
    if gate.override:
        lines.append(f"override: {gate.override}")
    return "".join(f"{visible(line)}\n" for line in lines)


def _json(gate: Gate) -> str:
    answers = [
        {
            "slo": each.slo,
            "group": dict(each.group),
            "owner": each.owner,
            "gate": each.state,
            "why": each.why,
            **each.facts,
        }
        for each in gate.answers
    ]
    data = {
        "schema": "slokit.gate/v1",
        "at": rfc3339(gate.at),
        "gate": gate.state,
        "override": gate.override or None,
        "subject": gate.subject or None,
        "earlier_overrides": list(gate.earlier),
        "slos": answers,
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


FORMATS: tuple[Format[Callable[[Gate], str]], ...] = (
    Format("text", _lines),
    Format("json", _json, inert_json),
)
