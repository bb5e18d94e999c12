"""SLOs of slokit/v1: defaults applied, objectives spread out, SLIs resolved."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from slokit.dialects.slokit_v1_written import (
    NOT_YET_SLO,
    DefaultsWritten,
    JoinWritten,
    ObjectiveWritten,
    Selection,
    ServiceWritten,
    SloWritten,
)
from slokit.promql.locate import fault_span
from slokit.promql.selector import Matcher, merge
from slokit.sli import SLI_TYPES
from slokit.sli.base import Reader, Surroundings, Type
from slokit.spec import codes
from slokit.spec.bundle import Project
from slokit.spec.diagnostics import Finding, Related, suggest
from slokit.spec.model import Folding, Join, Problem, Route, Sli, Slo, Window
from slokit.spec.shape import decode
from slokit.spec.units import clip, format_duration, format_percent
from slokit.spec.written import Written
from slokit.spec.yaml_tree import Document

_DAY, _YEAR = Fraction(86_400), Fraction(31_536_000)
_DEFAULT_WINDOW = 30 * _DAY
_DEFAULT_RATE_MIN_BAD_EVENTS = 3


@dataclass(frozen=True, slots=True)
class Context:
    """Where SLOs are read: their document and the bundle's settings."""

    document: Document
    project: Project


@dataclass(frozen=True, slots=True)
class Part:
    """One SLO to be: the SLO as written, the entry of ``objectives`` if it is one, and places."""

    slo: SloWritten
    entry: ObjectiveWritten | None
    route: Route
    entry_route: Route
    type: Type
    body: Written

    @property
    def name(self) -> str:
        """The SLO's full name."""
        return f"{self.slo.name}-{self.entry.name}" if self.entry else self.slo.name

    def pick(self, key: str, defaults: DefaultsWritten) -> Any:
        """The value that counts: the entry's, else the SLO's, else the default."""
        for level in (self.entry, self.slo, defaults):
            value = getattr(level, key, None)
            if value is not None:
                return value
        return None

    def where(self, key: str) -> Route:
        """The route of a key: in the entry if it is written there."""
        in_entry = self.entry is not None and getattr(self.entry, key, None) is not None
        return (*(self.entry_route if in_entry else self.route), key)


def read_slos(service: ServiceWritten, context: Context) -> tuple[tuple[Slo, ...], list[Finding]]:
    """All SLOs that can be read, and what is wrong with the others."""
    slos: list[Slo] = []
    findings: list[Finding] = []
    seen: dict[str, Route] = {}
    for number, data in enumerate(service.slos):
        parts, more = _parts(data, number, context)
        findings += more
        for part in parts:
            slo, more = _resolve(part, service, context)
            findings += more + _duplicate(part, seen, context)
            slos += [slo] if slo else []
    return tuple(slos), findings


def _parts(data: Any, number: int, context: Context) -> tuple[list[Part], list[Finding]]:
    route: Route = ("slos", number)
    place = context.document.place
    written, findings = decode(SloWritten, data, place, route, NOT_YET_SLO)
    if written is None:
        return [], findings + _sli_findings(data, route, context)
    sli_type, more = _sli_type(written.sli, route, context)
    if sli_type is None:
        return [], more
    body_route = (*route, "sli", sli_type.name)
    body, more = decode(sli_type.body, written.sli[sli_type.name], place, body_route, {})
    if body is None:
        return [], more
    return list(_spread(written, route, sli_type, body)), []


def _sli_findings(data: Any, route: Route, context: Context) -> list[Finding]:
    """What is wrong with the SLI of an SLO that is wrong itself."""
    sli = data.get("sli") if isinstance(data, dict) else None
    if not isinstance(sli, dict):
        return []
    sli_type, findings = _sli_type(sli, route, context)
    if sli_type is None:
        return findings
    body_route = (*route, "sli", sli_type.name)
    return decode(sli_type.body, sli[sli_type.name], context.document.place, body_route, {})[1]


