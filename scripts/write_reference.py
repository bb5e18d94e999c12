"""Writes docs/reference/ from what slokit knows about itself; with --check it only reports drift.

Some pages are written as a whole, out of registries. The others are written by hand but for the
blocks between `<!-- written: … -->` and `<!-- /written -->`: see scripts/reference/blocks.py.
"""

import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import typer
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from typer.core import TyperArgument, TyperGroup

from scripts.reference import blocks, dashboards
from scripts.reference.tables import table
from slokit.cli.app import app
from slokit.cli.help import filled
from slokit.diagnostics.codes import CODES
from slokit.diagnostics.finding import Code
from slokit.diagnostics.formats import FORMATS as FINDING_FORMATS
from slokit.dialects.slokit_v1 import written
from slokit.dialects.slokit_v1.causes import CauseAlertWritten
from slokit.livecheck import CHECKS
from slokit.project import alertmanager as alertmanager_key
from slokit.project import alerts as alerts_key
from slokit.project import budget_policy, project_file, receivers
from slokit.project import maintenance as maintenance_key
from slokit.project import policies as policies_key
from slokit.promql import variables
from slokit.promql.labels import GROUP_RESERVED
from slokit.reporting.formats import FORMATS as REPORT_FORMATS
from slokit.sli import SLI_TYPES
from slokit.sli.latency import LimitWritten
from slokit.sli.threshold import QuotientBody, ThresholdLimitWritten
from slokit.source.decode import fields_by_key
from slokit.targets import TARGETS
from slokit.text.durations import format_duration

_ROOT = Path(__file__).parent.parent
_PAGES = _ROOT / "docs" / "reference"
_MARK = "<!-- Written by `make docs` from slokit's registries: change it there. -->"


def commands() -> Iterator[str]:
    """Every command with its arguments and options."""
    root = typer.main.get_command(app)
    assert isinstance(root, TyperGroup)
    for name, command in root.commands.items():
        yield from _command(name, command)
    yield "Every command ends with one of the [exit codes](exit-codes.md).\n"


def _command(name: str, command: Any) -> Iterator[str]:
    if isinstance(command, TyperGroup):
        for child, nested in command.commands.items():
            yield from _command(f"{name} {child}", nested)
        return
    yield f"## slokit {name}\n"
    yield f"{' '.join(inspect.cleandoc(command.help or '').split())}\n"
    rows = [row for each in command.params if (row := _parameter(each))]
    if rows:
        yield table(("argument or option", "what it does"), rows)


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


_SINCE = (
    "Each key works as it is described here, since version 0.1.0; the line of a newer one ends with"
    " the version that brought it.\n"
)


def spec() -> Iterator[str]:
    """Every key of a spec, from the models that read it."""
    parts: dict[str, type[BaseModel]] = {
        "A service: one YAML document": written.ServiceWritten,
        "`defaults`": written.DefaultsWritten,
        "An SLO: an entry of `slos`": written.SloWritten,
        "An entry of `objectives`": written.ObjectiveWritten,
        "`window`, by the calendar": written.CalendarWritten,
        "`time_slice`": written.TimeSliceWritten,
        "`join`": written.JoinWritten,
        "An entry of `cause_alerts`": CauseAlertWritten,
        "A template: a document with `parameters` besides": written.ParametersWritten,
        "An entry of `parameters`": written.ParameterWritten,
        "The use of a template: one YAML document": written.UseWritten,
    }
    yield _SINCE
    for title, model in parts.items():
        yield f"## {title}\n"
        yield _fields(model)
    for sli in SLI_TYPES:
        yield f"## `sli: {sli.name}`\n"
        yield f"{(sli.body.__doc__ or '').strip()}\n"
        yield _fields(sli.body)
        yield f"```yaml\n{sli.example.strip()}\n```\n"
    yield "## An entry of `limits` of a latency\n"
    yield _fields(LimitWritten)
    yield "## An entry of `limits` of a threshold\n"
    yield _fields(ThresholdLimitWritten)
    yield "## `ratio` of a threshold\n"
    yield "`ratio: {of: …, to: …}` in the place of `metric`.\n"
    yield _fields(QuotientBody)
    yield "## Variables of PromQL\n"
    yield (
        "Replaced as plain text, in a side that is PromQL and nowhere else. What each side must"
        " give: [write an SLO for any system](../how-to/write-an-slo.md#what-a-side-must-be).\n"
    )
    rows = ((f"`${name}`", meaning) for name, meaning in variables.MEANINGS.items())
    yield table(("variable", "what stands in its place"), rows)
    yield "## Reserved group labels\n"
    yield ", ".join(f"`{label}`" for label in sorted(GROUP_RESERVED)) + "\n"


