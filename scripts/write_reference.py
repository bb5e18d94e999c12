"""Writes docs/reference/ from the registries of slokit; with --check it only reports drift.

What the program knows about itself stands there once: nothing in the reference is written by hand
but the few sentences around the tables.
"""

import inspect
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import typer
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from typer.core import TyperArgument, TyperGroup

from slokit import api
from slokit.cli.app import app
from slokit.cli.help import filled
from slokit.cli.output import Exit
from slokit.compiler.program import compile_bundle
from slokit.compiler.rules import AlertRule, Program, RecordingRule, RuleGroup
from slokit.diagnostics.codes import CODES
from slokit.diagnostics.finding import Code
from slokit.diagnostics.formats import FORMATS as FINDING_FORMATS
from slokit.dialects.slokit_v1 import written
from slokit.livecheck import CHECKS
from slokit.model.alerting import PRESETS, BurnAlert
from slokit.model.bundle import Bundle, Project
from slokit.project import project_file
from slokit.promql.labels import GROUP_RESERVED
from slokit.reporting.formats import FORMATS as REPORT_FORMATS
from slokit.sli import SLI_TYPES
from slokit.targets import TARGETS
from slokit.text.durations import format_duration

_ROOT = Path(__file__).parent.parent
_PAGES = _ROOT / "docs" / "reference"
_EXAMPLE = _ROOT / "slo-specs" / "etcd.yaml"
_MONTH = Fraction(30 * 86_400)
_MARK = "<!-- Written by `make docs` from slokit's registries: change it there. -->"

# What the recorded series mean; a record without a meaning fails the run.
_MEANINGS = {
    "slokit:total:rate5m": (
        "Events per second, a mean over the ledger window; of time and members: how many there are."
    ),
    "slokit:bad:rate5m": "Bad ones among them. Never without the total.",
    "slokit:budget:ratio": "Allowed bad per total: 0.001 for 99.9 %; events per second for a rate.",
    "slokit:info": "1, with the SLO's metadata as labels: join it on (bundle, service, slo).",
    "slokit:total:events5m": "Events in one ledger slot; sum them over any time.",
    "slokit:bad:events5m": "Bad events in one ledger slot.",
    "slokit:budget_remaining:ratio": (
        "What is left of the budget of the SLO window: 1 is all of it, below 0 is overspent."
    ),
}
_BURN = "slokit:burn:"
_EXITS = {
    Exit.FINE: "fine",
    Exit.ERRORS: "errors in specs, or drift; with `--strict` warnings and breaks in history, too",
    Exit.USAGE: "wrong usage",
    Exit.NO_SPECS: "no specs found",
    Exit.ENVIRONMENT: "the environment: an unreachable Prometheus, an unreadable file",
    Exit.BREACHED: "a budget breached, or a closed gate (for later)",
    Exit.UNKNOWN: "a gate that cannot know (for later)",
}


def commands() -> Iterator[str]:
    """Every command with its arguments and options, and the exit codes."""
    root = typer.main.get_command(app)
    assert isinstance(root, TyperGroup)
    for name, command in root.commands.items():
        yield from _command(name, command)
    yield "## Exit codes\n"
    yield _table(("code", "means"), ((str(int(code)), _EXITS[code]) for code in Exit))


def _command(name: str, command: Any) -> Iterator[str]:
    if isinstance(command, TyperGroup):
        for child, nested in command.commands.items():
            yield from _command(f"{name} {child}", nested)
        return
    yield f"## slokit {name}\n"
    yield f"{' '.join(inspect.cleandoc(command.help or '').split())}\n"
    rows = [row for each in command.params if (row := _parameter(each))]
    if rows:
        yield _table(("argument or option", "what it does"), rows)


def _parameter(parameter: Any) -> tuple[str, str] | None:
    text = filled(parameter.help or "")
    if isinstance(parameter, TyperArgument):
        name = (parameter.metavar or parameter.name or "").upper()
        return f"`{name if parameter.required else f'[{name}]'}`", text
    if parameter.hidden or parameter.name == "help":
        return None
    value = "" if parameter.is_flag else f" {parameter.metavar or 'TEXT'}"
    default = "" if parameter.default in (None, False) else f" Default: `{parameter.default}`."
    return f"`{', '.join(parameter.opts)}{value}`", f"{text}{default}"


