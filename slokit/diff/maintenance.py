"""What changes about maintenance: what is not counted, and which alerts are silent."""

from collections.abc import Iterator

from slokit.diff.model import Change
from slokit.model.bundle import Project
from slokit.model.maintenance import ALERTS, LEDGER, Maintenance, when_text

_BEGINS = {
    (True, True): "while it is on nothing is counted, and alerts are silent",
    (True, False): "while it is on nothing is counted; alerts are as ever",
    (False, True): "while it is on alerts are silent; all is counted",
    (False, False): "reports leave out what was counted in it",
}
_ENDS = "from now on it counts and alerts; what was not counted stays unknown"


def compare_maintenance(old: Project, new: Project) -> Iterator[Change]:
    """Maintenances that came, went or are another, by their names."""
    before, after = ({each.name: each for each in p.maintenances} for p in (old, new))
    for name in dict.fromkeys([*before, *after]):
        first, second = before.get(name), after.get(name)
        if first != second:
            effect = _effect(second) if second else _ENDS
            yield Change(f"maintenance {name}", _text(first), _text(second), effect)


def _effect(maintenance: Maintenance) -> str:
    return _BEGINS[LEDGER in maintenance.applies, ALERTS in maintenance.applies]


def _text(maintenance: Maintenance | None) -> str:
    if maintenance is None:
        return ""
    applies = ", ".join(sorted(maintenance.applies))
    parts = (maintenance.subject, when_text(maintenance), applies, maintenance.reason)
    return "; ".join(parts)
