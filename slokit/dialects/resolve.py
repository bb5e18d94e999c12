"""Services and SLOs out of drafts, once for all dialects, with what is wrong between their parts.

What is checked here is what SLOs mean, however they are written: objectives, windows, policies,
labels, names that are taken. Nothing here knows the keys of a dialect.
"""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding, Location, Severity
from slokit.dialects.base import ServiceDraft, SloDraft, left_out, name_taken
from slokit.dialects.causes import resolve_causes
from slokit.model.alerting import SPENT, AlertPolicy
from slokit.model.bundle import Project
from slokit.model.ledger import Sli
from slokit.model.slo import Service, Slo
from slokit.model.time_slices import OCCURRENCES, RATIO_SLICES, SLICES, TimeSliced, TimeSlices
from slokit.sli.base import Reader, Surroundings
from slokit.source.places import Places
from slokit.text.durations import format_duration
from slokit.text.numbers import format_percent
from slokit.text.similar_names import did_you_mean
from slokit.text.words import clip

_FEWEST_SLOTS = 12  # ledger windows of an SLO window: fewer say no more than an alert does
_MINUTE, _HOUR, _DAY, _YEAR = map(Fraction, (60, 3600, 86_400, 31_536_000))
_BAD = "bad"
_DEFAULT_RATE_MIN_BAD_EVENTS = 3
_LIMITS = ("at_most", "at_least")
# how raw series are selected, joined and counted
_OF_SERIES = ("selector", "match", "join", "counting", "offset", "deduplicate")


def resolve(
    draft: ServiceDraft, project: Project, places: Places
) -> tuple[Service | None, list[Finding]]:
    """The service of a draft less its faulty SLOs, and what is wrong; None where it has no name.

    ``places`` are those of the texts that the draft was read from.
    """
    slos: list[Slo] = []
    findings: list[Finding] = []
    taken: dict[str, Location] = {}
    for each in draft.slos:
        slo, found = _slo(each, draft, project, places)
        findings += found
        if "name" not in each.unreadable:
            where = each.settings["name"]
            findings += name_taken("SLO", each.name, where, taken, codes.DUPLICATE_SLO)
        if slo is not None:
            slos.append(slo)
        else:
            hint = "mend the error, or delete the SLO"
            findings.append(left_out("SLO", each.settings["name"], hint))
    if not draft.name:
        return None, [*findings, left_out("service", draft.location, "mend the error")]
    causes, found = resolve_causes(draft, project, places)
    findings += found
    service = Service(
        name=draft.name,
        slos=tuple(slos),
        causes=causes,
        file=draft.location.file,
        index=draft.location.document or 0,
        description=draft.description,
        owner=draft.owner,
        runbook=draft.runbook,
        labels=draft.labels,
        location=draft.location,
    )
    return service, findings


def _slo(
    draft: SloDraft, service: ServiceDraft, project: Project, places: Places
) -> tuple[Slo | None, list[Finding]]:
    reader = _reader(draft, project)
    own = {key: text for key, text in draft.limits.items() if _has_limit(draft, key)}
    body = draft.body.model_copy(update=own) if own else draft.body
    sli: Sli | None = draft.sli_type.resolve(body, reader)
    findings = [_in_body(found, draft, reader, places) for found in reader.findings]
    findings += [*_objective_faults(draft), *_strange_limits(draft)]
    findings += _window_faults(draft, project)
    findings += _label_faults(draft, project)
    findings += [*_silence_faults(draft), *_of_series(draft)]
    findings += _slice_faults(draft, project)
    if sli and draft.budgeting_method != OCCURRENCES and draft.time_slices:
        sli = TimeSliced(sli, draft.time_slices)
    findings += _uncountable(draft, sli) if sli else ()
    has_failed = any(finding.level is Severity.ERROR for finding in findings)
    if sli is None or has_failed or reader.has_withheld or draft.unreadable or not draft.is_sound:
        return None, findings
    findings += _unknown_policy(draft, project)
    policy = project.policies.get(draft.alert_policy) or AlertPolicy(draft.alert_policy)
    findings += _spent_as_group(draft, policy)
    slo = Slo(
        service=service.name,
        name=draft.name,
        sli=sli,
        objective=draft.objective,
        objective_text=sli.limit_text.removeprefix("at most ")
        if draft.objective is None
        else format_percent(draft.objective),
        window=draft.window,
        folding=draft.folding,
        policy=policy,
        min_bad_events=_min_bad_events(draft, sli, policy),
        no_data=_no_data(draft),
        no_data_for=_no_data_for(draft),
        category=draft.category,
        formerly=draft.formerly,
        description=draft.description,
        owner=draft.owner,
        runbook=draft.runbook,
        alert_name=draft.alert_name,
        labels={**service.labels, **draft.labels, **draft.annotations},
        routing=draft.routing,
        location=draft.location,
        sli_location=draft.sli_location,
        settings=draft.settings,
    )
    return slo, findings


