"""The SLOs of a document as written: decoded, and spread out into one part an objective."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding
from slokit.diagnostics.location import Location
from slokit.diagnostics.suggest import did_you_mean
from slokit.dialects.slokit_v1.written import (
    NOT_YET_SLO,
    DefaultsWritten,
    ObjectiveWritten,
    SloWritten,
)
from slokit.model.bundle import Project
from slokit.sli import SLI_TYPES
from slokit.sli.base import Type
from slokit.source.decode import Decoded, decode
from slokit.source.fields import Written
from slokit.source.places import Sources
from slokit.source.tree import Document
from slokit.text.words import clip

_STAND_INS = {"name": "unnamed", "sli": {}}
_SETTINGS = frozenset(
    ("objective", "window", "group_by", "join", "alert_policy", "at_most", "at_least")
)
_FOLDING = ("group_by", "selector", "join")


@dataclass(frozen=True, slots=True)
class Context:
    """Where SLOs are read: their document, the bundle's settings, and the service's defaults.

    ``inherited`` says where what all SLOs share is written, and ``faulty_defaults`` which defaults
    cannot be read.
    """

    document: Document
    project: Project
    sources: Sources
    inherited: Mapping[str, Location]
    faulty_defaults: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Part:
    """One SLO to be: the SLO as written, the entry of ``objectives`` if it is one, and places.

    ``decoded`` and ``decoded_body`` say what of them is faulty and was told already.
    """

    slo: SloWritten
    entry: ObjectiveWritten | None
    number: int
    location: Location
    type: Type
    body: Written
    decoded: Decoded[SloWritten]
    decoded_body: Decoded[Written]

    @property
    def name(self) -> str:
        """The SLO's full name."""
        return f"{self.slo.name}-{self.entry.name}" if self.entry else self.slo.name

    @property
    def entry_location(self) -> Location:
        """The entry of ``objectives``, or the SLO that has none."""
        return self.location.at("objectives", self.number) if self.entry else self.location

    @property
    def sli_location(self) -> Location:
        """The SLI's body."""
        return self.location.at("sli", self.type.name)

    @property
    def is_sound(self) -> bool:
        """Whether everything in it could be read."""
        return not self.decoded.faulty and not self.decoded_body.faulty

    def is_faulty(self, *keys: str) -> bool:
        """Whether one of these keys was left out, in the entry or in the SLO."""
        entry = ("objectives", self.number) if self.entry else ("objectives",)
        return any(
            self.decoded.is_faulty(key) or self.decoded.is_faulty(*entry, key) for key in keys
        )

    def has_faulty_folding(self, context: Context) -> bool:
        """Whether nobody knows how the sides are selected and grouped."""
        inherited = [key for key in _FOLDING if not self._overrides(key)]
        return self.is_faulty(*_FOLDING, "match") or bool(context.faulty_defaults & {*inherited})

    def _overrides(self, key: str) -> bool:
        given = getattr(self.entry, key, None) or getattr(self.slo, key, None)
        return given is not None and key != "selector"

    def pick(self, key: str, defaults: DefaultsWritten) -> Any:
        """The value that counts: the entry's, else the SLO's, else the default."""
        for level in (self.entry, self.slo, defaults):
            value = getattr(level, key, None)
            if value is not None:
                return value
        return None

    def settings(self, context: Context) -> dict[str, Location]:
        """Where each setting is written that is: in the entry, the SLI, the SLO or the defaults."""
        found = {**context.inherited, "name": self.entry_location.at("name")}
        for level, location in (
            (self.slo, self.location),
            (self.body, self.sli_location),
            (self.entry, self.entry_location),
        ):
            given = level.model_fields_set if level else set()
            found |= {key: location.at(key) for key in given & _SETTINGS}
        return found


def inherited_from(document: Document) -> dict[str, Location]:
    """Where the settings are written that all SLOs of a document share."""
    data = document.data.get("defaults") if isinstance(document.data, dict) else None
    given = data.keys() & _SETTINGS if isinstance(data, dict) else ()
    defaults = {key: document.location.at("defaults", key) for key in given}
    return {**defaults, "service": document.location.at("service")}


def read_parts(data: Any, number: int, context: Context) -> tuple[list[Part], list[Finding]]:
    """The parts of one entry of ``slos``, as far as they can be read."""
    location = context.document.location.at("slos", number)
    decoded = decode(SloWritten, data, location, NOT_YET_SLO, _STAND_INS)
    if decoded.value is None or decoded.is_faulty("sli"):
        return [], decoded.findings
    sli = decoded.value.sli
    sli_type, findings = _sli_type(sli, location)
    findings = decoded.findings + findings
    if sli_type is None:
        return [], findings
    body = decode(sli_type.body, sli[sli_type.name], location.at("sli", sli_type.name))
    findings += body.findings
    if body.value is None:
        return [], findings
    return list(_spread(decoded.value, location, sli_type, decoded, body)), findings


def _sli_type(sli: dict[str, Any], slo: Location) -> tuple[Type | None, list[Finding]]:
    known = {sli_type.name: sli_type for sli_type in SLI_TYPES}
    found = [known[key] for key in sli if key in known]
    findings = []
    for key in sli:
        where = slo.at("sli", key, of_key=True)
        if key in NOT_YET_SLO:
            message = f"{key!r} is not supported yet: {NOT_YET_SLO[key]}"
            findings.append(Finding(codes.NOT_YET, message, where, "leave it out for now"))
        elif key not in known:
            hint = did_you_mean(key, known, f"one of {', '.join(known)}")
            if key in SloWritten.model_fields:
                hint = "put it beside `sli:`, not below it"
            message = f"unknown key {clip(key)!r} in sli"
            findings.append(Finding(codes.UNKNOWN_KEY, message, where, hint))
    if len(found) > 1 or not (found or findings):
        has = "are " + " and ".join(t.name for t in found) if found else "is none"
        message = f"an SLI has exactly one type; here {has}"
        where = slo.at("sli", of_key=True)
        findings.append(Finding(codes.ONE_TYPE, message, where, f"one of {', '.join(known)}"))
    return (found[0] if len(found) == 1 else None), findings


def _spread(
    written: SloWritten,
    location: Location,
    sli_type: Type,
    decoded: Decoded[SloWritten],
    body: Decoded[Written],
) -> Iterator[Part]:
    assert body.value is not None
    if written.objectives is None:
        yield Part(written, None, 0, location, sli_type, body.value, decoded, body)
        return
    for number, entry in enumerate(written.objectives):
        limits: dict[str, Any] = {
            key: value
            for key in ("at_most", "at_least")
            if (value := getattr(entry, key)) is not None and key in sli_type.body.model_fields
        }
        own = body.value.model_copy(update=limits)
        yield Part(written, entry, number, location, sli_type, own, decoded, body)
