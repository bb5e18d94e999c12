"""Are the loaded rules those that the specs compile to, each once, and no others?

Finds SLK640, SLOs whose rules are others, SLK641, SLOs that no spec has any more, SLK642 and
SLK643, rules from several files, and SLK644, where the server does not run the rules itself. Each
cause is one finding for the whole bundle. Rules that are not there at all are another check's.
"""

from collections.abc import Iterator, Mapping, Sequence

from slokit.compiler import names
from slokit.deployed import Difference, Orphan, Repeated
from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding, Location
from slokit.livecheck.checks.base import Check
from slokit.livecheck.engine.context import CheckContext
from slokit.model.slo import Slo
from slokit.text.words import clip, counted, first_few, joined

_NAMED = 3
_CAUSES = 5
_LONGEST = 60
_LOAD = f"load {names.RULES_DIRECTORY}/*.yaml of these specs, or undo what is in the specs alone"
_BUNDLE = "give each repository a `bundle:` of its own, and remove files that were left behind"


def run(context: CheckContext) -> Iterator[Finding]:
    """A finding for each kind of deviation, and of changed SLOs for each cause."""
    if not context.deployed.is_there:
        return
    if not context.deployed.is_by_rules:
        yield _elsewhere(context)
    yield from _changed(context)
    yield from _settings(context)
    yield from _orphans(context)
    yield from _repeated(context)


def _elsewhere(context: CheckContext) -> Finding:
    message = (
        f"the rules of bundle '{context.project.bundle}' run elsewhere, and only what they record"
        f" is here: of the rules no more than `{names.INFO}` could be compared"
    )
    hint = "to compare them, check against the server that runs them"
    return Finding(codes.RULES_ELSEWHERE, message, hint=hint)


def _changed(context: CheckContext) -> Iterator[Finding]:
    """SLOs of which the same things differ are one finding, the largest group first."""
    changed = context.deployed.changed
    causes: dict[tuple[str, ...], list[Slo]] = {}
    for slo in context.slos:
        if found := changed.get(slo.id):
            causes.setdefault(tuple(_what(difference) for difference in found), []).append(slo)
    ordered = sorted(causes.items(), key=lambda cause: -len(cause[1]))
    for whats, slos in ordered[:_CAUSES]:
        yield _cause(joined(whats), slos, changed)
    if more := [slo for _, slos in ordered[_CAUSES:] for slo in slos]:
        yield _cause("other things", more, changed)


def _cause(what: str, slos: Sequence[Slo], changed: Mapping[str, Sequence[Difference]]) -> Finding:
    run = "runs" if len(slos) == 1 else "run"
    few = first_few([_words(slo, changed[slo.id]) for slo in slos], _NAMED)
    message = f"{counted(len(slos), 'SLO')} {run} on other rules, which differ in {what}: {few}"
    return Finding(codes.OTHER_RULES, message, _location(slos, changed), _LOAD)


def _words(slo: Slo, differences: Sequence[Difference]) -> str:
    """``edge/availability (99.9% there, 99.95% here)``; expressions are too long."""
    named = [d for d in differences if not d.is_expression]
    said = [f"{clip(d.old) or 'none'} there, {clip(d.new) or 'none'} here" for d in named]
    if len(differences) > 1:
        said = [f"{d.what} {words}" for d, words in zip(named, said, strict=True)]
    return f"{slo.id} ({'; '.join(said)})" if said else slo.id


def _location(slos: Sequence[Slo], changed: Mapping[str, Sequence[Difference]]) -> Location:
    first, differences = slos[0], changed[slos[0].id]
    if any(difference.is_expression for difference in differences):
        return first.sli_location
    return first.location_of(differences[0].what)


def _what(difference: Difference) -> str:
    return f"the expression of `{difference.what}`" if difference.is_expression else difference.what


def _settings(context: CheckContext) -> Iterator[Finding]:
    found = context.deployed.settings
    if found and context.scope.is_whole and context.scope.is_complete:
        said = first_few([_setting(difference) for difference in found], _NAMED)
        bundle = context.project.bundle
        message = f"the server runs other rules for all SLOs of bundle '{bundle}': {said}"
        yield Finding(codes.OTHER_RULES, message, hint=_LOAD)


