"""Are the compiled rules loaded, and do they work?

Finds SLK619, SLOs whose rules are not on the server, and SLK620, rules that fail. Whether the
loaded rules are those that the specs compile to now is not asked.
"""

from collections.abc import Iterator

from slokit.compiler import names
from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding
from slokit.livecheck.checks.base import Check
from slokit.livecheck.engine import probes
from slokit.livecheck.engine.batches import Query
from slokit.livecheck.engine.context import CheckContext
from slokit.model.slo import Slo
from slokit.prometheus.errors import one_line
from slokit.promql import build

_MOST_SLOS = 100_000


def run(context: CheckContext) -> Iterator[Finding]:
    """A note for each service without rules, an error for each SLO or bundle with a failing one."""
    found = loaded(context)
    yield from _missing(context, found)
    if found:
        yield from _failing(context)


def loaded(context: CheckContext) -> set[tuple[str, str]]:
    """The service and name of each SLO of the bundle whose rules work on the server."""
    rows = context.batch.answer(question(context)).samples
    return {(row.labels.get(names.SERVICE, ""), row.labels.get(names.SLO, "")) for row in rows}


def question(context: CheckContext) -> Query:
    """What ``loaded`` asks, for a check that asks before."""
    info = build.series(names.INFO, {names.BUNDLE: context.project.bundle})
    return Query(probes.groups(info, [names.SERVICE, names.SLO], _MOST_SLOS))


def _missing(context: CheckContext, found: set[tuple[str, str]]) -> Iterator[Finding]:
    by_service: dict[str, list[Slo]] = {}
    for slo in context.slos:
        by_service.setdefault(slo.service, []).append(slo)
    for service, slos in by_service.items():
        absent = [slo for slo in slos if (slo.service, slo.name) not in found]
        if absent:
            of = f"{len(absent)} of {len(slos)} SLOs of '{service}' have"
            message = f"{of} no rules on this server yet: `slokit:info` is absent"
            hint = f"run `slokit compile` and load {names.RULES_DIRECTORY}/*.yaml"
            location = slos[0].location_of("service")
            yield Finding(codes.RULES_MISSING, message, location, hint)


def _failing(context: CheckContext) -> Iterator[Finding]:
    mine = {(slo.service, slo.name): slo for slo in context.slos}
    prefix = names.bundle_group(context.project.bundle, "")
    for group in context.server.rule_groups or ():
        for rule in group.rules if group.name.startswith(prefix) else ():
            slo = mine.get((rule.labels.get(names.SERVICE, ""), rule.labels.get(names.SLO, "")))
            # a rule of another SLO is another check's; one without an SLO serves all of the bundle
            if rule.health == "err" and (slo or names.SLO not in rule.labels):
                whose = f" of {slo.id}" if slo else f" in the group '{group.name}'"
                message = f"the rule {rule.name}{whose} fails: {one_line(rule.last_error)}"
                location = slo.location_of("name") if slo else None
                yield Finding(codes.RULE_FAILING, message, location)


CHECK = Check("rules-loaded", (codes.RULES_MISSING, codes.RULE_FAILING), run, __doc__)