def _sli_type(
    sli: dict[str, Any], route: Route, context: Context
) -> tuple[Type | None, list[Finding]]:
    known = {sli_type.name: sli_type for sli_type in SLI_TYPES}
    place = context.document.place
    found = [known[key] for key in sli if key in known]
    findings = []
    for key in sli:
        if key in known:
            continue
        where = place((*route, "sli", key), of_key=True)
        if key in NOT_YET_SLO:
            message = f"{key!r} is not supported yet: {NOT_YET_SLO[key]}"
            findings.append(Finding(codes.NOT_YET, message, where, "leave it out for now"))
        else:
            nearest = suggest(key, known)
            hint = f"did you mean {nearest!r}?" if nearest else f"one of {', '.join(known)}"
            message = f"unknown key {clip(key)!r} in sli"
            findings.append(Finding(codes.UNKNOWN_KEY, message, where, hint))
    if len(found) != 1 and not findings:
        has = "none" if not found else " and ".join(t.name for t in found)
        message = f"an SLI has exactly one type; here is {has}"
        where = place((*route, "sli"), of_key=True)
        findings.append(Finding(codes.ONE_TYPE, message, where, f"one of {', '.join(known)}"))
    return (found[0] if not findings else None), findings


def _spread(written: SloWritten, route: Route, sli_type: Type, body: Written) -> Iterator[Part]:
    if written.objectives is None:
        yield Part(written, None, route, route, sli_type, body)
        return
    for number, entry in enumerate(written.objectives):
        limits: dict[str, Any] = {
            key: value
            for key in ("at_most", "at_least")
            if (value := getattr(entry, key)) is not None and key in type(body).model_fields
        }
        entry_route = (*route, "objectives", number)
        yield Part(written, entry, route, entry_route, sli_type, body.model_copy(update=limits))


def _duplicate(part: Part, seen: dict[str, Route], context: Context) -> list[Finding]:
    place = context.document.place
    route = (*part.entry_route, "name")
    first = seen.setdefault(part.name, route)
    if first == route:
        return []
    related = (Related(place(first), "first here"),)
    message = f"a second SLO named {part.name!r}"
    return [Finding(codes.DUPLICATE_SLO, message, place(route), "rename one", related)]


def _resolve(
    part: Part, service: ServiceWritten, context: Context
) -> tuple[Slo | None, list[Finding]]:
    defaults = service.defaults
    folding = _folding(part, defaults)
    reader = Reader(_surroundings(folding, context.project))
    sli: Sli | None = part.type.resolve(part.body, reader)
    findings = [_finding(problem, part, context) for problem in reader.problems]
    findings += _check_objective(part, context) + _check_limits(part, context)
    window, more = _window(part, defaults, context)
    findings += more + _check_min_bad_events(part, context)
    if sli is None or findings:
        return None, findings
    return _slo(part, service, sli, folding, Window(window), context), []


def _slo(
    part: Part,
    service: ServiceWritten,
    sli: Sli,
    folding: Folding,
    window: Window,
    context: Context,
) -> Slo:
    written, objective = part.slo, _objective(part)
    return Slo(
        service=service.service,
        name=part.name,
        sli=sli,
        objective=objective,
        objective_text=sli.limit_text.removeprefix("at most ")
        if objective is None
        else format_percent(objective),
        window=window,
        folding=folding,
        alert_policy=part.pick("alert_policy", service.defaults) or "default",
        min_bad_events=_min_bad_events(part),
        no_data=written.no_data or service.defaults.no_data or "alert",
        category=written.category,
        description=(part.entry.description if part.entry else None) or written.description,
        owner=service.owner if written.owner is None else written.owner,
        runbook=written.runbook or service.runbook or "",
        labels={**service.labels, **written.labels, **written.annotations},
        route=part.entry_route,
        sli_route=(*part.route, "sli", part.type.name),
        locate=context.document.place,
    )


def _folding(part: Part, defaults: DefaultsWritten) -> Folding:
    group_by = part.pick("group_by", defaults)
    join: JoinWritten | None = part.pick("join", defaults)
    return Folding(
        group_by=() if group_by is None else group_by,
        selector=_selector(defaults.selector, part.slo.selector),
        match=part.entry.match if part.entry else (),
        join=Join(join.info, join.by, join.labels) if join else None,
    )


def _selector(inherited: Selection | None, own: Selection | None) -> tuple[Matcher, ...]:
    base = inherited.matchers if inherited else ()
    if own is None:
        return base
    return own.matchers if own.replaces else merge(base, own.matchers)


