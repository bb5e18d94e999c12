"""What of a bundle is looked at: services and SLOs that are named, and those of an owner."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from slokit.diagnostics.errors import UsageError
from slokit.model.bundle import Bundle
from slokit.model.slo import Slo
from slokit.text.similar_names import closest
from slokit.text.words import clip, joined

_NAME = re.compile(r"[a-z0-9-]+(/[a-z0-9-]+)?")


@dataclass(frozen=True, slots=True)
class Selection:
    """What arguments select: all of a bundle when there were none, which is ``is_whole``.

    ``services`` are those that they name, by their files or by themselves, with or without sound
    SLOs. ``slos`` are theirs, and only those named where SLOs are, or those of the ``owner``.
    ``ids`` are those that are left after the selection was narrowed to some.
    """

    services: frozenset[str] = frozenset()
    slos: tuple[Slo, ...] = ()
    is_whole: bool = True
    owner: str | None = None
    ids: frozenset[str] | None = None

    @property
    def is_narrowed(self) -> bool:
        """Whether SLOs of what was named were left out, by their owner or otherwise."""
        return self.owner is not None or self.ids is not None

    def slos_of(self, service: str) -> tuple[Slo, ...]:
        """The selected SLOs of a service."""
        return tuple(slo for slo in self.slos if slo.service == service)

    def narrowed(self, ids: Collection[str] | None) -> "Selection":
        """With those of the SLOs that have these ids; all of them without any."""
        if ids is None:
            return self
        kept = tuple(slo for slo in self.slos if slo.id in ids)
        return replace(self, slos=kept, ids=frozenset(ids))

    def owned_by(self, owner: str | None) -> "Selection":
        """With those of the SLOs that have this owner; all of them without one.

        Raises:
            UsageError: there is none; the message has the owners that there are.
        """
        owned = tuple(slo for slo in self.slos if owner in (None, slo.owner))
        if not owned and self.slos:
            owners = sorted({slo.owner for slo in self.slos if slo.owner})
            hint = f"choose {joined(owners, 'or')}" if owners else "no SLO has one"
            raise UsageError(f"no SLO of the owner {clip(owner or '')!r}: {hint}")
        return replace(self, slos=owned, owner=owner)


def named_slos(
    names: Iterable[str], bundle: Bundle, what: str = "service or SLO"
) -> tuple[Slo, ...]:
    """The SLOs with these names, ``service/slo``, and those of the services with them.

    Raises:
        UsageError: a name is neither's; the message says ``what`` it may be, and the closest ones.
    """
    wanted = dict.fromkeys(names)
    known = dict.fromkeys([*(s.name for s in bundle.services), *(slo.id for slo in bundle.slos)])
    for name in wanted:
        if name not in known:
            near = closest(name, known) if _NAME.fullmatch(name) else []
            hint = f": did you mean {joined(near, 'or')}?" if near else ""
            raise UsageError(f"no such {what} {clip(name)!r}{hint}")
    return tuple(slo for slo in bundle.slos if not wanted.keys().isdisjoint((slo.service, slo.id)))
