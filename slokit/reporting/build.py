"""A report: evidence from the ledger and from raw history, made into rows."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from slokit.model.bundle import Bundle, Project
from slokit.model.ledger import CountedIn
from slokit.model.slo import Slo
from slokit.prometheus.types import MetricsSource
from slokit.reporting import raw, recorded
from slokit.reporting.budget import measure, state
from slokit.reporting.evidence import Evidence, Key
from slokit.reporting.incidents import incidents
from slokit.reporting.model import BURN_WINDOWS, Report, Row, TimeRange

AUTO, RECORDED, RAW = "auto", "recorded", "raw"
SOURCES = (AUTO, RECORDED, RAW)
_NEARLY_ALL = 0.98
_MANY_EVENTS = 1_000_000
_NAMED = 5
_PERIOD = "the period"

Progress = Callable[[str], None]


def _silent(text: str) -> None:
    """No progress is shown."""


@dataclass(frozen=True, slots=True)
class ReportRequest:
    """What a report is about: SLOs of a bundle at one moment (Unix seconds) over a period.

    ``origin`` is recorded, raw, or auto: recorded where that covers the window, else raw.
    """

    bundle: Bundle
    slos: tuple[Slo, ...]
    at: float
    period_seconds: float
    origin: str = AUTO
    progress: Progress = _silent

    @property
    def project(self) -> Project:
        """The bundle's settings."""
        return self.bundle.project

    @property
    def period(self) -> TimeRange:
        """The period that the report is about."""
        return TimeRange(self.at - self.period_seconds, self.at)

    def spans(self) -> dict[str, TimeRange]:
        """The SLO windows by name, and the period."""
        windows = {slo.window for slo in self.slos}
        spans = {w.name: TimeRange(*w.span(self.at)) for w in windows}
        return {**dict(sorted(spans.items())), _PERIOD: self.period}


def build_report(request: ReportRequest, source: MetricsSource) -> Report:
    """The report. All questions are asked about one moment.

    Raises:
        PrometheusError: the server cannot answer.
    """
    found: dict[Key, Evidence] = {}
    warnings: list[str] = []
    if request.origin != RAW:
        request.progress("reading the recorded ledger")
        found = recorded.gather(source, request.project, request.spans(), request.period)
        if found and not recorded.is_one_server(source, request.project, request.at):
            warnings.append(
                "the same question had different answers: several replicas answer behind one"
                " address, so numbers may differ from one report to the next"
            )
    if request.origin != RECORDED:
        warnings += _ask_raw(request, found, source)
    rows = tuple(row for slo in request.slos for row in _rows(slo, found, request))
    warnings += _left_out(request, found) or _nothing(request, found)
    warnings += [
        *_too_good(request.slos, rows),
        *(f"the server warns: {w}" for w in source.warnings),
    ]
    return Report(
        at=request.at,
        period=request.period,
        bundle=request.bundle.name,
        rows=rows,
        warnings=tuple(warnings),
        server=source.url,
        requests=source.requests,
    )


def _ask_raw(
    request: ReportRequest, found: dict[Key, Evidence], source: MetricsSource
) -> list[str]:
    """Put in what raw history knows better than the ledger; gives what to say about it."""
    spans, origin = request.spans(), request.origin
    lacking = [s for s in request.slos if origin == RAW or not _covers(s, found, request)]
    groups = raw.gather(source, lacking, request.project, spans, request.period)
    replaced = []
    for number, (slo, evidence) in enumerate(groups, start=1):
        request.progress(f"reading raw history: {number} of {len(lacking)}, {slo.id}")
        if _replace(found, evidence, slo):
            replaced.append(slo.id)
    if not replaced or origin == RAW:
        return []
    return [f"the ledger does not cover the window; computed from raw history: {_some(replaced)}"]


def _replace(found: dict[Key, Evidence], better: Mapping[Key, Evidence], slo: Slo) -> bool:
    """Take the evidence that knows more ledger windows; alerts stay, raw history has none."""
    taken = False
    for key, evidence in better.items():
        earlier = found.get(key)
        if _slots(evidence, slo) > _slots(earlier, slo):
            evidence.firing |= earlier.firing if earlier else set()
            evidence.alerts |= earlier.alerts if earlier else {}
            found[key] = evidence
            taken = True
    return taken


def _slots(evidence: Evidence | None, slo: Slo) -> int:
    counts = evidence.spans.get(slo.window.name) if evidence else None
    return counts.slots if counts else 0


