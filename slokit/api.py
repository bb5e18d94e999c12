"""What slokit does: a function for each use case. docs/python-api.md documents them.

The command line calls these functions and nothing else. They print nothing, exit nowhere and read
no clock: moments are arguments. What only some of them need is imported by those, so that compiling
does not wait for the HTTP stack of a report.
"""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from slokit.alerts import explain_alerts, render_alerts
from slokit.catalogs import add_from_catalog, catalog, catalog_entry
from slokit.choices import names_of
from slokit.diagnostics.errors import BrokenEnvironmentError, NoSpecsError, UsageError
from slokit.diagnostics.finding import Finding, Severity
from slokit.diagnostics.formats import FORMATS as FINDING_FORMATS
from slokit.gates import Comparison, compare_groups, gate, log_gate, render_gate
from slokit.keeping import archive_of, check_destinations, keep_slots, send_report
from slokit.model.bundle import Bundle
from slokit.project import output
from slokit.project.environments import chosen_environment, chosen_environments, left_over, merged
from slokit.project.loading import Loaded, bundle_file, load, load_emptied
from slokit.project.output import Changes
from slokit.project.selection import named_slos
from slokit.project.workspace import is_path
from slokit.prometheus.settings import PrometheusSettings
from slokit.schemas import diff_schema, project_file_schema, report_schema, spec_schema
from slokit.targets import Artifact
from slokit.text.format import format_named
from slokit.writing import (
    InvalidSpecsError,
    compile,
    output_directory,
    refuse_errors,
    write,
    write_all,
)

if TYPE_CHECKING:
    from slokit.diff.model import BundleDiff
    from slokit.explain.facts import Explanation
    from slokit.explain.planned import Planned
    from slokit.explain.services import ServiceExplanation
    from slokit.livecheck import Measured
    from slokit.reporting.model import Report
    from slokit.reporting.plan import QueryPlan, ReportRequest

_WIDTH = 100


@dataclass(frozen=True, slots=True)
class LiveCheck:
    """What a live check found: ``loaded`` with the server's findings added, and what it cost.

    ``slos`` is how many were checked, ``requests`` how many requests that took, ``url`` the server.
    ``measured`` is what each SLI is worth there: one value a group.
    """

    loaded: Loaded
    slos: int
    url: str
    requests: int
    measured: "tuple[Measured, ...]" = ()


@dataclass(frozen=True, slots=True)
class NewProject:
    """The files of a new project, and the commands to run next, each with what it does.

    ``left_alone`` are files that were there already, to which something of slokit's belongs.
    """

    files: tuple[Path, ...]
    next_commands: tuple[tuple[str, str], ...]
    left_alone: tuple[Path, ...] = ()


def load_version(name: str, project: str | None = None, env: str | None = None) -> Loaded:
    """The specs of a file, a directory or a git revision by themselves, to be compared.

    A directory with a slokit.yaml is a project; other paths are specs under the nearest one. Of a
    revision the specs of the project are read, without touching the work tree; it may hold none.
    ``env`` is one of the project's environments; a revision without it is read without one.

    Raises:
        UsageError: no such file, directory or revision.
        NoSpecsError: the path holds no specs.
        BrokenEnvironmentError: something cannot be read, or git is missing.
    """
    from slokit.project.revisions import read_version

    return read_version(name, project, env)


def render(loaded: Loaded, form: str = "text", *, colour: bool = False) -> str:
    """The findings as text: for people, or in a format that other programs read.

    ``colour`` asks for a terminal's colours, where the format has any.

    Raises:
        UsageError: no such format.
    """
    chosen = format_named(form, FINDING_FORMATS)
    return chosen.inert(chosen.render(loaded.findings, loaded.texts, colour=colour))


def explain(loaded: Loaded, name: str) -> "Explanation | ServiceExplanation":
    """What slokit makes of one SLO, ``service/slo``: formulas, budget, alerts, files, queries.

    Of a service, by its name: what it is, and its SLOs, those of the owner or in the states alone
    that were selected.

    Raises:
        UsageError: no such SLO or service; the message names the closest ones.
    """
    from slokit.explain import facts
    from slokit.explain.services import ServiceExplanation

    for service in loaded.bundle.services:
        if service.name == name:
            place = loaded.place(service.location)
            use = loaded.use_of(service.location)
            is_narrowed, chosen = loaded.selection.is_narrowed, loaded.selection.slos_of(name)
            shown = replace(service, slos=chosen) if is_narrowed else service
            return ServiceExplanation(shown, loaded.bundle.project, place.file, place.line, use)
    slo = facts.slo_named(name, loaded.bundle)
    place, use = loaded.place(slo.location_of("name")), loaded.use_of(slo.location)
    return facts.explain(slo, loaded.bundle, place, use)