def _setting(difference: Difference) -> str:
    """``interval 15s there, 30s here``; of a group the rules that differ."""
    what, old, new = difference.what, difference.old, difference.new
    if old == new:
        return f"{what} ({clip(new)})"
    return f"{what} {clip(old)} there, {clip(new) or 'none'} here"


def _orphans(context: CheckContext) -> Iterator[Finding]:
    """What a spec with an error may still have is not removed."""
    found = _of_services(context, context.deployed.orphans)
    if not found:
        return
    firing = sum(orphan.firing for orphan in found)
    fire = f", and {counted(firing, 'alert')} of them fire{'s' if firing == 1 else ''}"
    fire = fire if firing else ""
    few = first_few(
        [f"{o.id} ({counted(o.firing, 'alert')} firing)" if o.firing else o.id for o in found],
        _NAMED,
    )
    run = "runs" if len(found) == 1 else "run"
    message = f"{counted(len(found), 'SLO')} that no spec has {run} on{fire}: {few}"
    files = sorted({file for orphan in found for file in orphan.files})
    where = f": {first_few([_tail(file) for file in files], _NAMED)}" if files else ""
    hint = f"remove their rules from the server{where}; if another repository has them, it needs a"
    yield Finding(codes.ORPHANED_RULES, message, hint=f"{hint} `bundle:` of its own")


def _of_services(context: CheckContext, orphans: Sequence[Orphan]) -> list[Orphan]:
    """Those that were asked about: all, or those of the services that were named."""
    if not context.scope.is_complete:
        return []
    services = {slo.service for slo in context.slos}
    return [o for o in orphans if context.scope.is_whole or o.service in services]


def _repeated(context: CheckContext) -> Iterator[Finding]:
    asked = {slo.id for slo in context.slos}
    found = [r for r in context.deployed.repeated if context.scope.is_whole or r.name in asked]
    other = [repeated for repeated in found if not repeated.is_equal]
    parts = [*_that_differ(other), *_strangers(context)]
    # Two repositories load the groups of the bundle twice: that ends with their common name.
    group = names.bundle_group(context.project.bundle, "")
    same = [r for r in found if r.is_equal and not (parts and r.name.startswith(group))]
    if same:
        files = _files(same)
        message = f"the same rules are loaded several times: {_names(same)}, from {files}"
        hint = "load each file once: their samples are counted as often as they are recorded"
        yield Finding(codes.RULES_TWICE, message, hint=hint)
    if parts:
        head = f"two repositories seem to have the bundle name '{context.project.bundle}'"
        yield Finding(codes.TWO_REPOSITORIES, f"{head}: {'; '.join(parts)}", hint=_BUNDLE)


def _that_differ(found: Sequence[Repeated]) -> Iterator[str]:
    if found:
        have = "has" if len(found) == 1 else "have"
        files = _files(found)
        yield f"{_names(found)} {have} rules that differ{files and f', from {files}'}"


def _strangers(context: CheckContext) -> Iterator[str]:
    if found := _of_services(context, context.deployed.strangers):
        few = first_few([stranger.id for stranger in found], _NAMED)
        files = sorted({_tail(file) for stranger in found for file in stranger.files})
        yield (
            f"beside a service's own rules runs what no spec has: {few},"
            f" from {first_few(files, _NAMED)}"
        )


def _names(found: Sequence[Repeated]) -> str:
    return first_few([repeated.name for repeated in found], _NAMED)


def _files(found: Sequence[Repeated]) -> str:
    files = dict.fromkeys(file for repeated in found for file in repeated.files)
    return joined([_tail(file) for file in files][: _NAMED + 1])


def _tail(file: str) -> str:
    """The end of a path says more than its beginning."""
    return file if len(file) <= _LONGEST else f"…{file[1 - _LONGEST :]}"


CHECK = Check(
    "same-rules",
    (
        codes.OTHER_RULES,
        codes.ORPHANED_RULES,
        codes.RULES_TWICE,
        codes.TWO_REPOSITORIES,
        codes.RULES_ELSEWHERE,
    ),
    run,
    __doc__,
)
