"""Compares the rules that a server runs with those that the specs compile to.

For each SLO by the labels of its info series and by its expressions; for the bundle's own groups by
their rules. A server that runs the rules of vmalert is compared with those.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain

from slokit.compiler import names
from slokit.compiler.program import compile_bundle
from slokit.compiler.rules import AlertRule, Program, RecordingRule, Ruler
from slokit.compiler.rules import Rule as CompiledRule
from slokit.deployed.model import Deviations, Difference, Orphan, Repeated
from slokit.deployed.read import Copy, Key, Running, read
from slokit.deployed.recorded import orphan
from slokit.model.bundle import Bundle
from slokit.model.ledger import TOTAL
from slokit.prometheus.types import Rule, RuleGroup
from slokit.promql.canonical import is_same, outermost_labels
from slokit.text.durations import format_duration

_SIDE = re.compile(r"slokit:([a-z_]+):rate(.+)")
# What follows from another label of the info series, or from the type.
_IMPLIED = {"measure": "sli"}

_BUDGET = "budget"

Found = tuple[Difference, ...]


def compare(bundle: Bundle, groups: Iterable[RuleGroup]) -> Deviations:
    """What the server's groups do otherwise than the bundle's; those of other bundles are ignored.

    The whole bundle is compared: who asks about some services picks them from the answer.
    """
    return _Comparison(bundle, read(bundle.name, groups)).deviations()


class _Comparison:
    def __init__(self, bundle: Bundle, running: Running) -> None:
        self._bundle = bundle
        self._running = running
        self._project = bundle.project

    def deviations(self) -> Deviations:
        running, mine = self._running, {(slo.service, slo.name): slo for slo in self._bundle.slos}
        foreign = [key for key in running.slos if key not in mine]
        strangers = [key for key in foreign if self._is_stranger(key)]
        return Deviations(
            is_there=bool(running.slos or running.parts),
            missing=tuple(slo for key, slo in mine.items() if key not in running.slos),
            changed={
                slo.id: found
                for key, slo in mine.items()
                if key in running.slos and (found := self._of_slo(key))
            },
            orphans=tuple(self._orphan(key) for key in sorted(set(foreign) - set(strangers))),
            strangers=tuple(map(self._orphan, sorted(strangers))),
            repeated=tuple(self._repeated()),
            lost_groups=tuple(part for part in self._parts if part not in running.parts),
            settings=tuple(self._settings()),
        )

    def _is_stranger(self, key: Key) -> bool:
        """Whether it runs from another file than the rules of its service that are like these."""
        files = self._files(key[0])
        return bool(files) and not files & {copy.file for copy in self._running.slos[key]}

    def _files(self, service: str) -> set[str]:
        """The files that hold a service's SLOs, each by the one that holds most as they are here.

        An operator's objects may share the SLOs of a service; a second repository has them again.
        """
        held: dict[str, set[Key]] = {}
        alike: Counter[str] = Counter()
        for slo in self._bundle.slos:
            key = slo.service, slo.name
            for copy in self._running.slos.get(key, ()) if slo.service == service else ():
                held.setdefault(copy.file, set()).add(key)
                alike[copy.file] += not self._nearest(key, copy)
        found, covered = set(), set[Key]()
        for file in sorted(held, key=lambda file: (-alike[file], file)):
            if held[file] - covered:
                found.add(file)
                covered |= held[file]
        return found

    def _orphan(self, key: Key) -> Orphan:
        copies = self._running.slos[key]
        info = next((rule.labels for rule in copies[0].rules if rule.name == names.INFO), {})
        labels = {**info, names.SERVICE: key[0], names.SLO: key[1]}
        return orphan(labels, tuple(copy.file for copy in copies), self._running.firing[key])

    def _of_slo(self, key: Key) -> Found:
        """How its rules differ; nothing if one of several copies of one server is as it should."""
        by_server: dict[object, list[Found]] = {}
        for copy in self._running.slos[key]:
            by_server.setdefault(copy.server, []).append(self._nearest(key, copy))
        return max((min(found, key=len) for found in by_server.values()), key=len)

    def _nearest(self, key: Key, copy: Copy) -> Found:
        found = tuple(self._differences(self._rules[key], copy))
        if not found:
            return ()
        other = tuple(self._differences(self._rules_of_vmalert[key], copy))
        return min(found, other, key=len)

    def _differences(self, wanted: Sequence[RecordingRule], copy: Copy) -> Iterator[Difference]:
        there = {rule.name: rule for rule in copy.rules}
        here = {rule.record: rule for rule in wanted}
        info = there.get(names.INFO)
        labels = list(self._of_labels(here[names.INFO].labels, info.labels if info else {}))
        yield from labels
        sides = {_side(name): rule for name, rule in there.items()}
        expressions = []
        for name, rule in here.items():
            loaded = sides.get(_side(name))
            if name != names.INFO and (loaded is None or is_same(loaded.query, rule.expr) is False):
                query = loaded.query if loaded else ""
                expressions.append(Difference(_side(name), query, rule.expr, is_expression=True))
        gone = sides.keys() - set(map(_side, here))
        expressions += [Difference(n, sides[n].query, "", is_expression=True) for n in sorted(gone)]
        if self._has_other_window:
            return  # all expressions count over the other ledger window
        groups = list(_of_groups(expressions))
        yield from groups
        if not groups:
            # the budget follows from the objective
            implied = _BUDGET if any(d.what == names.OBJECTIVE for d in labels) else ""
            yield from (each for each in expressions if each.what != implied)

    def _of_labels(
        self, wanted: Mapping[str, str], there: Mapping[str, str]
    ) -> Iterator[Difference]:
        for label in dict.fromkeys([*wanted, *there]):
            if label in names.WORDS:
                continue  # what alerts say follows from the rest
            old, new = there.get(label, ""), wanted.get(label, "")
            implying = _IMPLIED.get(label, "")
            is_implied = implying and there.get(implying) != wanted.get(implying)
            if old != new and label not in self._running.added and not is_implied:
                yield Difference(label, old, new)

    def _settings(self) -> Iterator[Difference]:
        """What is of the bundle: its times, and the rules that serve all SLOs."""
        if self._has_other_window:
            old = next(window for window in self._windows)
            yield Difference("ledger_window", old, self._project.ledger_window_name)
        intervals = {c.interval for copies in self._running.slos.values() for c in copies}
        if other := sorted(intervals - {float(self._project.interval), 0.0}):
            new = format_duration(self._project.interval)
            yield Difference("interval", format_duration(round(other[0])), new)
        if self._has_other_window:
            return
        for part, copies in self._running.parts.items():
            if part not in self._parts:
                yield Difference(f"rules of {part}", ", ".join(_names(copies[0].rules)), "")
                continue
            other_names = min((self._other_rules(part, copy) for copy in copies), key=len)
            if self._has_other_slos:
                # it counts the SLOs: what follows from a missing one is not said again
                other_names = [name for name in other_names if name != names.LEDGER_STALE_ALERT]
            if other_names:
                yield Difference(f"rules of {part}", ", ".join(other_names), ", ".join(other_names))

    def _other_rules(self, part: str, copy: Copy) -> list[str]:
        found = self._unlike(self._parts[part], copy.rules)
        if not found:
            return []
        ignoring = self._unlike(self._parts_of_vmalert[part], copy.rules, keeps_firing=False)
        return min(found, ignoring, key=len)

    def _unlike(
        self, wanted: Iterable[CompiledRule], there: Iterable[Rule], *, keeps_firing: bool = True
    ) -> list[str]:
        """The names of rules that one of them has and the other has not."""
        left = list(there)
        found: dict[str, None] = {}
        for rule in wanted:
            of_name = (each for each in left if each.name == _name(rule))
            same = [r for r in of_name if self._is_rule(rule, r, keeps_firing=keeps_firing)]
            if same:
                left.remove(same[0])
            else:
                found[_name(rule)] = None
        return list(found | dict.fromkeys(rule.name for rule in left))

    def _is_rule(self, wanted: CompiledRule, there: Rule, *, keeps_firing: bool) -> bool:
        added = self._running.added
        labels = {k: v for k, v in there.labels.items() if k not in added}
        own = {k: v for k, v in wanted.labels.items() if k not in added}
        if labels != own:
            return False
        if isinstance(wanted, AlertRule):
            times = float(wanted.hold), float(wanted.keep_firing) if keeps_firing else 0.0
            texts = dict(wanted.annotations)
            if (there.hold, there.keep_firing if keeps_firing else 0.0) != times:
                return False
            if texts != dict(there.annotations):
                return False
        return is_same(there.query, wanted.expr) is not False

    def _repeated(self) -> Iterator[Repeated]:
        """What one server has from several files."""
        slos = {f"{key[0]}/{key[1]}": copies for key, copies in self._running.slos.items()}
        parts = {
            names.bundle_group(self._bundle.name, part): copies
            for part, copies in self._running.parts.items()
        }
        for name, copies in chain(sorted(slos.items()), sorted(parts.items())):
            servers: dict[object, list[Copy]] = {}
            for copy in copies:
                servers.setdefault(copy.server, []).append(copy)
            same = next((found for found in servers.values() if len(found) > 1), None)
            if same:
                is_equal = all(_are_alike(same[0], other) for other in same[1:])
                yield Repeated(name, tuple(sorted(copy.file for copy in same)), is_equal)

    @cached_property
    def _windows(self) -> list[str]:
        """The ledger windows of loaded SLOs of ours, other than the bundle's."""
        return [
            found[2]
            for slo in self._bundle.slos
            for copy in self._running.slos.get((slo.service, slo.name), ())
            for rule in copy.rules
            if (found := _SIDE.fullmatch(rule.name))
            and found[2] != self._project.ledger_window_name
        ]

    @cached_property
    def _has_other_slos(self) -> bool:
        """Whether an SLO is missing, or one runs that no spec has."""
        return self._running.slos.keys() != {(slo.service, slo.name) for slo in self._bundle.slos}

    @property
    def _has_other_window(self) -> bool:
        return bool(self._windows)

    @cached_property
    def _program(self) -> Program:
        return compile_bundle(self._bundle)

    @cached_property
    def _program_of_vmalert(self) -> Program:
        return compile_bundle(self._bundle, Ruler.VMALERT)

    @cached_property
    def _rules(self) -> Mapping[Key, list[RecordingRule]]:
        return _by_slo(self._program)

    @cached_property
    def _rules_of_vmalert(self) -> Mapping[Key, list[RecordingRule]]:
        return _by_slo(self._program_of_vmalert)

    @cached_property
    def _parts(self) -> Mapping[str, tuple[CompiledRule, ...]]:
        return _by_part(self._program)

    @cached_property
    def _parts_of_vmalert(self) -> Mapping[str, tuple[CompiledRule, ...]]:
        return _by_part(self._program_of_vmalert)


