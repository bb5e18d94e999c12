"""Do maintenance and routes match any group that is there?

Finds SLK646 at the matchers of a maintenance that is on or still to come, and at those of a route
of Alertmanager. Labels that are no group's are judged without a server, and so are owners and
services. Nothing is said where groups are too many to be listed, or of a part of the bundle.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding, Location
from slokit.livecheck.checks.base import Check
from slokit.livecheck.engine import wording
from slokit.livecheck.engine.context import MOST_GROUPS, CheckContext
from slokit.livecheck.engine.series import INFO
from slokit.model.maintenance import Maintenance
from slokit.model.routing import OwnRoute
from slokit.model.slo import Slo
from slokit.promql.pattern import is_match
from slokit.promql.selector import Matcher
from slokit.text.similar_names import similar_names

Groups = Sequence[Mapping[str, str]]


@dataclass(frozen=True)
class Wanted:
    """Matchers on the groups of some SLOs, what wants them, and where that is written."""

    what: str
    matchers: Sequence[tuple[Slo, tuple[Matcher, ...]]]
    location: Location


def run(context: CheckContext) -> Iterator[Finding]:
    """A finding for each maintenance and route whose matchers no group has."""
    scope = context.scope
    if not (scope.is_whole and scope.is_complete):
        return
    wanted = [*_of_maintenances(context), *_of_routes(context)]
    if not wanted:
        return
    slos = {slo.id: slo for each in wanted for slo, _ in each.matchers}
    groups = _groups(context, slos.values())
    for each in wanted:
        if all(groups.get(slo.id) for slo, _ in each.matchers) and not any(
            _fits(group, matchers) for slo, matchers in each.matchers for group in groups[slo.id]
        ):
            text = ",".join(map(str, dict.fromkeys(m for _, ms in each.matchers for m in ms)))
            message = f"{each.what} is for no group that is there: none has {text}"
            hint = _values(each, groups)
            yield Finding(codes.NO_SUCH_GROUP, message, each.location, hint)


def _of_maintenances(context: CheckContext) -> Iterator[Wanted]:
    for each in context.project.maintenances:
        if each.match and each.next_span(context.batch.at) is not None:
            found = [(slo, own) for slo in context.slos if (own := _meant(each, slo))]
            if found and not any(_meant(each, slo) == () for slo in context.slos):
                where = each.location
                beside = Location(where.file, where.document, (*where.keys[:-1], "match"))
                yield Wanted(f"the maintenance {each.name!r}", found, beside)


def _meant(each: Maintenance, slo: Slo) -> tuple[Matcher, ...] | None:
    return each.group_matchers(slo.own_labels, slo.folding.names)


def _of_routes(context: CheckContext) -> Iterator[Wanted]:
    settings = context.project.alertmanager
    for number, route in enumerate(settings.routes if settings else ()):
        found = [(slo, own) for slo in context.slos if (own := _routed(route, slo))]
        if found:
            keys = ("alertmanager", "routes", number, "match")
            yield Wanted("the route", found, Location(context.project.file, 0, keys))


def _routed(route: OwnRoute, slo: Slo) -> tuple[Matcher, ...]:
    """What the groups of an SLO must have for its alerts to take the route."""
    if route.owners and slo.owner not in route.owners:
        return ()
    if route.services and slo.service not in route.services:
        return ()
    return tuple(matcher for matcher in route.match if matcher.label in slo.folding.names)


def _groups(context: CheckContext, slos: Iterable[Slo]) -> Mapping[str, Groups]:
    """The groups of each SLO by its id, under the labels of its rules, where all are known."""
    series = {
        slo.id: [s for s in context.series_of(slo) if s.group_labels and s.side.role != INFO]
        for slo in slos
    }
    answers = context.groups(s for found in series.values() for s in found)
    return {
        id_: [_renamed(s.slo, sample.labels) for s in found for sample in answers[s].samples]
        for id_, found in series.items()
        if not any(answers[s].failure or len(answers[s].samples) > MOST_GROUPS for s in found)
    }


def _renamed(slo: Slo, labels: Mapping[str, str]) -> dict[str, str]:
    return {label.name: labels.get(label.source, "") for label in slo.folding.group_by}


def _fits(group: Mapping[str, str], matchers: Sequence[Matcher]) -> bool:
    return all(is_match(matcher, group[matcher.label]) for matcher in matchers)


def _values(each: Wanted, groups: Mapping[str, Groups]) -> str:
    """The values of the first label of which none fits, the likely ones alone where any is."""
    for slo, matchers in each.matchers:
        for matcher in matchers:
            values = sorted({group[matcher.label] for group in groups[slo.id]})
            if not any(is_match(matcher, value) for value in values):
                near = similar_names(matcher.value, values)
                return f"'{matcher.label}' is {wording.quoted(near or values)}"
    return "each matcher matches some group, but no group matches all of them"


CHECK = Check("matched-groups", (codes.NO_SUCH_GROUP,), run, __doc__)