def spec() -> Iterator[str]:
    """Every key of a spec, from the models that read it."""
    parts: dict[str, type[BaseModel]] = {
        "A service: one YAML document": written.ServiceWritten,
        "`defaults`": written.DefaultsWritten,
        "An SLO: an entry of `slos`": written.SloWritten,
        "An entry of `objectives`": written.ObjectiveWritten,
        "`join`": written.JoinWritten,
    }
    for title, model in parts.items():
        yield f"## {title}\n"
        yield _fields(model)
    for sli in SLI_TYPES:
        yield f"## `sli: {sli.name}`\n"
        yield f"{(sli.body.__doc__ or '').strip()}\n"
        yield _fields(sli.body)
        yield f"```yaml\n{sli.example.strip()}\n```\n"
    yield "## Reserved group labels\n"
    yield ", ".join(f"`{label}`" for label in sorted(GROUP_RESERVED)) + "\n"


def project() -> Iterator[str]:
    """Every key of slokit.yaml."""
    parts: dict[str, type[BaseModel]] = {
        "slokit.yaml": project_file.ProjectWritten,
        "`alerts`": project_file.AlertsWritten,
        "`prometheus`": project_file.PrometheusWritten,
        "`lint`": project_file.LintWritten,
    }
    for title, model in parts.items():
        yield f"## {title}\n"
        yield _fields(model)
    yield "## Targets\n"
    rows = (
        (f"`{t.name}`", t.title, "yes" if t.is_default else "", ", ".join(f"`{p}`" for p in t.owns))
        for t in TARGETS
    )
    yield _table(("target", "what it writes", "by default", "files"), rows)
    for target in TARGETS:
        if target.options.model_fields:
            yield f"Options of `{target.name}`, as in `targets: [{{{target.name}: {{…}}}}]`:\n"
            yield _fields(target.options)
    yield "## Formats\n"
    found = ", ".join(f"`{f.name}`" for f in FINDING_FORMATS)
    reports = ", ".join(f"`{f.name}`" for f in REPORT_FORMATS)
    yield f"Findings (`validate`, `check`): {found}. Reports: {reports}.\n"


def _fields(model: type[BaseModel]) -> str:
    rows = (
        (
            f"`{name}`",
            "required" if field.is_required() else _default(field),
            _meaning_of(name, field),
        )
        for name, field in model.model_fields.items()
    )
    return _table(("key", "default", "meaning"), rows)


def _meaning_of(name: str, field: FieldInfo) -> str:
    assert field.description, f"the key {name} has no description"
    return field.description


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value: Any = field.default
    if value is None or value is PydanticUndefined or value in ("", (), {}, []):
        return ""
    if isinstance(value, BaseModel):
        return ""
    if isinstance(value, Fraction):
        return f"`{format_duration(value)}`"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, list | tuple):
        return f"`[{', '.join(map(str, value))}]`"
    return f"`{value}`"


def series() -> Iterator[str]:
    """The recorded series and their groups, from a compiled bundle."""
    program = _program()
    (_, ledger), *_rest = program.ledgers
    for group in (ledger, *program.groups):
        records = dict.fromkeys(r.record for r in group.rules if isinstance(r, RecordingRule))
        if records:
            yield f"## `{_general(group.name)}`, every {format_duration(group.interval)}\n"
            labels = _labels(group)
            yield _table(
                ("series", "labels", "meaning"),
                ((f"`{name}`", labels[name], _meaning(name)) for name in records),
            )


def _general(group: str) -> str:
    return group.replace(":default:", ":<bundle>:").replace(":etcd", ":<service>")


def _labels(group: RuleGroup) -> Mapping[str, str]:
    own: dict[str, set[str]] = {}
    for rule in group.rules:
        if isinstance(rule, RecordingRule):
            own.setdefault(rule.record, set()).update(set(rule.labels) & {"window"})
    base = "bundle, service, slo"
    groupless = ("slokit:budget:ratio", "slokit:info")
    return {
        name: base
        + ("" if name in groupless else ", the group's")
        + "".join(f", {label}" for label in sorted(more))
        + (", metadata" if name == "slokit:info" else "")
        for name, more in own.items()
    }