def _covers(slo: Slo, found: Mapping[Key, Evidence], request: ReportRequest) -> bool:
    """Whether the ledger of some group reaches back over the whole window."""
    start, end = slo.window.span(request.at)
    wanted = (end - start) / float(request.project.ledger_window) * _NEARLY_ALL
    own = (e for key, e in found.items() if key[:2] == (slo.service, slo.name))
    return any(_slots(evidence, slo) >= wanted for evidence in own)


def _rows(slo: Slo, found: Mapping[Key, Evidence], request: ReportRequest) -> list[Row]:
    """One row a group; one without a group when nothing is known at all."""
    keys = [
        key
        for key, evidence in found.items()
        if key[:2] == (slo.service, slo.name) and evidence.is_data and not _strange(key, slo)
    ]
    empty: Key = (slo.service, slo.name, ())
    return [_row(slo, key, found.get(key), request) for key in sorted(keys) or [empty]]


def _strange(key: Key, slo: Slo) -> set[str]:
    """The labels of a group that the spec does not group by."""
    return {name for name, _ in key[2]} - set(slo.folding.names)


def _left_out(request: ReportRequest, found: Mapping[Key, Evidence]) -> list[str]:
    """What to say about groups of the ledger that no row can show."""
    slos = {(slo.service, slo.name): slo for slo in request.slos}
    strange = [
        (key, own)
        for key, evidence in found.items()
        if evidence.is_data and key[:2] in slos and (own := _strange(key, slos[key[:2]]))
    ]
    if not strange:
        return []
    labels = ", ".join(sorted({label for _, own in strange for label in own}))
    names = _some(sorted({f"{service}/{slo}" for (service, slo, _), _ in strange}))
    told = f"{len(strange)} groups of the ledger have labels that the specs do not group by"
    why = "either group_by was another one, or Prometheus adds them"
    return [f"{told} ({labels}) and were left out: {names}; {why}"]


def _nothing(request: ReportRequest, found: Mapping[Key, Evidence]) -> list[str]:
    """What to say when the server knows nothing about any SLO."""
    if not request.slos or any(evidence.is_data for evidence in found.values()):
        return []
    where = {RECORDED: "in the ledger", RAW: "in raw history"}.get(
        request.origin, "in the ledger or in raw history"
    )
    what = f"there is nothing about bundle {request.bundle.name!r} {where}"
    hint = "are the compiled rules loaded? `slokit check` tells what is missing"
    return [f"{what}: is it the right server, and {hint}"]


def _some(names: Sequence[str]) -> str:
    """A few of many names."""
    return ", ".join(names[:_NAMED]) + (", …" if len(names) > _NAMED else "")


def _row(slo: Slo, key: Key, evidence: Evidence | None, request: ReportRequest) -> Row:
    project, spans = request.project, request.spans()
    known = evidence.spans if evidence else {}
    of_window, of_period = (
        measure(slo, known.get(name), spans[name], project) for name in (slo.window.name, _PERIOD)
    )
    burn = evidence.burn if evidence else {}
    return Row(
        service=slo.service,
        slo=slo.name,
        group=dict(key[2]),
        category=slo.category,
        sli=slo.sli.type,
        objective=slo.objective_text,
        unit=slo.sli.unit,
        counted_in=slo.sli.counted_in,
        window=slo.window.name,
        state=state(evidence, of_window),
        source=evidence.source if evidence else "",
        coverage=of_window.coverage,
        window_measure=of_window,
        period_measure=of_period,
        burn={name: burn.get(name) for name in BURN_WINDOWS},
        incidents=incidents(key, evidence, of_window, project) if evidence else (),
        description=slo.description,
        owner=slo.owner,
    )


def _too_good(slos: Iterable[Slo], rows: Iterable[Row]) -> list[str]:
    """SLOs of which no event out of a great many was bad; levels count seconds, not events."""
    counted = {slo.id for slo in slos if slo.sli.counted_in is CountedIn.EVENTS}
    events: dict[str, tuple[float, float]] = {}
    for row in rows:
        if row.id in counted:
            total, bad = events.get(row.id, (0.0, 0.0))
            window = row.window_measure
            events[row.id] = (total + (window.total or 0.0), bad + (window.bad or 0.0))
    return [
        f"{name}: none of {total:,.0f} events was bad; is the selector of the bad side right?"
        for name, (total, bad) in events.items()
        if bad == 0 and total >= _MANY_EVENTS
    ]
