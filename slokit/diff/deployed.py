"""A difference between the rules that a server runs, the old state, and the specs, the new one.

Of a loaded rule its labels and its expression are known, not the keys that it was compiled from: an
objective, a window and metadata are shown by their names, what counts by its expression.
"""

from collections.abc import Iterator

from slokit.compiler import names
from slokit.deployed import Deviations, Difference
from slokit.diff.compare import NEW_LEDGER, added, removed
from slokit.diff.model import BundleDiff, Change, Kind, SloDiff
from slokit.diff.settings import FROM_NOW, MEASURED, MOVED, NEW_GROUPS, budget_text
from slokit.model.bundle import Bundle
from slokit.model.slo import Slo

_MOVING = {"alert_policy", names.ALERT_NAME}
# What follows from a group of the bundle that has other rules.
_OF_ALL = "for all SLOs of the bundle"


def compare_deployed(bundle: Bundle, found: Deviations) -> BundleDiff:
    """What a deployment of the bundle would change on the server. Pure: nothing is asked."""
    slos = {slo.id: slo for slo in bundle.slos}
    diffs = [added(slo) for slo in found.missing]
    diffs += [_changed(slos[name], found.changed[name], bundle) for name in found.changed]
    diffs += [
        removed(orphan.id, f"{orphan.objective} over {orphan.window}")
        for orphan in (*found.orphans, *found.strangers)
    ]
    diffs.sort(key=lambda diff: diff.new or diff.old)
    return BundleDiff(tuple(_bundle(bundle, found)), tuple(diffs))


def _changed(slo: Slo, differences: tuple[Difference, ...], bundle: Bundle) -> SloDiff:
    changes = tuple(_change(slo, each, bundle) for each in differences)
    return SloDiff(Kind.CHANGED, slo.id, slo.id, changes)


def _change(slo: Slo, found: Difference, bundle: Bundle) -> Change:
    what, old, new = found.what, found.old, found.new
    if found.is_expression:
        # as a block of its own, though the server prints it in one line
        return Change(f"expression of {what}", f"{old}\n", f"{new}\n", FROM_NOW)
    if what == "group_by":
        return Change(what, old, new, NEW_GROUPS, breaks=True, moves=True)
    if what == names.OBJECTIVE:
        return Change(what, old, new, f"the budget becomes {budget_text(slo)}; {MEASURED}")
    is_routing = what.startswith(names.routing(""))
    moves = is_routing or what in _MOVING or what in bundle.project.alerts.lifted
    shown = f"routing: {what.removeprefix(names.routing(''))}" if is_routing else what
    return Change(shown, old, new, MOVED if moves else "", moves=moves)


def _bundle(bundle: Bundle, found: Deviations) -> Iterator[Change]:
    if found.is_there and not found.is_by_rules:
        effect = f"only what `{names.INFO}` says could be compared: no expressions, no alerts"
        yield Change("rules", "run elsewhere", "not compared", effect)
    for setting in found.settings:
        if setting.what == "ledger_window":
            yield Change(setting.what, setting.old, setting.new, NEW_LEDGER, breaks=True)
        elif setting.old == setting.new:
            yield Change(setting.what, f"other: {setting.old}", "as compiled", _OF_ALL)
        else:
            yield Change(setting.what, setting.old, setting.new, _OF_ALL)
    for part in found.lost_groups if found.is_there else ():
        group = names.bundle_group(bundle.name, part)
        yield Change("group", "", group, f"burn rates and alerts {_OF_ALL}")
    for repeated in found.repeated:
        alike = "the same rules" if repeated.is_equal else "rules that differ"
        files = ", ".join(repeated.files) or "several rules"
        effect = f"{alike} are loaded several times: their samples are counted as often"
        yield Change(f"files of {repeated.name}", files, "one", effect)