def _reader(draft: SloDraft, project: Project) -> Reader:
    surroundings = Surroundings(
        draft.folding,
        project.ledger_window_name,
        project.ledger_window,
        format_duration(project.interval),
        is_folding_known=draft.is_folding_known,
        is_silence_good=draft.no_data == "good" and draft.sli_type.knows_expected,
    )
    return Reader(surroundings, draft.body_faults, is_sound=draft.is_sound)


def _in_body(finding: Finding, draft: SloDraft, reader: Reader, places: Places) -> Finding:
    """A finding of an SLI type, whose location is relative to the SLI's body."""
    relative = finding.location or Location()
    if not relative.keys:
        location = draft.sli_location.at(of_key=True)
        # several SLOs share this body: each of them needs a limit
        if finding.code is codes.LIMITS and not draft.location.holds(draft.sli_location):
            location = draft.settings["name"]
        return replace(finding, location=location)
    location, first = draft.sli_location.at(*relative.keys), relative.keys[0]
    if first in _LIMITS and first in draft.settings:
        location = draft.settings[first]
    if relative.span and places.is_list(location):
        location = location.at(0)
    if finding in reader.cut and (comment := places.comment_behind(location)):
        message = f"YAML ends this expression at {clip(comment, 24)!r}: {finding.message}"
        hint = "put the whole expression into single quotes"
        return Finding(codes.MANGLED_PROMQL, message, location, hint)
    return replace(finding, location=location.at(span=relative.span))


def _objective_faults(draft: SloDraft) -> Iterator[Finding]:
    """An objective that is missing, or that an SLI type has no use for."""
    if not draft.sli_type.has_objective:
        name = draft.sli_type.name
        message = f"a {name} has no objective: its allowance `at_most` is the objective"
        for location in draft.objectives:
            where = replace(location, of_key=True)
            yield Finding(codes.UNKNOWN_KEY, message, where, "leave it out")
    elif draft.objective is None and "objective" not in draft.unreadable:
        where, hint = draft.settings["name"], "add `objective: 99.9%`"
        yield Finding(codes.MISSING_KEY, "'objective' is missing", where, hint)


def _has_limit(draft: SloDraft, key: str) -> bool:
    return key in type(draft.body).model_fields


def _strange_limits(draft: SloDraft) -> Iterator[Finding]:
    """Limits of the SLO's own whose SLI type has none."""
    for key in draft.limits:
        if not _has_limit(draft, key):
            message = f"an SLI of type {draft.sli_type.name} has no {key!r}"
            where = replace(draft.settings[key], of_key=True)
            yield Finding(codes.UNKNOWN_KEY, message, where, "leave it out")


def _of_series(draft: SloDraft) -> Iterator[Finding]:
    """Settings of its own about raw series, where it reads none; what it inherits is of others."""
    if draft.sli_type.reads_series:
        return
    of, own = f"an SLI of type {draft.sli_type.name}", draft.settings.keys() - draft.inherited
    for key in (key for key in _OF_SERIES if key in own):
        message = f"{of} reads ledgers and no series, so that {key!r} would do nothing"
        where = replace(draft.settings[key], of_key=True)
        yield Finding(codes.UNKNOWN_KEY, message, where, f"write `{key}` at its members")
    renamed = [g for g in draft.folding.group_by if g.name != g.source] if "group_by" in own else []
    for group in renamed:
        message = f"{of} reads ledgers, where {clip(group.source)!r} is called {group.name!r}"
        where, hint = draft.settings["group_by"], f"write `{group.name}` alone"
        yield Finding(codes.BAD_LABEL, message, where, hint)
    silence = [key for key in ("no_data", "no_data_for") if key in own and draft.no_data == _BAD]
    for key in silence[:1]:
        message = f"{of} has no data of its own that could go on as bad"
        hint = "write `no_data: bad` at its members: what is bad there is bad here"
        yield Finding(codes.SIDES, message, draft.settings[key], hint)


