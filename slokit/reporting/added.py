"""Labels that a store adds to all that it holds, and the choice of one replica.

Added labels make rows of their own. Those that tell replicas apart do not: of each group one
replica is taken for the whole report, never a sum and never a mixture. Nothing here asks a server.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from slokit.model.bundle import Project
from slokit.model.slo import Slo
from slokit.promql.selector import Matcher
from slokit.reporting.evidence import Evidence, Key
from slokit.reporting.model import TimeRange

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of raw history: what one replica measured of what has the same other added labels.

    ``kept`` are the added labels of its rows, ``replica`` those that tell it from others like it,
    and ``matchers`` select its series.
    """

    kept: Pairs = ()
    replica: Pairs = ()
    matchers: tuple[Matcher, ...] = ()


@dataclass(frozen=True, slots=True)
class AddedLabels:
    """The sets of labels that were added to the ledger, and those of some raw series.

    ``replica_labels`` are those that tell replicas apart. ``raw`` is empty where it is not known.
    Without ``has_ledger`` the sets are those of other series of the store.
    """

    replica_labels: tuple[str, ...] = ()
    ledger: tuple[Pairs, ...] = ()
    raw: tuple[Pairs, ...] = ()
    has_ledger: bool = True

    @property
    def names(self) -> frozenset[str]:
        """All added labels, apart from those that tell replicas apart."""
        found = {name for pairs in self.ledger for name, _ in pairs}
        return frozenset(found - set(self.replica_labels))

    def parts(self, slo: Slo) -> tuple[Part, ...]:
        """The parts of raw history that an SLO is counted in, each for itself."""
        own = {*slo.folding.names, *slo.folding.sources}
        on_raw = {name for pairs in self.raw for name, _ in pairs}
        replicas = dict.fromkeys(
            tuple(pair for pair in pairs if pair[0] in self.replica_labels) for pairs in self.raw
        )
        found: dict[Part, None] = {}
        for pairs in self.ledger or ((),):
            known = [name for name, _ in pairs]
            # a label that the ledger lacks, for it was recorded elsewhere or not at all
            more = [tuple(p for p in replica if p[0] not in known) for replica in replicas]
            for extra in dict.fromkeys(more or [()]):
                found[self._part(tuple(sorted((*pairs, *extra))), own, on_raw)] = None
        return tuple(found)

    def _part(self, pairs: Pairs, own: set[str], on_raw: set[str]) -> Part:
        pairs = tuple(pair for pair in pairs if pair[0] not in own)
        return Part(
            kept=tuple(pair for pair in pairs if pair[0] not in self.replica_labels),
            replica=tuple(pair for pair in pairs if pair[0] in self.replica_labels),
            matchers=tuple(
                Matcher(name, "=", value) for name, value in pairs if name in on_raw or not on_raw
            ),
        )


def added_labels(
    project: Project, ledger: Iterable[Mapping[str, str]], raw: Sequence[Mapping[str, str]] = ()
) -> AddedLabels:
    """Out of the labels of the ledger's budgets, and of some raw series.

    >>> found = added_labels(Project(), [{"bundle": "default", "cluster": "eu"}])
    >>> found.names
    frozenset({'cluster'})
    """
    identity = ("__name__", "bundle", "service", "slo")
    sets = dict.fromkeys(
        tuple(sorted((n, v) for n, v in labels.items() if n not in identity)) for labels in ledger
    )
    return AddedLabels(
        project.replica_labels,
        tuple(sorted(sets)),
        tuple(tuple(sorted(labels.items())) for labels in raw),
    )


def added_names(
    ledgers: Iterable[Mapping[str, str]], target: Sequence[Mapping[str, str]]
) -> set[str]:
    """The added labels of ledgers; without any, those that differ between a target's series.

    >>> added_names([], [{"job": "api", "cluster": "eu"}, {"job": "api", "cluster": "us"}])
    {'cluster'}
    """
    recorded = {name for labels in ledgers for name in labels}
    if recorded:
        return recorded
    found = {name for labels in target for name in labels}
    return {name for name in found if len({labels.get(name) for labels in target}) > 1}


def one_replica(
    found: Mapping[Key, Evidence],
    slos: Iterable[Slo],
    replica_labels: Sequence[str],
    window: Mapping[str, TimeRange],
) -> dict[Key, Evidence]:
    """Of each group the evidence of one replica: of the one that measured most of the window.

    ``window`` is the SLO window of each SLO, by its id. Of equals it is the first by its labels.
    """
    if not replica_labels:
        return dict(found)
    own = {(slo.service, slo.name): slo.folding.names for slo in slos}
    chosen: dict[Key, tuple[tuple[bool, int, bool], Evidence]] = {}
    for key in sorted(found):
        service, slo, pairs = key
        apart = set(replica_labels) - set(own.get((service, slo), ()))
        group = service, slo, tuple(pair for pair in pairs if pair[0] not in apart)
        evidence = found[key]
        over = window.get(f"{service}/{slo}")
        slots = evidence.slots(over) if over else 0
        rank = evidence.is_data, slots, evidence.total_now is not None
        if group not in chosen or rank > chosen[group][0]:
            chosen[group] = rank, evidence
    return {group: evidence for group, (_, evidence) in chosen.items()}
