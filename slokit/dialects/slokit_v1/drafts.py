"""Documents of slokit/v1 to drafts: defaults applied, and ``objectives`` spread out into SLOs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding, Location
from slokit.dialects.base import Reading, ServiceDraft, SloDraft, left_out
from slokit.dialects.slokit_v1.causes import causes
from slokit.dialects.slokit_v1.folding import join as joined_with
from slokit.dialects.slokit_v1.folding import selector
from slokit.dialects.slokit_v1.labels import Selection
from slokit.dialects.slokit_v1.written import (
    NO_JOIN,
    VERSION,
    CalendarWritten,
    DefaultsWritten,
    JoinWritten,
    ObjectiveWritten,
    ServiceWritten,
    SloWritten,
)
from slokit.model.alerting import DEFAULT
from slokit.model.ledger import Folding
from slokit.model.time_slices import TimeSlices
from slokit.model.window import CalendarWindow, RollingWindow, Window
from slokit.promql.selector import pattern_as_text
from slokit.sli import SLI_TYPES
from slokit.sli.base import SliType
from slokit.source.decode import Decoded, decode
from slokit.source.fields import Written
from slokit.source.tree import Document
from slokit.text.similar_names import did_you_mean
from slokit.text.words import clip

_DEFAULT_WINDOW = Fraction(30 * 86_400)
# A document without one of these is faulty, and all the rest of it is still read: one run says
# everything that is wrong.
_STAND_INS = {"apiVersion": VERSION, "service": "unnamed", "slos": []}
_SLO_STAND_INS = {"name": "unnamed", "sli": {}}
_FOLDING = ("group_by", "selector", "join")
_LIMITS = ("at_most", "at_least")
# Keys whose place a later finding may point to, on whichever level they are written.
_SETTINGS = frozenset(
    (
        "objective",
        "window",
        "group_by",
        "join",
        "selector",
        "match",
        "counting",
        "offset",
        "deduplicate",
        "alert_policy",
        "alert_name",
        "min_bad_events",
        "no_data",
        "no_data_for",
        "budgeting_method",
        "time_slice",
        "annotations",
        "formerly",
    )
) | frozenset(_LIMITS)


def read(documents: Sequence[Document]) -> Reading:
    """The drafts of all documents: each is a service of its own."""
    for document in documents:
        draft, findings = _service(document)
        yield from findings
        if draft is not None:
            yield draft
        else:
            yield left_out("service", document.location.at("service"), "mend the error")


def _service(document: Document) -> tuple[ServiceDraft | None, list[Finding]]:
    data, here = document.data, document.location
    assert isinstance(data, dict)
    version = data.get("apiVersion", VERSION)
    if version != VERSION:
        message = f"unknown version {clip(str(version))!r}"
        where, hint = here.at("apiVersion"), f"write {VERSION}"
        return None, [Finding(codes.UNKNOWN_VERSION, message, where, hint)]
    decoded = decode(ServiceWritten, data, here, fill=_STAND_INS)
    written = decoded.value
    if written is None:
        return None, decoded.findings
    findings = decoded.findings
    settings = {**_written_defaults(data, here), **_routing_settings(written.routing, here)}
    findings += _equalities(written.defaults.selector, here.at("defaults", "selector"))
    fields = DefaultsWritten.model_fields if decoded.faulty else ()
    faulty = (key for key in fields if decoded.is_faulty("defaults", key))
    common = _Common(written, settings, frozenset(faulty))
    slos: list[SloDraft] = []
    for number, slo in enumerate(written.slos):
        drafts, found = _slos(slo, here.at("slos", number), common)
        findings += found
        slos += drafts
        if not drafts:
            hint = "mend the error, or delete the SLO"
            findings.append(left_out("SLO", here.at("slos", number, "name"), hint))
    is_folding_known = not any(decoded.is_faulty("defaults", key) for key in _FOLDING)
    cause_drafts, found = causes(
        written.cause_alerts, here.at("cause_alerts"), written, is_folding_known=is_folding_known
    )
    findings += found
    draft = ServiceDraft(
        name="" if decoded.is_faulty("service") else written.service,
        slos=tuple(slos),
        location=here.at("service"),
        description=written.description,
        owner=written.owner,
        runbook=written.runbook or "",
        labels=written.labels,
        causes=tuple(cause_drafts),
    )
    return draft, findings


def _written_defaults(data: Mapping[str, Any], document: Location) -> dict[str, Location]:
    """Where the settings are written that all SLOs of a document share."""
    defaults = data.get("defaults")
    given = defaults.keys() & _SETTINGS if isinstance(defaults, dict) else ()
    found = {key: document.at("defaults", key) for key in given}
    return {**found, "service": document.at("service")}


def _routing_settings(routing: Mapping[str, str], level: Location) -> dict[str, Location]:
    """Where each label of a ``routing`` is written."""
    return {f"routing.{label}": level.at("routing", label, of_key=True) for label in routing}


@dataclass(frozen=True, slots=True)
class _Common:
    """What the SLOs of a document share: their service, and its defaults.

    ``settings`` says where those are written, ``faulty`` which of them could not be read.
    """

    service: ServiceWritten
    settings: Mapping[str, Location]
    faulty: frozenset[str]


def _slos(data: Any, here: Location, common: _Common) -> tuple[list[SloDraft], list[Finding]]:
    """The drafts of one entry of ``slos``; none where it cannot be read."""
    decoded = decode(SloWritten, data, here, fill=_SLO_STAND_INS)
    written, findings = decoded.value, decoded.findings
    if written is None or decoded.is_faulty("sli"):
        return [], findings
    sli_type, found = _sli_type(written.sli, here)
    findings += found
    if sli_type is None:
        return [], findings
    body = decode(sli_type.body, written.sli[sli_type.name], here.at("sli", sli_type.name))
    findings += body.findings
    if body.value is None:
        return [], findings
    findings += _equalities(written.selector, here.at("selector"))
    for number, each in enumerate(written.objectives or ()):
        match = Selection(each.match, replaces=True)
        findings += _equalities(match, here.at("objectives", number, "match"))
    drafts = []
    for number, entry in enumerate(written.objectives or [None]):
        one = _One(common, here, sli_type, decoded, written, body, body.value, entry, number)
        drafts.append(one.draft())
    return drafts, findings


def _equalities(selection: Selection | None, location: Location) -> Iterator[Finding]:
    """Warnings of patterns that are compared as they are."""
    for matcher in selection.matchers if selection else ():
        message, hint = pattern_as_text(matcher)
        if message and selection:
            where = location if selection.replaces else location.at(matcher.label)
            yield Finding(codes.PATTERN_AS_TEXT, message, where, hint)


def _sli_type(sli: dict[str, Any], slo: Location) -> tuple[SliType | None, list[Finding]]:
    known = {sli_type.name: sli_type for sli_type in SLI_TYPES}
    found = [known[key] for key in sli if key in known]
    findings = []
    for key in sli:
        where = slo.at("sli", key, of_key=True)
        if key not in known:
            hint = did_you_mean(key, known, f"one of {', '.join(known)}")
            if key in SloWritten.model_fields:
                hint = "put it beside `sli:`, not below it"
            message = f"unknown key {clip(key)!r} in sli"
            findings.append(Finding(codes.UNKNOWN_KEY, message, where, hint))
    if len(found) > 1 or not (found or findings):
        has = "are " + " and ".join(t.name for t in found) if found else "is none"
        message = f"an SLI has exactly one type; here {has}"
        where, hint = slo.at("sli", of_key=True), f"one of {', '.join(known)}"
        if {"events", "latency"} == {t.name for t in found}:
            hint = "put `latency:` below `events:` where slow events are bad as well"
        findings.append(Finding(codes.ONE_TYPE, message, where, hint))
    return (found[0] if len(found) == 1 else None), findings


@dataclass(frozen=True, slots=True)
class _One:
    """One SLO to be: an entry of ``slos``, or one of ``objectives`` in it (``entry``)."""

    common: _Common
    slo_location: Location
    sli_type: SliType
    decoded: Decoded[SloWritten]
    slo: SloWritten
    decoded_body: Decoded[Written]
    body: Written
    entry: ObjectiveWritten | None
    number: int

    @property
    def location(self) -> Location:
        if self.entry is None:
            return self.slo_location
        return self.slo_location.at("objectives", self.number)

    def _window(self) -> Window:
        written = self._pick("window")
        if isinstance(written, CalendarWritten):
            return CalendarWindow(written.calendar, written.timezone)
        return RollingWindow(written or _DEFAULT_WINDOW)

    def _time_slices(self) -> TimeSlices | None:
        written = self.slo.time_slice
        return TimeSlices(written.window, written.target, written.idle) if written else None

    def draft(self) -> SloDraft:
        slo, service = self.slo, self.common.service
        # Several objectives of one SLI are SLOs of their own, with series of their own.
        name = f"{slo.name}-{self.entry.name}" if self.entry else slo.name
        policy, no_data = self._pick("alert_policy"), self._pick("no_data")
        settings, common = self._settings(), self.common.settings
        return SloDraft(
            name=name,
            sli_type=self.sli_type,
            body=self.body,
            folding=self._folding(),
            window=self._window(),
            location=self.location,
            sli_location=self.slo_location.at("sli", self.sli_type.name),
            settings=settings,
            limits=self._limits(),
            objective=self._objective(),
            objectives=self._objectives(),
            alert_policy=DEFAULT.name if policy is None else policy,
            min_bad_events=slo.min_bad_events,
            no_data=no_data or "alert",
            no_data_for=self._pick("no_data_for"),
            budgeting_method=slo.budgeting_method,
            time_slices=self._time_slices(),
            category=slo.category,
            formerly=self._formerly(),
            description=(self.entry.description if self.entry else None) or slo.description,
            owner=service.owner if slo.owner is None else slo.owner,
            runbook=slo.runbook or service.runbook or "",
            alert_name=self._pick("alert_name") or "",
            labels=slo.labels,
            routing={**service.routing, **slo.routing},
            annotations=slo.annotations,
            unreadable=self._unreadable(),
            body_faults=self.decoded_body.faulty,
            is_sound=not self.decoded.faulty and not self.decoded_body.faulty,
            is_folding_known=self._is_folding_known(),
            inherited=frozenset(key for key in common if settings[key] == common[key]),
        )

    def _pick(self, key: str) -> Any:
        """The value that counts: the entry's, else the SLO's, else the default."""
        for level in (self.entry, self.slo, self.common.service.defaults):
            value = getattr(level, key, None)
            if value is not None:
                return value
        return None

    def _formerly(self) -> tuple[str, ...]:
        """The old names; of several objectives each has its own part behind it, then and now."""
        own = f"-{self.entry.name}" if self.entry else ""
        return tuple(f"{old}{own}" for old in self.slo.formerly or ())

    def _limits(self) -> dict[str, str]:
        """The limits that an entry has of its own."""
        given = {key: getattr(self.entry, key, None) for key in _LIMITS}
        return {key: text for key, text in given.items() if text is not None}

    def _settings(self) -> dict[str, Location]:
        """Where each setting is written that is: in the entry, the SLI, the SLO or the defaults."""
        found = {**self.common.settings, "name": self.location.at("name")}
        found |= _routing_settings(self.slo.routing, self.slo_location)
        sli = self.slo_location.at("sli", self.sli_type.name)
        for level, location in ((self.slo, self.slo_location), (self.body, sli)):
            found |= {key: location.at(key) for key in level.model_fields_set & _SETTINGS}
        if self.entry is not None:
            given = self.entry.model_fields_set & _SETTINGS
            found |= {key: self.location.at(key) for key in given}
        return found

    def _folding(self) -> Folding:
        group_by = self._pick("group_by")
        join: JoinWritten | None = self._pick("join")
        return Folding(
            group_by=() if group_by is None else group_by,
            selector=selector(self.common.service.defaults.selector, self.slo.selector),
            match=self.entry.match if self.entry else (),
            join=joined_with(join) if join and join is not NO_JOIN else None,
            is_exact=self._pick("counting") != "rate",
            offset=self._pick("offset") or Fraction(0),
            observers=tuple(self._pick("deduplicate") or ()),
        )

    def _objective(self) -> Decimal | None:
        if not self.sli_type.has_objective:
            return None
        own = self.entry.objective if self.entry else None
        return self.slo.objective if own is None else own

    def _objectives(self) -> tuple[Location, ...]:
        levels: list[tuple[SloWritten | ObjectiveWritten, Location]]
        levels = [(self.slo, self.slo_location)]
        levels += [(self.entry, self.location)] if self.entry else []
        return tuple(at.at("objective") for level, at in levels if level.objective is not None)

    def _unreadable(self) -> frozenset[str]:
        """What of the SLO could not be read; an objective below ``sli`` is there, but misplaced."""
        # Its place is reported already: that it is missing would be a second finding.
        found = {"objective"} if "objective" in self.slo.sli else set()
        if self.decoded.faulty:
            keys = (*SloWritten.model_fields, *ObjectiveWritten.model_fields)
            found |= {key for key in keys if self._is_faulty(key)} | {"objectives"}
        return frozenset(found)

    def _is_faulty(self, key: str) -> bool:
        entry = ("objectives", self.number) if self.entry else ("objectives",)
        return self.decoded.is_faulty(key) or self.decoded.is_faulty(*entry, key)

    def _is_folding_known(self) -> bool:
        inherited = {key for key in _FOLDING if not self._overrides(key)}
        is_own_known = not any(map(self._is_faulty, (*_FOLDING, "match")))
        return is_own_known and not self.common.faulty & inherited

    def _overrides(self, key: str) -> bool:
        given = getattr(self.entry, key, None) or getattr(self.slo, key, None)
        # A selector of its own is merged with the inherited one, so that counts as well.
        return given is not None and key != "selector"
