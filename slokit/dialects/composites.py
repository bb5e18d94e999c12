"""Composites and their members: found by name when all services of a bundle are read.

A composite may have composites as members, and never itself, on whatever way. What it cannot be
made of is a finding at the member's name, and the composite is left out. Over raw history a member
is written out as often as it is reached, which nesting doubles with each level: there is a limit.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding, Location, Related
from slokit.dialects.base import left_out
from slokit.model.ledger import in_place_of, measured_by
from slokit.model.slo import MadeOfSlos, Service, Slo
from slokit.text.similar_names import did_you_mean
from slokit.text.words import clip, first_few

_PARTS = 2
_MOST = 12
_MOST_REACHED, _DEEPEST = 1000, 20


def with_members(
    services: Sequence[Service], unread: Collection[str]
) -> tuple[list[Service], list[Finding]]:
    """The services with the members of their composites, less composites that are faulty.

    ``unread`` are ids of SLOs that are written and could not be read, which is reported already.
    """
    if not any(_made_of(slo) for each in services for slo in each.slos):
        return list(services), []
    slos = {slo.id: slo for service in services for slo in service.slos}
    linking = _Linking(slos, unread)
    for slo in _innermost_first(slos):
        linking.linked(slo)
    linked = [
        replace(s, slos=tuple(found for slo in s.slos if (found := linking.linked(slo))))
        for s in services
    ]
    return linked, linking.findings


def _innermost_first(slos: Mapping[str, Slo]) -> Iterator[Slo]:
    """The composites, each behind those that it is made of; none that is made of itself."""
    made_of = {slo.id: sli for slo in slos.values() if (sli := _made_of(slo))}
    within: dict[str, set[str]] = {}
    above: dict[str, list[str]] = {}
    for slo_id, sli in made_of.items():
        within[slo_id] = {_whole(name, slos[slo_id]) for name in sli.of} & made_of.keys()
        for member in within[slo_id]:
            above.setdefault(member, []).append(slo_id)
    ready = [slo_id for slo_id, members in within.items() if not members]
    while ready:
        slo_id = ready.pop()
        yield slos[slo_id]
        for outer in above.get(slo_id, ()):
            within[outer].discard(slo_id)
            if not within[outer]:
                ready.append(outer)


def _whole(name: str, slo: Slo) -> str:
    """The id of a member, of which the name alone is written where it is of the same service."""
    return name if "/" in name else f"{slo.service}/{name}"


@dataclass
class _Linking:
    """The SLOs of a bundle by their ids; each composite is linked once, behind its members."""

    slos: Mapping[str, Slo]
    unread: Collection[str]
    findings: list[Finding] = field(default_factory=list)
    _done: dict[str, Slo | None] = field(default_factory=dict)
    _under_way: list[str] = field(default_factory=list)
    _levels: dict[str, int] = field(default_factory=dict)
    _reached: dict[str, int] = field(default_factory=dict)

    def linked(self, slo: Slo) -> Slo | None:
        """The SLO with its members; None where one is faulty."""
        sli = _made_of(slo)
        if sli is None:
            return slo
        if slo.id not in self._done:
            self._under_way.append(slo.id)
            self._done[slo.id] = self._link(slo, sli)
            self._under_way.pop()
        return self._done[slo.id]

    def _link(self, slo: Slo, sli: MadeOfSlos) -> Slo | None:
        members: list[Slo] = []
        for name, key in zip(sli.of, sli.of_keys, strict=True):
            where = slo.sli_location.at(*(int(k) if k.isdigit() else k for k in key.split(".")))
            member = self._member(slo, name, where)
            if member is not None and member.id in [other.id for other in members]:
                self._report(where, f"the member {member.id!r} is given twice", "leave one out")
            elif member is not None and not (faults := list(_unfit(slo, member, where))):
                members.append(member)
            elif member is not None:
                self.findings += faults
        if len(members) < len(sli.of) or self._is_too_large(slo, members):
            hint = "mend the error, or delete the SLO"
            self.findings.append(left_out("SLO", slo.location_of("name"), hint))
            return None
        return replace(slo, members=tuple(members), sli=in_place_of(slo.sli, sli.over(members)))

    def _is_too_large(self, slo: Slo, members: Sequence[Slo]) -> bool:
        """Whether it reaches too many SLOs or too deep, which is reported then."""
        levels = self._levels[slo.id] = 1 + max(self._levels.get(m.id, 0) for m in members)
        reached = self._reached[slo.id] = sum(self._reached.get(m.id, 1) for m in members)
        of, hint = (
            slo.sli_location.at("of"),
            "name the SLOs themselves that it is made of, each once",
        )
        if reached > _MOST_REACHED:
            made = f"it is made of {reached:,} SLOs, each counted as often as it is reached"
            self._report(of, f"{made}: more than {_MOST_REACHED:,}", hint)
        elif levels > _DEEPEST:
            self._report(of, f"composites are nested more than {_DEEPEST} levels deep here", hint)
        return reached > _MOST_REACHED or levels > _DEEPEST

    def _member(self, slo: Slo, written: str, where: Location) -> Slo | None:
        """The member of a name; None where there is none, with the reason noted."""
        name = _whole(written, slo)
        if name in self._under_way:
            way = " -> ".join([*self._under_way[self._under_way.index(name) :], name])
            message = f"this composite is made of itself: {way}"
            if name == slo.id:
                message = "a composite cannot be a member of itself"
            self._report(where, message, "leave it out")
            return None
        if len(self._under_way) > _DEEPEST:  # only within what is made of itself
            message = f"composites that are made of themselves, over more than {_DEEPEST} levels"
            self._report(where, message, "begin with SLOs that are no composites")
            return None
        found = self.slos.get(name)
        if found is not None:
            return self.linked(found)
        if name in self.unread:
            return None
        self._report(where, *_unknown(name, self.slos))
        return None

    def _report(self, where: Location, message: str, hint: str) -> None:
        self.findings.append(Finding(codes.COMPOSITE, message, where, hint))


def _made_of(slo: Slo) -> MadeOfSlos | None:
    """The SLI of an SLO where it is made of others."""
    # asking a protocol takes its time, and a bundle may have thousands of other SLOs
    sli = measured_by(slo.sli)
    return sli if hasattr(sli, "of_keys") and isinstance(sli, MadeOfSlos) else None


def _unknown(name: str, known: Mapping[str, Slo]) -> tuple[str, str]:
    if name.count("/") >= _PARTS:
        message = f"{clip(name)!r} is an SLO of another bundle"
        return message, "members are of this bundle: name one as service/slo"
    service = name.partition("/")[0]
    siblings = [slo for slo in known if slo.startswith(f"{service}/")]
    message = f"no such SLO {clip(name)!r} in this bundle"
    if not siblings:
        hint = "members are of this bundle, and it has no such service"
        return message, did_you_mean(name, known, hint)
    return message, did_you_mean(name, known, f"one of {first_few(siblings, _MOST)}")


def _unfit(slo: Slo, member: Slo, where: Location) -> Iterator[Finding]:
    """Why an SLO cannot be a member of a composite."""
    if member.objective is None:
        message = f"{member.id!r} counts events in time: it has no share of bad"
        hint = "leave it out, or make a member of the outage that its events cause"
        related = (Related(member.location_of("name"), "it is written here"),)
        yield Finding(codes.COMPOSITE, message, where, hint, related)
        return
    missing = [name for name in slo.folding.names if name not in member.folding.names]
    if missing:
        own = ", ".join(member.folding.names)
        message = f"{member.id!r} is not grouped by {first_few(missing, _MOST)}"
        shared = [name for name in slo.folding.names if name not in missing]
        hint = f"group the composite by what all members have: `group_by: [{', '.join(shared)}]`"
        related = (Related(member.location_of("group_by"), f"it is grouped by [{own}]"),)
        yield Finding(codes.COMPOSITE, message, where, hint, related)