def explain_code(name: str) -> str | None:
    """The page about a code of findings, by number or slug, as Markdown; None for another name.

    Raises:
        UsageError: it looks like a code, and there is none of this number.
        BrokenEnvironmentError: slokit is not installed as a whole.
    """
    from slokit.project import code_pages

    return code_pages.page_of(name) if code_pages.is_code(name) else None


def render_explanation(
    explanation: "Explanation | ServiceExplanation", form: str = "text", width: int = _WIDTH
) -> str:
    """An explanation as text, its sentences wrapped to a width in columns.

    Raises:
        UsageError: no such format.
    """
    from slokit.explain import sections, services
    from slokit.explain.formats import FORMATS

    chosen = format_named(form, FORMATS)
    if isinstance(explanation, services.ServiceExplanation):
        return chosen.inert(chosen.render(services.page(explanation), width))
    return chosen.inert(chosen.render(sections.page(explanation), width))


def maintenance(loaded: Loaded, *, at: datetime | float) -> "tuple[Planned, ...]":
    """The maintenances of a bundle as of a moment: those that are on, then the next, then the past.

    Raises:
        UsageError: ``at`` has no time zone.
    """
    from slokit.explain.planned import planned

    return planned(loaded.bundle.project.maintenances, _moment(at))


def render_maintenance(found: "Iterable[Planned]", form: str = "text") -> str:
    """Maintenances as text.

    Raises:
        UsageError: no such format.
    """
    from slokit.explain.planned import FORMATS

    chosen = format_named(form, FORMATS)
    return chosen.inert(chosen.render(tuple(found)))


def diff(old: Loaded, new: Loaded) -> "BundleDiff":
    """What changes in meaning from one state of the specs to another.

    Raises:
        InvalidSpecsError: one of them has errors, so that its meaning is not known.
    """
    from slokit.diff.compare import compare

    refuse_errors(old)
    refuse_errors(new)
    return compare(old.bundle, new.bundle)


def diff_live(
    loaded: Loaded, prometheus: str | PrometheusSettings | None = None, *, at: datetime | float
) -> "BundleDiff":
    """What changes in meaning from the rules that a server runs to the specs, all of the bundle.

    Where the server runs none of its rules, what they have recorded is compared as of ``at``, an
    aware datetime or Unix seconds.

    Raises:
        InvalidSpecsError: the specs have errors, so that their meaning is not known.
        UsageError: no server is named, or ``at`` has no time zone.
        BrokenEnvironmentError: the server cannot be reached, or does not answer.
    """
    from slokit import deployed
    from slokit.diff.deployed import compare_deployed
    from slokit.prometheus.client import PrometheusClient

    refuse_errors(loaded)
    moment = _moment(at)
    with PrometheusClient(_server(loaded, prometheus)) as client:
        return compare_deployed(loaded.bundle, deployed.ask(loaded.bundle, client, moment))


def render_diff(difference: "BundleDiff", form: str = "text") -> str:
    """A difference as text.

    Raises:
        UsageError: no such format.
    """
    from slokit.diff.formats import FORMATS

    chosen = format_named(form, FORMATS)
    return chosen.inert(chosen.render(difference))


def server_settings(
    loaded: Loaded, *, trust_project: bool | None = None, **given: Any
) -> PrometheusSettings:
    """The server to ask: fields of :class:`PrometheusSettings` as given, else as in slokit.yaml.

    A ``url`` given replaces all that slokit.yaml says; credentials given need one. Credentials of
    slokit.yaml are used where it is trusted: with ``trust_project``, or unless that is False, where
    the user owns it and no CI runs.

    Raises:
        UsageError: no server is named, or no request can be made with these settings.
    """
    from slokit.project import server, trust

    project = loaded.bundle.project
    file = loaded.root / Path(project.file).name
    why = "" if trust_project else trust.why_untrusted(file, os.environ)
    if trust_project is False:
        why = why or "since the project is not trusted"
    return server.server_settings(project, loaded.root, given, why)


def in_states(
    loaded: Loaded,
    prometheus: str | PrometheusSettings | None,
    states: Iterable[str],
    *,
    at: datetime | float,
) -> Loaded:
    """With those of the selected SLOs that a report has in one of these states, in any group.

    What is wrong with the specs does not matter: it is about the SLOs that can be read.

    Raises:
        UsageError: no server is named, or ``at`` has no time zone.
        BrokenEnvironmentError: the server cannot be reached, or does not answer any more.
    """
    sound = replace(loaded, findings=())
    rows = report(sound, prometheus, at=at).only(frozenset(states)).rows if loaded.slos else ()
    return loaded.narrowed({f"{row.service}/{row.slo}" for row in rows})