def _window_faults(draft: SloDraft, project: Project) -> Iterator[Finding]:
    seconds = draft.window.longest
    if not draft.window.is_rolling:
        return
    slots, fewest = (
        seconds / project.ledger_window,
        max(_HOUR, _FEWEST_SLOTS * project.ledger_window),
    )
    if fewest <= seconds <= _YEAR and slots.denominator == 1:
        return
    shortest = format_duration(fewest)
    why, hint = "is out of range", f"between {shortest} and 1y: twelve ledger windows or more"
    if fewest <= seconds <= _YEAR:
        why, hint = "is no whole number of ledger windows", "write whole days or hours, such as 30d"
    message = f"a window of {draft.window.name} {why}"
    yield Finding(codes.WINDOW_RANGE, message, draft.settings.get("window"), hint)


def _label_faults(draft: SloDraft, project: Project) -> Iterator[Finding]:
    """Labels that would stand twice on the same series, or twice on the same alert."""
    for label in draft.annotations:
        if label in draft.labels:
            message = f"the label {label!r} stands in `labels`, too"
            where = draft.settings["annotations"].at(label, of_key=True)
            yield Finding(codes.BAD_LABEL, message, where, "keep one of them")
    alerts = project.alerts
    given = {"severities: …": alerts.static, "annotations: […]": alerts.annotations}
    for label in draft.folding.names:
        for key, labels in {"labels: […]": alerts.lifted, **given}.items():
            if label in labels:
                message = f"alerts have the label {label!r} already"
                hint = f"take it out of `alerts: {{{key}}}` in slokit.yaml:"
                hint += " alerts carry group labels anyway"
                yield Finding(codes.BAD_LABEL, message, draft.settings.get("group_by"), hint)
    for label in draft.routing:
        for key, labels in given.items():
            if label in labels:
                message = f"slokit.yaml has the label {label!r} in `alerts: {{{key}}}`, too"
                where = draft.settings[f"routing.{label}"]
                yield Finding(codes.BAD_LABEL, message, where, "keep one of them")


def _uncountable(draft: SloDraft, sli: Sli) -> Iterator[Finding]:
    """A page that waits for events where the bad is no number of events."""
    if draft.min_bad_events and sli.counted_in.bad.is_time:
        where = replace(draft.settings["min_bad_events"], of_key=True)
        message = f"an SLI of type {sli.type} counts bad time, no bad events to wait for"
        hint = "leave it out, or use a policy with longer windows, such as `ticket-only`"
        yield Finding(codes.BAD_VALUE, message, where, hint)


def _no_data(draft: SloDraft) -> str:
    """What no data means; what an SLO inherits for its members' sake is theirs to do."""
    is_members = draft.no_data in (_BAD, "good") and not draft.sli_type.reads_series
    return "alert" if is_members else draft.no_data


def _no_data_for(draft: SloDraft) -> Fraction:
    """Seconds for which a group without data goes on as bad; 0 where it does not."""
    if draft.no_data != _BAD or not draft.sli_type.reads_series:
        return Fraction(0)
    return _HOUR if draft.no_data_for is None else draft.no_data_for


def _min_bad_events(draft: SloDraft, sli: Sli, policy: AlertPolicy) -> int:
    """How many bad events a page waits for: the SLO's own number, its policy's, or the usual."""
    usual = 0 if draft.sli_type.has_objective else _DEFAULT_RATE_MIN_BAD_EVENTS
    given = policy.min_bad_events if draft.min_bad_events is None else draft.min_bad_events
    # what lasts has no number of bad events, only more or less of them
    return usual if given is None or sli.counted_in.bad.is_time else given


def _spent_as_group(draft: SloDraft, policy: AlertPolicy) -> Iterator[Finding]:
    """A group label that alerts on a part of the budget have for the part."""
    if policy.thresholds and SPENT in draft.folding.names:
        message = f"alerts of the policy {policy.name!r} have a label {SPENT!r} of their own"
        hint = f"group by it under another name, such as {{{SPENT}_in: {SPENT}}}"
        yield Finding(codes.BAD_LABEL, message, draft.settings.get("group_by"), hint)


