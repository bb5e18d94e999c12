"""What the recorded info series say of a bundle, where the server holds no rules of it.

A store adds labels of its own, and an info series outlives an edit by five minutes: an SLO is as
the specs say where any of its series says so.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from slokit.compiler import names
from slokit.compiler.ledger import metadata, settings
from slokit.deployed.model import Deviations, Difference, Orphan, Repeated
from slokit.model.bundle import Bundle
from slokit.model.slo import Slo

Labels: TypeAlias = Mapping[str, str]


def compare_recorded(
    bundle: Bundle, recorded: Iterable[Labels], lasting: Iterable[Labels] = ()
) -> Deviations:
    """What the info series (their labels) of the bundle say otherwise than the specs.

    ``lasting`` are those of SLOs that have had several for longer than an edit leaves them.
    """
    found = _by_slo(recorded)
    mine = {slo.id: slo for slo in bundle.slos}
    changed = {
        slo.id: differences
        for slo in bundle.slos
        if slo.id in found and (differences := _nearest(slo, found[slo.id]))
    }
    return Deviations(
        is_there=bool(found),
        is_by_rules=False,
        missing=tuple(slo for slo in bundle.slos if slo.id not in found),
        changed=changed,
        orphans=tuple(
            orphan(labels[0]) for slo_id, labels in sorted(found.items()) if slo_id not in mine
        ),
        repeated=tuple(_repeated(bundle, _by_slo(lasting))),
    )


def _by_slo(recorded: Iterable[Labels]) -> dict[str, list[Labels]]:
    found: dict[str, list[Labels]] = {}
    for labels in recorded:
        slo_id = f"{labels.get(names.SERVICE, '')}/{labels.get(names.SLO, '')}"
        found.setdefault(slo_id, []).append(labels)
    return found


def _repeated(bundle: Bundle, lasting: Mapping[str, Sequence[Labels]]) -> Iterator[Repeated]:
    """SLOs with two series that only labels of slokit tell apart: others tell apart servers."""
    own = {label for slo in bundle.slos for label in metadata(slo)}
    for slo_id, series in sorted(lasting.items()):
        servers = Counter(
            tuple(sorted((k, v) for k, v in labels.items() if k not in own)) for labels in series
        )
        if max(servers.values(), default=0) > 1:
            yield Repeated(slo_id, (), is_equal=False)


def orphan(info: Mapping[str, str], files: tuple[str, ...] = (), firing: int = 0) -> Orphan:
    """An SLO that only the server knows, by the labels of its info series."""
    return Orphan(
        service=info.get(names.SERVICE, ""),
        name=info.get(names.SLO, ""),
        objective=info.get(names.OBJECTIVE, ""),
        window=info.get("window", ""),
        files=files,
        firing=firing,
    )


def _nearest(slo: Slo, recorded: Iterable[Mapping[str, str]]) -> tuple[Difference, ...]:
    """How the most similar of its series differs; labels that no spec writes may be a store's.

    What alerts say follows from the rest.
    """
    wanted = settings(slo)
    return min(
        (
            tuple(
                Difference(label, labels.get(label, ""), value)
                for label, value in wanted.items()
                if labels.get(label, "") != value
            )
            for labels in recorded
        ),
        key=len,
    )