def _surroundings(folding: Folding, project: Project) -> Surroundings:
    return Surroundings(
        folding,
        project.ledger_window_name,
        project.ledger_window,
        format_duration(project.interval),
    )


def _objective(part: Part) -> Decimal | None:
    if not part.type.has_objective:
        return None
    entry = part.entry.objective if part.entry else None
    return part.slo.objective if entry is None else entry


def _check_objective(part: Part, context: Context) -> list[Finding]:
    place = context.document.place
    if part.type.has_objective and _objective(part) is None:
        where = place((*part.entry_route, "name"))
        return [
            Finding(codes.MISSING_KEY, "'objective' is missing", where, "add `objective: 99.9%`")
        ]
    given = part.slo.objective if part.entry is None else part.entry.objective
    if not part.type.has_objective and given is not None:
        where = place((*part.entry_route, "objective"), of_key=True)
        message = "a rate has no objective: its allowance `at_most` is the objective"
        return [Finding(codes.UNKNOWN_KEY, message, where, "leave it out")]
    return []


def _check_limits(part: Part, context: Context) -> list[Finding]:
    """Limits in an entry whose SLI type has none."""
    return [
        Finding(
            codes.UNKNOWN_KEY,
            f"an SLI of type {part.type.name} has no {key!r}",
            context.document.place((*part.entry_route, key), of_key=True),
            "leave it out",
        )
        for key in ("at_most", "at_least")
        if getattr(part.entry, key, None) is not None and key not in type(part.body).model_fields
    ]


def _window(
    part: Part, defaults: DefaultsWritten, context: Context
) -> tuple[Fraction, list[Finding]]:
    window: Fraction = part.pick("window", defaults) or _DEFAULT_WINDOW
    slot = context.project.ledger_window
    if _DAY <= window <= _YEAR and (window / slot).denominator == 1:
        return window, []
    route = part.where("window")
    if getattr(part.entry, "window", None) is None and part.slo.window is None:
        route = ("defaults", "window")
    why = "is no whole number of ledger windows" if _DAY <= window <= _YEAR else "is out of range"
    message = f"a window of {format_duration(window)} {why}"
    hint = "between 1d and 1y; shorter windows belong to alert policies"
    return window, [Finding(codes.WINDOW_RANGE, message, context.document.place(route), hint)]


def _min_bad_events(part: Part) -> int:
    if part.slo.min_bad_events is not None:
        return part.slo.min_bad_events
    return 0 if part.type.has_objective else _DEFAULT_RATE_MIN_BAD_EVENTS


def _check_min_bad_events(part: Part, context: Context) -> list[Finding]:
    if not part.type.has_objective or not part.slo.min_bad_events:
        return []
    where = context.document.place((*part.route, "min_bad_events"), of_key=True)
    message = "'min_bad_events' is supported for rates only so far"
    return [Finding(codes.NOT_YET, message, where, "leave it out for now")]


def _finding(problem: Problem, part: Part, context: Context) -> Finding:
    document, keys = context.document, problem.keys
    if len(keys) == 1 and part.entry and getattr(part.entry, str(keys[0]), None) is not None:
        route: Route = (*part.entry_route, *keys)
    else:
        route = (*part.route, "sli", part.type.name, *keys)
    if not keys:
        return Finding(
            problem.code, problem.message, document.place(route, of_key=True), problem.hint
        )
    if problem.code is codes.PROMQL_SYNTAX:
        return _syntax_finding(problem, route, document)
    return Finding(problem.code, problem.message, document.place(route), problem.hint)


def _syntax_finding(problem: Problem, route: Route, document: Document) -> Finding:
    comment = document.line_comment(route)
    if comment is not None:
        message = f"YAML ends this expression at {clip(comment, 24)!r}: {problem.message}"
        hint = "put the whole expression into single quotes"
        return Finding(codes.MANGLED_PROMQL, message, document.place(route), hint)
    span = fault_span(_text_at(document.data, route))
    place = document.place_within(route, *span) if span else document.place(route)
    return Finding(problem.code, problem.message, place, problem.hint)


def _text_at(data: Any, route: Route) -> str:
    for key in route:
        data = data[key]
    return str(data)
