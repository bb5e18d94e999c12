"""Which SLO of the new bundle is which of the old one."""

from collections.abc import Iterator
from difflib import SequenceMatcher

from slokit.compiler.ledger import raw_ledger
from slokit.model.bundle import Bundle
from slokit.model.ledger import Ledger
from slokit.model.slo import Slo

Pair = tuple[Slo | None, Slo | None]


def pairs(old: Bundle, new: Bundle) -> Iterator[Pair]:
    """Old and new SLO of the same name; then those that were renamed, removed and added."""
    before, after = ({slo.id: slo for slo in bundle.slos} for bundle in (old, new))
    yield from ((before[name], after[name]) for name in before if name in after)
    gone = [slo for name, slo in before.items() if name not in after]
    come = [slo for name, slo in after.items() if name not in before]
    renamed = _renamed(gone, come, new)
    yield from renamed
    found = {slo.id for pair in renamed for slo in pair}
    yield from ((slo, None) for slo in gone if slo.id not in found)
    yield from ((None, slo) for slo in come if slo.id not in found)


def _renamed(gone: list[Slo], come: list[Slo], bundle: Bundle) -> list[tuple[Slo, Slo]]:
    """Pairs that count the same in the same groups, the likest first, each SLO in one pair."""
    if not gone or not come:
        return []
    alike: dict[Ledger, list[Slo]] = {}
    for slo in come:
        alike.setdefault(raw_ledger(slo, bundle.project), []).append(slo)
    likely = [
        (_likeness(old, new), old.id, new.id, old, new)
        for old in gone
        for new in alike.get(raw_ledger(old, bundle.project), ())
    ]
    taken: set[str] = set()
    found = []
    for _, _, _, old, new in sorted(likely, key=lambda each: (each[0], each[1:3]), reverse=True):
        if not taken & {f"old {old.id}", f"new {new.id}"}:
            taken |= {f"old {old.id}", f"new {new.id}"}
            found.append((old, new))
    return found


def _likeness(old: Slo, new: Slo) -> tuple[bool, bool, float]:
    names = SequenceMatcher(None, old.id, new.id).ratio()
    return old.service == new.service, old.objective_text == new.objective_text, names