def project() -> Iterator[str]:
    """Every key of slokit.yaml."""
    parts: dict[str, type[BaseModel]] = {
        "slokit.yaml": project_file.ProjectWritten,
        "`alerts`": alerts_key.AlertsWritten,
        "`alerts: {severities: …}`": alerts_key.SeveritiesWritten,
        "A severity: `{name: …, labels: {…}}`": alerts_key.SeverityWritten,
        "A policy: `alert_policies: {NAME: {…}}`": policies_key.PolicyWritten,
        "Each of its `burn_alerts`": policies_key.BurnAlertWritten,
        "Each of its `budget_alerts`": policies_key.BudgetAlertWritten,
        "`maintenance`, each of the list": maintenance_key.MaintenanceWritten,
        "`maintenance: [{when: …}]`": maintenance_key.TimeIntervalWritten,
        "`when: {times: […]}`": maintenance_key.TimesWritten,
        "`prometheus`": project_file.PrometheusWritten,
        "A rule of `error_budget_policy`": budget_policy.BudgetRuleWritten,
        "`lint`": project_file.LintWritten,
        "`alertmanager`": alertmanager_key.AlertmanagerWritten,
        "An entry of `alertmanager: {routes: […]}`": alertmanager_key.RouteWritten,
        "`escalate` of a route": alertmanager_key.EscalationWritten,
        "A receiver: `alertmanager: {receivers: {NAME: {…}}}`": receivers.ReceiverWritten,
        "`webhook` of a receiver": receivers.WebhookWritten,
        "`slack` of a receiver": receivers.SlackWritten,
        "`pagerduty` of a receiver": receivers.PagerdutyWritten,
        "`opsgenie` of a receiver": receivers.OpsgenieWritten,
        "`email` of a receiver": receivers.EmailWritten,
        "`teams` of a receiver": receivers.TeamsWritten,
    }
    yield _SINCE
    for title, model in parts.items():
        yield f"## {title}\n"
        yield _fields(model)
    yield "## Targets\n"
    rows = (
        (f"`{t.name}`", t.title, "yes" if t.is_default else "", ", ".join(f"`{p}`" for p in t.owns))
        for t in TARGETS
    )
    yield table(("target", "what it writes", "by default", "files"), rows)
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
        for name, field in fields_by_key(model).items()
    )
    return table(("key", "default", "meaning"), rows)


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


def codes() -> Iterator[str]:
    """Every code of a finding."""
    rows = (
        (f"[{c.number}](../codes/{c.number}.md)", f"`{c.slug}`", str(c.severity), c.title)
        for c in CODES
    )
    yield table(("code", "slug", "severity", "what it says"), rows)
    yield "`# slokit: ignore[SLK203] reason`, on the line or above it, silences one.\n"


def checks() -> Iterator[str]:
    """Every question of the live check, with the findings that it may have."""
    yield "What `slokit check` asks a live server.\n"
    rows = ((check.name, check.question, ", ".join(map(_page_of, check.codes))) for check in CHECKS)
    yield table(("check", "question", "findings"), rows)


def _page_of(code: Code) -> str:
    return f"[{code.number}](../codes/{code.number}.md) `{code.slug}`"


_WRITERS: Mapping[str, tuple[str, Callable[[], Iterator[str]]]] = {
    "commands": ("Commands", commands),
    "spec": ("The spec", spec),
    "project-file": ("slokit.yaml", project),
    "codes": ("Findings", codes),
    "checks": ("Live checks", checks),
}


def pages() -> dict[Path, str]:
    """The text of every page of the reference."""
    written = {
        _PAGES / f"{name}.md": [title, *writer()] for name, (title, writer) in _WRITERS.items()
    }
    whole = {
        page: "\n".join([f"# {title}\n", f"{_MARK}\n", *paragraphs])
        for page, (title, *paragraphs) in (written | dashboards.pages(_PAGES)).items()
    }
    others = sorted(set(_PAGES.glob("*.md")) - set(whole))
    return whole | {page: blocks.filled(page.read_text(encoding="utf-8")) for page in others}


def main(*, check: bool) -> int:
    """Write the pages, or list those that would change."""
    drift = {p: text for p, text in pages().items() if not p.is_file() or p.read_text() != text}
    for path, text in drift.items():
        print(
            f"{path.relative_to(_ROOT)} {'is out of date: run make docs' if check else 'written'}"
        )
        if not check:
            path.write_text(text)
    return 1 if check and drift else 0


if __name__ == "__main__":
    sys.exit(main(check="--check" in sys.argv[1:]))
