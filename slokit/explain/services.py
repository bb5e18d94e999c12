"""A service, explained: what it is, and which SLOs and cause alerts it has."""

from collections.abc import Iterator
from dataclasses import dataclass

from slokit.diagnostics.finding import Place
from slokit.explain.facts import written_at
from slokit.explain.sections import Code, Page, Section
from slokit.model.alerting import PAGE
from slokit.model.bundle import Project
from slokit.model.causes import FAILURE_MODES, CauseAlert
from slokit.model.slo import Service, Slo
from slokit.text.durations import readable_duration
from slokit.text.words import counted, joined


@dataclass(frozen=True, slots=True)
class ServiceExplanation:
    """A service, its SLOs and cause alerts, and the file and line where it is written.

    ``use`` is where the template is used that it comes from, if any.
    """

    service: Service
    project: Project
    file: str
    line: int
    use: Place | None = None


def page(explanation: ServiceExplanation) -> Page:
    """The page about a service, for a format to print."""
    service, slos = explanation.service, explanation.service.slos
    metadata = {
        "bundle": explanation.project.bundle,
        "owner": service.owner,
        "runbook": service.runbook,
        **service.labels,
    }
    rest = [f"{name} {value}" for name, value in metadata.items() if value]
    return Page(
        f"{service.name}: {service.description or counted(len(slos), 'SLO')}",
        ", ".join([written_at(explanation.file, explanation.line, explanation.use), *rest]),
        (
            Section("SLOs", tuple(_slo(slo) for slo in slos), is_list=True),
            *_causes(service, explanation.project),
            Section("More", tuple(_more(service))),
        ),
    )


def _slo(slo: Slo) -> str:
    promise = f": {slo.description}" if slo.description else ""
    return f"{slo.id}, {slo.objective_text} over {slo.window.described}{promise}"


def _causes(service: Service, project: Project) -> Iterator[Section]:
    """The cause alerts, each with its condition as it is evaluated."""
    parts = [part for cause in service.causes for part in _cause(cause, project)]
    if parts:
        yield Section("Cause alerts", tuple(parts))


def _cause(cause: CauseAlert, project: Project) -> Iterator[str | Code]:
    severity = project.alerts.of(cause.severity).name
    about = cause.summary or FAILURE_MODES[cause.failure_mode]
    silences = "pages and tickets" if cause.severity == PAGE else "tickets"
    whose = f"the same {joined(cause.groups)}" if cause.groups else "the whole service"
    runbook = f" Its runbook is {cause.runbook}." if cause.runbook else ""
    yield f"{cause.name} ({cause.failure_mode}): {about}.{runbook}"
    held = f" for {readable_duration(cause.hold)}" if cause.hold else ""
    if cause.keep_firing:
        held += f", and {readable_duration(cause.keep_firing)} longer"
    yield Code(
        f"a {severity} that silences {silences} of {whose}, while this holds{held}", cause.expr
    )


def _more(service: Service) -> Iterator[Code]:
    for slo in service.slos[:1]:
        yield Code("one SLO, with its formulas", f"slokit explain {slo.id}")
    yield Code("what is written wrongly, if anything", f"slokit validate {service.file}")