def _silence_faults(draft: SloDraft) -> Iterator[Finding]:
    """Silence that shall be good where it is not known who is silent, or bad where nothing is."""
    if not draft.sli_type.reads_series and "no_data" in draft.inherited:
        return
    if draft.no_data == "good" and not draft.sli_type.knows_expected:
        name = draft.sli_type.name
        message = (
            f"`no_data: good` needs members that are expected, which an SLI of type {name} has not"
        )
        hint = "use `no_data: ignore`: time without data counts neither as good nor as bad"
        yield Finding(codes.SIDES, message, _silence_written(draft), hint)
    if draft.no_data == _BAD and not draft.sli_type.has_objective:
        message = f"`no_data: bad` has no meaning for a {draft.sli_type.name}: it counts events"
        hint = "use `no_data: alert`, or a threshold on the time without data"
        yield Finding(codes.SIDES, message, _silence_written(draft), hint)
    if draft.no_data_for is None:
        return
    where = draft.settings["no_data_for"]
    if not _MINUTE <= draft.no_data_for <= _DAY:
        message = f"`no_data_for: {format_duration(draft.no_data_for)}` is out of range"
        yield Finding(codes.BAD_VALUE, message, where, "between 1m and 1d; 1h is the default")
    if draft.no_data != _BAD and draft.location.holds(where):
        message = (
            f"`no_data_for` says how long `no_data: bad` lasts, and here it is {draft.no_data}"
        )
        hint = "write `no_data: bad`, or leave `no_data_for` out"
        yield Finding(codes.BAD_VALUE, message, replace(where, of_key=True), hint)


def _slice_faults(draft: SloDraft, project: Project) -> Iterator[Finding]:
    """Slices that are missing, of no use, or of a length that the ledger does not know."""
    method, slices = draft.budgeting_method, draft.time_slices
    if draft.unreadable & {"budgeting_method", "time_slice"}:
        return
    if method == OCCURRENCES:
        if slices:
            where = replace(draft.settings["time_slice"], of_key=True)
            message = "`time_slice` says how slices are counted, and here each event counts"
            yield Finding(codes.BAD_VALUE, message, where, f"write `budgeting_method: {SLICES}`")
        return
    where = draft.settings["budgeting_method"]
    if not draft.sli_type.has_objective:
        message = f"a {draft.sli_type.name} has no {method}: its allowance is of events in time"
        yield Finding(codes.BAD_VALUE, message, where, f"write `budgeting_method: {OCCURRENCES}`")
    elif not slices:
        target = "" if method == RATIO_SLICES else ", target: 99%"
        hint = f"add `time_slice: {{window: 10m{target}}}`"
        yield Finding(codes.MISSING_KEY, "'time_slice' is missing", where, hint)
    else:
        yield from _of_slices(slices, draft, project)


def _of_slices(slices: TimeSlices, draft: SloDraft, project: Project) -> Iterator[Finding]:
    where = draft.settings["time_slice"]
    if draft.budgeting_method == SLICES and slices.target is None:
        message = "'target' is missing: with what share of good is a slice good?"
        yield Finding(codes.MISSING_KEY, message, where, "add `target: 99%`")
    if draft.budgeting_method == RATIO_SLICES and slices.target is not None:
        message = "`ratio_time_slices` have no target: each counts by its own share"
        hint = f"leave it out, or write `budgeting_method: {SLICES}`"
        yield Finding(codes.UNKNOWN_KEY, message, where.at("target", of_key=True), hint)
    ledger, seconds = project.ledger_window, slices.seconds
    if ledger <= seconds <= _DAY and (seconds / ledger).denominator == 1:
        return
    length = format_duration(seconds)
    why = "is out of range" if (seconds / ledger).denominator == 1 else "is no multiple of the"
    why += "" if why.endswith("range") else " ledger window"
    hint = f"a multiple of {project.ledger_window_name}, up to 1d"
    yield Finding(codes.BAD_VALUE, f"a slice of {length} {why}", where.at("window"), hint)


def _silence_written(draft: SloDraft) -> Location:
    """Where an SLO says what no data means; its SLI, where it inherits that."""
    written = draft.settings["no_data"]
    return written if draft.location.holds(written) else draft.sli_location.at(of_key=True)


def _unknown_policy(draft: SloDraft, project: Project) -> Iterator[Finding]:
    if draft.alert_policy not in project.policies:
        hint = did_you_mean(
            draft.alert_policy, project.policies, f"one of {', '.join(project.policies)}"
        )
        message = f"unknown alert policy {clip(draft.alert_policy)!r}"
        where = draft.settings.get("alert_policy")
        yield Finding(codes.UNKNOWN_POLICY, message, where, hint)
