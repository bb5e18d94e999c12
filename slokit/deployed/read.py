"""The rule groups of a server, sorted into what belongs to which SLO of a bundle.

Several servers may answer behind one address: their external labels stand on the rules, and keep
their copies apart. The same file and group twice is one: two replicas.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from slokit.compiler import names
from slokit.prometheus.types import Rule, RuleGroup

Key = tuple[str, str]
"""A service and the name of an SLO."""

Labels = tuple[tuple[str, str], ...]
_LEDGER = "ledger:"
_RECORDING = "recording"


@dataclass(frozen=True, slots=True)
class Copy:
    """Rules from one file; ``server`` are the external labels, if several servers answer."""

    file: str
    server: Labels
    interval: float
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Running:
    """What runs of a bundle: copies of the rules of each SLO, and of each group of the bundle.

    ``added`` are labels that slokit does not write: external ones, or those of a group.
    ``firing`` counts the alerts of each SLO that fire.
    """

    slos: Mapping[Key, tuple[Copy, ...]]
    parts: Mapping[str, tuple[Copy, ...]]
    added: frozenset[str]
    firing: Counter[Key]


def read(bundle: str, groups: Iterable[RuleGroup]) -> Running:
    """The groups of the bundle of this name; all others are left aside."""
    prefix = names.bundle_group(bundle, "")
    own = [group for group in groups if group.name.startswith(prefix)]
    added = _added(own)
    slos: dict[Key, list[Copy]] = {}
    parts: dict[str, list[Copy]] = {}
    firing: Counter[Key] = Counter()
    for group in own:
        part = group.name.removeprefix(prefix)
        if part.startswith(_LEDGER):
            for key, rules in _by_slo(group).items():
                slos.setdefault(key, []).append(_copy(group, rules, added))
        else:
            parts.setdefault(part, []).append(_copy(group, group.rules, added))
        firing.update(_key(labels) for rule in group.rules for labels in rule.firing)
    return Running(
        {key: _apart(copies) for key, copies in slos.items()},
        {part: _apart(copies) for part, copies in parts.items()},
        added,
        firing,
    )


def _added(groups: Iterable[RuleGroup]) -> frozenset[str]:
    """What stands on the ledger's series beside their identity, which slokit alone writes there."""
    return frozenset(
        label
        for group in groups
        for rule in group.rules
        if rule.name.startswith("slokit:")
        and rule.labels.get(names.SLO)
        and rule.name != names.INFO
        for label in rule.labels
        if label not in names.IDENTITY
    )


def _by_slo(group: RuleGroup) -> dict[Key, tuple[Rule, ...]]:
    found: dict[Key, list[Rule]] = {}
    for rule in group.rules:
        found.setdefault(_key(rule.labels), []).append(rule)
    return {key: tuple(rules) for key, rules in found.items()}


def _key(labels: Mapping[str, str]) -> Key:
    return labels.get(names.SERVICE, ""), labels.get(names.SLO, "")


def _copy(group: RuleGroup, rules: tuple[Rule, ...], added: frozenset[str]) -> Copy:
    server = {(name, rule.labels[name]) for rule in rules for name in added & rule.labels.keys()}
    return Copy(group.file, tuple(sorted(server)), group.interval, rules)


def _apart(copies: Iterable[Copy]) -> tuple[Copy, ...]:
    return tuple({(copy.file, copy.server): copy for copy in copies}.values())