def check_live(
    loaded: Loaded, prometheus: str | PrometheusSettings | None = None, *, at: datetime | float
) -> LiveCheck:
    """Check the selected SLOs against a live server: metrics, labels, buckets, groups, retention.

    Specs whose errors are names that the server reads are read anew for it; a finding says so.
    ``prometheus`` is the server, as a URL or with credentials; slokit.yaml's unless given. ``at``
    is the moment that all queries are about, an aware datetime or Unix seconds.

    Raises:
        UsageError: no server is named, or ``at`` has no time zone.
        BrokenEnvironmentError: the server cannot be reached, or does not answer any more.
    """
    from slokit import livecheck
    from slokit.prometheus.client import PrometheusClient

    moment = _moment(at)
    with PrometheusClient(_server(loaded, prometheus)) as client:
        is_newer = loaded.needs_newer_server and livecheck.reads_utf8(client)
        if is_newer:
            loaded = loaded.read_for(livecheck.UTF8_SERVER)
        slos, is_complete = loaded.slos, not loaded.errors
        is_whole = loaded.selection.is_whole and not loaded.selection.is_narrowed
        scope = livecheck.Scope(slos, loaded.bundle, is_whole, is_complete)
        found = livecheck.check(scope, client, moment, is_read_for_server=is_newer)
        url, requests = client.url, client.requests
    checked = loaded.with_findings(found.findings)
    return LiveCheck(checked, len(slos), url, requests, found.measured)


def render_check(checked: LiveCheck, form: str = "text", *, colour: bool = False) -> str:
    """The findings of a live check; as text and as JSON also what each SLI is worth.

    ``colour`` asks for a terminal's colours, where the format has any.

    Raises:
        UsageError: no such format.
    """
    from slokit.livecheck import formats

    findings = render(checked.loaded, form, colour=colour)
    shown = formats.with_measured(form, findings, checked.measured)
    return format_named(form, FINDING_FORMATS).inert(shown)


def report(
    loaded: Loaded,
    prometheus: str | PrometheusSettings | None = None,
    *,
    at: datetime | float,
    period: str = "7d",
    compare: str = "",
    timezone: str = "UTC",
    source: str = "auto",
    slos: Iterable[str] | None = None,
    concurrency: int = 4,
    series: int = 100,
    charts: bool = True,
    archive: str | Path | None = None,
    progress: Callable[[str], None] | None = None,
) -> "Report":
    """Error budgets from live metrics: what was spent, what is left, what burns.

    ``prometheus`` is the server, as a URL or with credentials; slokit.yaml's unless given. ``at``
    is the moment of the report, an aware datetime or Unix seconds, and ``period`` how far back it
    lists incidents, such as ``7d``; or a week (``2026-W47``), a month (``2026-10``) or a range
    (``2026-10-01/2026-10-15``) by the clocks of the ``timezone``, at the end of which the report
    is then. ``compare`` is ``previous``, or a period to count as well. ``source`` is ``recorded``
    (the ledger), ``raw`` (raw history), or ``auto``: recorded where the ledger covers the window,
    raw elsewhere. ``slos`` are names of services and SLOs (``service/slo``), the selected services
    unless given. Up to ``concurrency`` queries about raw history are sent at once, about the ledger
    two at most. Of the ``series`` groups that spent most, slots are read as well, as short as
    ``charts`` need them, or else days, which forecasts are made from. Hours that the server has
    forgotten are taken from the ``archive``, a directory, slokit.yaml's unless given
    (:func:`keep_slots`). ``progress`` is called with what is being read.

    Raises:
        InvalidSpecsError: there are errors among the findings.
        UsageError: no server is named; or a name, the moment, the period or the source is wrong.
        BrokenEnvironmentError: the server cannot be reached, or does not answer any more.
    """
    from slokit.prometheus.client import PrometheusClient
    from slokit.reporting import build_report

    request = _report_request(
        loaded, slos, at, source, period=period, compare=compare, timezone=timezone
    )
    request = replace(request, series=series, charts=charts)
    with PrometheusClient(_server(loaded, prometheus)) as client:
        kept = archive_of(loaded, archive)
        return build_report(request, client, progress, concurrency, kept)


