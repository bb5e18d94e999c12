"""SLOs of slokit/v1: defaults applied, SLIs resolved, and what is wrong between their parts."""

from decimal import Decimal
from fractions import Fraction

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding, Related, Severity
from slokit.diagnostics.location import Location
from slokit.diagnostics.suggest import did_you_mean
from slokit.dialects.slokit_v1.findings import problem_findings
from slokit.dialects.slokit_v1.labels import Selection
from slokit.dialects.slokit_v1.parts import Context, Part, read_parts
from slokit.dialects.slokit_v1.written import DefaultsWritten, JoinWritten, ServiceWritten
from slokit.model.alerting import DEFAULT, AlertPolicy
from slokit.model.bundle import Project
from slokit.model.ledger import Folding, Join, Sli
from slokit.model.slo import Slo
from slokit.model.window import RollingWindow, Window
from slokit.promql.selector import Matcher, merge
from slokit.sli.base import Reader, Surroundings
from slokit.text.durations import format_duration
from slokit.text.numbers import format_percent
from slokit.text.words import clip

_DAY, _YEAR = Fraction(86_400), Fraction(31_536_000)
_DEFAULT_WINDOW = 30 * _DAY
_DEFAULT_RATE_MIN_BAD_EVENTS = 3


def read_slos(service: ServiceWritten, context: Context) -> tuple[tuple[Slo, ...], list[Finding]]:
    """All SLOs that can be read, and what is wrong with the others."""
    slos: list[Slo] = []
    findings: list[Finding] = []
    seen: dict[str, Location] = {}
    for number, data in enumerate(service.slos):
        parts, more = read_parts(data, number, context)
        slo_location = context.document.location.at("slos", number)
        findings += more if parts else [*more, _left_out(slo_location)]
        for part in parts:
            slo, more = _resolve(part, service, context)
            findings += more + _duplicate(part, seen)
            slos += [slo] if slo else []
            findings += [] if slo else [_left_out(part.entry_location)]
    return tuple(slos), findings


def _left_out(slo: Location) -> Finding:
    """Told only where errors are ignored: the others are told themselves."""
    message = "this SLO is left out: an error in it is ignored"
    return Finding(codes.LEFT_OUT, message, slo.at("name"), "mend the error, or delete the SLO")


def _duplicate(part: Part, seen: dict[str, Location]) -> list[Finding]:
    if part.is_faulty("name"):
        return []
    location = part.entry_location.at("name")
    first = seen.setdefault(part.name, location)
    if first is location:
        return []
    related = (Related(first, "first here"),)
    message = f"a second SLO named {part.name!r}"
    return [Finding(codes.DUPLICATE_SLO, message, location, "rename one", related)]


def _resolve(
    part: Part, service: ServiceWritten, context: Context
) -> tuple[Slo | None, list[Finding]]:
    defaults = service.defaults
    folding = _folding(part, defaults)
    reader = Reader(_surroundings(folding, context.project))
    sli: Sli | None = part.type.resolve(part.body, reader)
    findings, are_all = problem_findings(reader.problems, part, context)
    for check in (_check_objective, _check_limits, _check_min_bad_events, _check_labels):
        findings += check(part, context)
    findings += _check_alert_labels(part, folding, context)
    window, more = _window(part, defaults, context)
    findings += more
    has_failed = any(finding.level is Severity.ERROR for finding in findings)
    if sli is None or has_failed or not are_all or not part.is_sound:
        return None, findings
    findings += _check_policy(part, defaults, context)
    return _slo(part, service, sli, folding, RollingWindow(window), context), findings


def _slo(
    part: Part,
    service: ServiceWritten,
    sli: Sli,
    folding: Folding,
    window: Window,
    context: Context,
) -> Slo:
    written, objective = part.slo, _objective(part)
    policy = _policy_name(part, service.defaults)
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
        policy=context.project.policies.get(policy) or AlertPolicy(policy),
        min_bad_events=_min_bad_events(part),
        no_data=written.no_data or service.defaults.no_data or "alert",
        category=written.category,
        description=(part.entry.description if part.entry else None) or written.description,
        owner=service.owner if written.owner is None else written.owner,
        runbook=written.runbook or service.runbook or "",
        labels={**service.labels, **written.labels, **written.annotations},
        location=part.entry_location,
        sli_location=part.sli_location,
        settings=part.settings(context),
    )


