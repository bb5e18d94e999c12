"""Are the compiled rules loaded, and do they work?

Finds SLK619, SLOs and groups of the bundle whose rules are not on the server, and SLK620, rules
that fail. Whether the loaded rules are those that the specs compile to now, asks same_rules.py.
"""

from collections.abc import Iterator

from slokit.compiler import names
from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding, Severity
from slokit.livecheck.checks.base import Check
from slokit.livecheck.engine.context import CheckContext
from slokit.prometheus.errors import one_line
from slokit.text.words import counted, first_few

_NAMED = 3
_HINT = f"run `slokit compile` and load {names.RULES_DIRECTORY}/*.yaml"


def run(context: CheckContext) -> Iterator[Finding]:
    """One finding for all SLOs without rules, one for the bundle's groups, one a failing rule."""
    yield from _missing(context)
    if context.deployed.is_there:
        yield from _failing(context)


def loaded(context: CheckContext) -> set[tuple[str, str]]:
    """The service and name of each SLO of the bundle whose rules work on the server."""
    rows = context.batch.answer(context.info_queries[0]).samples
    return {(row.labels.get(names.SERVICE, ""), row.labels.get(names.SLO, "")) for row in rows}


def _missing(context: CheckContext) -> Iterator[Finding]:
    """What is not there: before the first rules are loaded, a note is enough."""
    found = context.deployed
    asked = {slo.id for slo in context.slos}
    absent = [slo for slo in found.missing if slo.id in asked]
    severity = None if found.is_there else Severity.NOTE
    if absent:
        services = counted(len({slo.service for slo in absent}), "service")
        have = "has" if len(absent) == 1 else "have"
        yet = "" if found.is_there else " yet"
        message = (
            f"{counted(len(absent), 'SLO')} of {services} {have} no rules on this server{yet}:"
            f" {first_few([slo.id for slo in absent], _NAMED)}"
        )
        location = absent[0].location_of("service")
        yield Finding(codes.RULES_MISSING, message, location, _HINT, severity=severity)
    if found.is_there and found.lost_groups and context.scope.is_whole:
        groups = [names.bundle_group(context.project.bundle, part) for part in found.lost_groups]
        message = f"rules that serve all SLOs are not on this server: {', '.join(groups)}"
        file = names.bundle_rules_file(context.project.bundle)
        hint = f"load {file}: without it nothing burns and nothing alerts"
        yield Finding(codes.RULES_MISSING, message, hint=hint)


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