def plan_report(
    loaded: Loaded,
    *,
    at: datetime | float,
    period: str = "7d",
    compare: str = "",
    timezone: str = "UTC",
    source: str = "auto",
    slos: Iterable[str] | None = None,
    series: int = 0,
    charts: bool = True,
    archive: str | Path | None = None,
) -> "QueryPlan":
    """The queries that :func:`report` sends, without sending them; printed, they can be pasted.

    With an ``archive``, slokit.yaml's unless given, those of :func:`keep_slots` as well.

    Raises:
        InvalidSpecsError: there are errors among the findings.
        UsageError: a name, the moment, the period or the source is wrong.
    """
    from slokit import reporting

    request = _report_request(
        loaded, slos, at, source, period=period, compare=compare, timezone=timezone
    )
    has_archive = archive is not None or bool(loaded.bundle.project.archive)
    request = replace(request, series=series, charts=charts)
    return reporting.plan_report(request, has_archive=has_archive)


def render_report(report: "Report", form: str = "table", width: int = 160) -> str:
    """A report as text, for a screen of so many columns, for a browser, or for programs.

    Raises:
        UsageError: no such format.
    """
    from slokit.reporting.formats import FORMATS

    chosen = format_named(form, FORMATS)
    return chosen.inert(chosen.render(report, width))


def init(directory: str | Path = ".") -> NewProject:
    """Write the first files of a project; an existing file is left alone, and so are all others.

    Raises:
        UsageError: one of the files exists, other than .gitattributes.
        BrokenEnvironmentError: one cannot be written.
    """
    from slokit.project import scaffold
    from slokit.version import __version__

    root = Path(directory)
    has_gitlab = (root / ".gitlab-ci.yml").is_file()
    files = scaffold.first_files(root.resolve().name, __version__, has_gitlab=has_gitlab)
    attributes = root / scaffold.GIT_ATTRIBUTES
    left_alone = (attributes,) if os.path.lexists(attributes) else ()
    new = {path: text for path, text in files.items() if root / path not in left_alone}
    output.create_files(new, root)
    return NewProject(tuple(root / path for path in new), scaffold.NEXT_COMMANDS, left_alone)


def save(path: str | Path, text: str) -> None:
    """Write a text into a file, whole or not at all; a device or pipe is written into.

    Raises:
        BrokenEnvironmentError: it cannot be written.
    """
    output.write_file(Path(path), text)


def _server(loaded: Loaded, prometheus: str | PrometheusSettings | None) -> PrometheusSettings:
    if isinstance(prometheus, PrometheusSettings):
        return prometheus
    return server_settings(loaded, url=prometheus)


def _moment(at: datetime | float) -> float:
    """Unix seconds."""
    if not isinstance(at, datetime):
        return float(at)
    if at.tzinfo is None:
        raise UsageError(f"at: {at.isoformat()} has no time zone")
    return at.timestamp()


def _report_request(
    loaded: Loaded, slos: Iterable[str] | None, at: datetime | float, source: str, **about: str
) -> "ReportRequest":
    from slokit.reporting.plan.request import request_about

    refuse_errors(loaded)
    chosen = loaded.slos if slos is None else named_slos(slos, loaded.bundle)
    return replace(request_about(loaded.bundle, chosen, _moment(at), **about), source=source)


__all__ = [
    "Artifact",
    "BrokenEnvironmentError",
    "Bundle",
    "Changes",
    "Comparison",
    "Finding",
    "InvalidSpecsError",
    "LiveCheck",
    "Loaded",
    "NewProject",
    "NoSpecsError",
    "PrometheusSettings",
    "Severity",
    "UsageError",
    "add_from_catalog",
    "archive_of",
    "bundle_file",
    "catalog",
    "catalog_entry",
    "check_destinations",
    "check_live",
    "chosen_environment",
    "chosen_environments",
    "compare_groups",
    "compile",
    "diff",
    "diff_live",
    "diff_schema",
    "explain",
    "explain_alerts",
    "explain_code",
    "gate",
    "in_states",
    "init",
    "is_path",
    "keep_slots",
    "left_over",
    "load",
    "load_emptied",
    "load_version",
    "log_gate",
    "maintenance",
    "merged",
    "names_of",
    "output_directory",
    "plan_report",
    "project_file_schema",
    "render",
    "render_alerts",
    "render_check",
    "render_diff",
    "render_explanation",
    "render_gate",
    "render_maintenance",
    "render_report",
    "report",
    "report_schema",
    "save",
    "send_report",
    "server_settings",
    "spec_schema",
    "write",
    "write_all",
]