def _folding(part: Part, defaults: DefaultsWritten) -> Folding:
    group_by = part.pick("group_by", defaults)
    join: JoinWritten | None = part.pick("join", defaults)
    return Folding(
        group_by=() if group_by is None else group_by,
        selector=_selector(defaults.selector, part.slo.selector),
        match=part.entry.match if part.entry else (),
        join=Join(join.info, tuple(join.by), tuple(join.labels)) if join else None,
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
    if part.type.has_objective:
        is_misplaced = "objective" in part.slo.sli  # which is told as an unknown key
        if is_misplaced or _objective(part) is not None or part.is_faulty("objective"):
            return []
        where = part.entry_location.at("name")
        hint = "add `objective: 99.9%`"
        return [Finding(codes.MISSING_KEY, "'objective' is missing", where, hint)]
    levels = [part.location] if part.slo.objective is not None else []
    levels += [part.entry_location] if part.entry and part.entry.objective is not None else []
    message = f"a {part.type.name} has no objective: its allowance `at_most` is the objective"
    return [_unwanted(level.at("objective", of_key=True), message) for level in levels]


def _check_limits(part: Part, context: Context) -> list[Finding]:
    """Limits in an entry whose SLI type has none."""
    return [
        _unwanted(
            part.entry_location.at(key, of_key=True),
            f"an SLI of type {part.type.name} has no {key!r}",
        )
        for key in ("at_most", "at_least")
        if getattr(part.entry, key, None) is not None and key not in type(part.body).model_fields
    ]


def _unwanted(location: Location, message: str) -> Finding:
    return Finding(codes.UNKNOWN_KEY, message, location, "leave it out")


def _check_min_bad_events(part: Part, context: Context) -> list[Finding]:
    if not part.type.has_objective or not part.slo.min_bad_events:
        return []
    where = part.location.at("min_bad_events", of_key=True)
    message = "'min_bad_events' is supported for rates only so far"
    return [Finding(codes.NOT_YET, message, where, "leave it out for now")]


def _check_labels(part: Part, context: Context) -> list[Finding]:
    """Labels that the SLO gives twice: both end up on the same series."""
    return [
        Finding(
            codes.BAD_LABEL,
            f"the label {label!r} stands in `labels`, too",
            part.location.at("annotations", label, of_key=True),
            "keep one of them",
        )
        for label in part.slo.annotations
        if label in part.slo.labels
    ]


def _check_alert_labels(part: Part, folding: Folding, context: Context) -> list[Finding]:
    """A group label that the alerts would take from the metadata, too."""
    twice = [label for label in folding.names if label in context.project.alert_labels]
    location = part.settings(context).get("group_by")
    hint = "take it out of `alerts: {labels: […]}` in slokit.yaml: alerts carry group labels anyway"
    return [
        Finding(codes.BAD_LABEL, f"alerts have the label {label!r} already", location, hint)
        for label in twice
    ]


def _window(
    part: Part, defaults: DefaultsWritten, context: Context
) -> tuple[Fraction, list[Finding]]:
    window: Fraction = part.pick("window", defaults) or _DEFAULT_WINDOW
    slot = context.project.ledger_window
    if _DAY <= window <= _YEAR and (window / slot).denominator == 1:
        return window, []
    why, hint = "is out of range", "between 1d and 1y; shorter windows belong to alert policies"
    if _DAY <= window <= _YEAR:
        why, hint = "is no whole number of ledger windows", "write whole days, such as 30d"
    message = f"a window of {format_duration(window)} {why}"
    location = part.settings(context).get("window")
    return window, [Finding(codes.WINDOW_RANGE, message, location, hint)]


def _policy_name(part: Part, defaults: DefaultsWritten) -> str:
    name: str | None = part.pick("alert_policy", defaults)
    return DEFAULT.name if name is None else name


def _check_policy(part: Part, defaults: DefaultsWritten, context: Context) -> list[Finding]:
    name, known = _policy_name(part, defaults), context.project.policies
    if name in known:
        return []
    hint = did_you_mean(name, known, f"one of {', '.join(known)}")
    message = f"there is no alert policy {clip(name)!r}"
    location = part.settings(context).get("alert_policy")
    return [Finding(codes.UNKNOWN_POLICY, message, location, hint)]


def _min_bad_events(part: Part) -> int:
    if part.slo.min_bad_events is not None:
        return part.slo.min_bad_events
    return 0 if part.type.has_objective else _DEFAULT_RATE_MIN_BAD_EVENTS