def _meaning(name: str) -> str:
    if name.startswith(_BURN):
        span = name.removeprefix(_BURN)
        return f"Burn rate over {span}: 1 spends the budget in exactly one SLO window."
    return _MEANINGS[name]


def alerts() -> Iterator[str]:
    """The alert policies and all alerts."""
    yield "## Policies\n"
    for policy in PRESETS:
        yield f"### `{policy.name}`\n"
        rows = [_burn_row(alert) for alert in policy.burn_alerts]
        exhausted = (
            f"`SLOBudgetExhausted` at severity {policy.exhausted}." if policy.exhausted else ""
        )
        if rows:
            heads = (
                "severity",
                "long",
                "short",
                "burn rate",
                "of a 30d budget",
                "30d budget gone in",
            )
            yield _table(heads, rows)
        yield f"{exhausted or 'No alert on an exhausted budget.'}\n"
    yield "## Alerts\n"
    seen: dict[str, list[AlertRule]] = {}
    for group in _program().groups:
        for rule in group.rules:
            if isinstance(rule, AlertRule):
                seen.setdefault(rule.alert, []).append(rule)
    rows = [
        (
            f"[`{name}`](../runbooks/{name}.md)",
            " or ".join(dict.fromkeys(rule.labels["severity"] for rule in rules)),
            _hold(rules[0]),
        )
        for name, rules in seen.items()
    ]
    yield _table(("alert", "severity", "for"), rows)
    yield (
        "Labels of `SLOBudgetBurn`: bundle, service, slo, the group's, severity, alert_policy,"
        " long, short, and the info labels named in `alerts.labels` (default: owner)."
        " That set is frozen.\n"
    )


def _burn_row(alert: BurnAlert) -> Sequence[str]:
    share = Fraction(alert.burn) * alert.long / _MONTH
    gone = float(_MONTH / Fraction(alert.burn) / 3600)
    return (
        alert.severity,
        format_duration(alert.long),
        format_duration(alert.short),
        str(alert.burn),
        f"{float(100 * share):g} %",
        f"{gone:.0f} h",
    )


def _hold(rule: AlertRule) -> str:
    return format_duration(rule.hold) if rule.hold else "at once"


def codes() -> Iterator[str]:
    """Every code of a finding."""
    rows = (
        (f"[{c.number}](../codes/{c.number}.md)", f"`{c.slug}`", str(c.severity), c.title)
        for c in CODES
    )
    yield _table(("code", "slug", "severity", "what it says"), rows)
    yield "`# slokit: ignore[SLK203] reason`, on the line or above it, silences one.\n"


def checks() -> Iterator[str]:
    """Every question of the live check, with the findings that it may have."""
    yield "What `slokit check` asks a live server.\n"
    rows = ((check.name, check.question, ", ".join(map(_page_of, check.codes))) for check in CHECKS)
    yield _table(("check", "question", "findings"), rows)


def _page_of(code: Code) -> str:
    return f"[{code.number}](../codes/{code.number}.md) `{code.slug}`"


def _program() -> Program:
    loaded = api.load([str(_EXAMPLE)])
    services = tuple(s for s in loaded.bundle.services if s.name == _EXAMPLE.stem)
    return compile_bundle(Bundle(Project(), services))


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", r"\|")


_WRITERS: Mapping[str, tuple[str, Callable[[], Iterator[str]]]] = {
    "commands": ("Commands", commands),
    "spec": ("The spec", spec),
    "project-file": ("slokit.yaml", project),
    "series": ("Recorded series", series),
    "alerts": ("Alerts", alerts),
    "codes": ("Findings", codes),
    "checks": ("Live checks", checks),
}


def pages() -> dict[Path, str]:
    """The text of every page of the reference."""
    return {
        _PAGES / f"{name}.md": "\n".join([f"# {title}\n", f"{_MARK}\n", *writer()])
        for name, (title, writer) in _WRITERS.items()
    }


def main(*, check: bool) -> int:
    """Write the pages, or list those that would change."""
    drift = [p for p, text in pages().items() if not p.is_file() or p.read_text() != text]
    for path in drift:
        print(
            f"{path.relative_to(_ROOT)} {'is out of date: run make docs' if check else 'written'}"
        )
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(pages()[path])
    return 1 if check and drift else 0


if __name__ == "__main__":
    sys.exit(main(check="--check" in sys.argv[1:]))