def _by_slo(program: Program) -> dict[Key, list[RecordingRule]]:
    found: dict[Key, list[RecordingRule]] = {}
    for _, group in program.ledgers:
        for rule in group.rules:
            assert isinstance(rule, RecordingRule)
            key = rule.labels[names.SERVICE], rule.labels[names.SLO]
            found.setdefault(key, []).append(rule)
    return found


def _by_part(program: Program) -> dict[str, tuple[CompiledRule, ...]]:
    prefix = names.bundle_group(program.bundle.name, "")
    groups = (*program.groups, *program.causes.values())
    return {g.name.removeprefix(prefix): g.rules for g in groups if g.rules}


def _name(rule: CompiledRule) -> str:
    return rule.alert if isinstance(rule, AlertRule) else rule.record


def _names(rules: Iterable[Rule]) -> list[str]:
    return list(dict.fromkeys(rule.name for rule in rules))


def _side(name: str) -> str:
    """``total`` for ``slokit:total:rate5m``, whatever the ledger window; ``budget``."""
    found = _SIDE.fullmatch(name)
    return found[1] if found else _BUDGET if name == names.BUDGET else name


def _of_groups(expressions: Iterable[Difference]) -> Iterator[Difference]:
    """That an SLO has other groups, by the labels that its total is folded by."""
    total = next((each for each in expressions if each.what == TOTAL), None)
    if total is None or not (total.old and total.new):
        return
    old, new = outermost_labels(total.old), outermost_labels(total.new)
    if old is not None and new is not None and old != new:
        before, after = (f"[{', '.join(sorted(own))}]" for own in (old, new))
        yield Difference("group_by", before, after)


def _are_alike(one: Copy, other: Copy) -> bool:
    if len(one.rules) != len(other.rules):
        return False
    return all(
        (a.name, a.labels, a.annotations, a.hold) == (b.name, b.labels, b.annotations, b.hold)
        and is_same(a.query, b.query) is not False
        for a, b in zip(one.rules, other.rules, strict=True)
    )
