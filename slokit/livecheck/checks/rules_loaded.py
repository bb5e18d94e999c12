"""Whether the compiled rules are loaded and work."""

from collections.abc import Iterator

from slokit.compiler import names
from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding
from slokit.livecheck.engine import places, probes
from slokit.livecheck.engine.inquiry import Inquiry
from slokit.livecheck.engine.question import Question
from slokit.model.slo import Slo
from slokit.prometheus.errors import one_line
from slokit.prometheus.types import Rule
from slokit.promql import build

_MOST_SLOS = 100_000


def find(inquiry: Inquiry) -> Iterator[Finding]:
    """A note for each service without rules, an error for each SLO or bundle with a failing one."""
    info = build.series(names.INFO, {names.BUNDLE: inquiry.project.bundle})
    query = probes.groups(info, [names.SERVICE, names.SLO], _MOST_SLOS)
    rows = inquiry.asker.answer(query).samples
    loaded = {(row.labels.get(names.SERVICE, ""), row.labels.get(names.SLO, "")) for row in rows}
    yield from _missing(inquiry, loaded)
    if loaded:
        yield from _failing(inquiry)


def _missing(inquiry: Inquiry, loaded: set[tuple[str, str]]) -> Iterator[Finding]:
    by_service: dict[str, list[Slo]] = {}
    for slo in inquiry.slos:
        by_service.setdefault(slo.service, []).append(slo)
    for service, slos in by_service.items():
        absent = [slo for slo in slos if (slo.service, slo.name) not in loaded]
        if absent:
            of = f"{len(absent)} of {len(slos)} SLOs of '{service}' have"
            message = f"{of} no rules on this server yet: `slokit:info` is absent"
            hint = f"run `slokit compile` and load {names.RULES_DIRECTORY}/*.yaml"
            yield Finding(codes.RULES_MISSING, message, places.of_service(slos[0]), hint)


def _failing(inquiry: Inquiry) -> Iterator[Finding]:
    mine = {(slo.service, slo.name): slo for slo in inquiry.slos}
    prefix = names.bundle_group(inquiry.project.bundle, "")
    for group in inquiry.server.rule_groups or ():
        for rule in group.rules if group.name.startswith(prefix) else ():
            slo = mine.get((rule.labels.get(names.SERVICE, ""), rule.labels.get(names.SLO, "")))
            if rule.health == "err" and (slo or names.SLO not in rule.labels):
                yield _fails(rule, group.name, slo)


def _fails(rule: Rule, group: str, slo: Slo | None) -> Finding:
    whose = f" of {slo.id}" if slo else f" in the group '{group}'"
    message = f"the rule {rule.name}{whose} fails: {one_line(rule.last_error)}"
    return Finding(codes.RULE_FAILING, message, places.of_slo(slo) if slo else None)


QUESTION = Question(
    "Are the compiled rules loaded, and do they work?",
    (codes.RULES_MISSING, codes.RULE_FAILING),
    find,
)
