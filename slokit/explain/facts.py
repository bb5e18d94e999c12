"""What there is to say about one SLO, as numbers: all of them from the compiler's own functions."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from math import floor

from slokit.compiler import alert_labels, names
from slokit.compiler.ledger import compile_ledger, identity, metadata
from slokit.compiler.program import compile_bundle
from slokit.compiler.rules import AlertRule, Program, RecordingRule, RuleGroup
from slokit.diagnostics.errors import UsageError
from slokit.diagnostics.finding import Place
from slokit.lint.alert_policy import left_out
from slokit.model.alerting import BurnAlert
from slokit.model.bundle import Bundle, Project
from slokit.model.slo import Slo
from slokit.targets import targets_of
from slokit.text.similar_names import closest
from slokit.text.words import clip, first_few

_MOST = 12


@dataclass(frozen=True, slots=True)
class BurnFacts:
    """A burn alert that the SLO can set off.

    ``bad_share`` is the ratio of bad to total that both windows must exceed; None for a rate, which
    has the whole ``events`` that the long and the short window must hold instead. ``spends`` is the
    share of the budget that the long window costs at this rate, ``empties_in`` the seconds until
    all of it is gone.
    """

    alert: BurnAlert
    bad_share: Fraction | None
    events: tuple[int, int] | None
    waits_for: int
    spends: Fraction
    empties_in: Fraction


@dataclass(frozen=True, slots=True)
class Explanation:
    """All of it.

    ``allowed`` is the window's budget: seconds of total outage, or events for a rate. ``ledger``
    are the SLO's own rules; ``alerts`` are the other alerts that serve it. ``carried`` are the
    labels of its alerts by the name of the severity, without those of a group; ``shown`` are the
    annotations that they take from its metadata. ``groups`` and ``files``
    say where its rules stand. ``use`` is where the template is used that it comes from, if any.
    """

    slo: Slo
    project: Project
    file: str
    line: int
    ledger: tuple[RecordingRule, ...]
    allowed: Fraction
    burns: tuple[BurnFacts, ...]
    left_out: tuple[str, ...]
    alerts: tuple[AlertRule, ...]
    carried: Mapping[str, Mapping[str, str]]
    shown: Mapping[str, str]
    groups: tuple[str, ...]
    files: tuple[str, ...]
    use: Place | None = None

    @property
    def is_rate(self) -> bool:
        """Whether the budget is a number of events in a time, and no share."""
        return self.slo.objective is None

    @property
    def identity(self) -> dict[str, str]:
        """The labels of all its series."""
        return identity(self.slo, self.project)


def explain(
    slo: Slo, bundle: Bundle, place: Place | None = None, use: Place | None = None
) -> Explanation:
    """What the compiler makes of one SLO of a bundle; ``place`` is where it is written.

    ``use`` is where the template is used that it comes from.
    """
    project = bundle.project
    service = next(s for s in bundle.services if s.name == slo.service)
    # in the program of a bundle that has only this SLO, every rule serves it
    program = compile_bundle(Bundle(project, (replace(service, slos=(slo,)),)))
    known = metadata(slo)
    return Explanation(
        slo=slo,
        project=project,
        file=place.file if place else service.file,
        line=place.line if place else 0,
        ledger=compile_ledger(slo, project),
        allowed=slo.budget * slo.window.longest,
        burns=tuple(_burn_facts(alert, slo) for alert in slo.burn_alerts),
        left_out=tuple(f"{f.message}; {f.hint}" if f.hint else f.message for f in left_out(slo)),
        alerts=tuple(_other_alerts(slo, program)),
        carried={
            project.alerts.of(severity).name: labels
            for severity, labels in alert_labels.carried(slo, project).items()
        },
        shown={name: known[name] for name in project.alerts.annotations if name in known},
        groups=tuple(group.name for group in _serving(program)),
        files=tuple(
            artifact.path
            for target in targets_of(project)
            for artifact in target.artifacts(program)
        ),
        use=use,
    )


def written_at(file: str, line: int, use: Place | None) -> str:
    """Where something is written, and where its template is used.

    >>> written_at("pg.yaml", 7, Place("eu.yaml", 2, 6, 2, 15))
    'pg.yaml:7, used in eu.yaml:2'
    """
    return f"{file}:{line}{f', used in {use.file}:{use.line}' if use else ''}"


def slo_named(name: str, bundle: Bundle) -> Slo:
    """The SLO of this id, ``service/slo``.

    Raises:
        UsageError: there is none; the message names the closest ones.
    """
    slos = {slo.id: slo for slo in bundle.slos}
    if name in slos:
        return slos[name]
    if near := closest(name, [service.name for service in bundle.services]):
        raise UsageError(f"no such SLO {clip(name)!r}: did you mean the service {near[0]}?")
    close = first_few(_closest(name, list(slos)), _MOST)
    hint = f"did you mean {close}?" if close else f"choose {first_few(list(slos), _MOST)}"
    raise UsageError(f"no such SLO {clip(name)!r}: {hint}")


def _closest(name: str, ids: list[str]) -> list[str]:
    """The ids that were likely meant: of the same service or the same SLO, or spelt alike."""
    service, slash, slo = name.partition("/")
    siblings = [known for known in ids if known.startswith(f"{service}/")]
    # The service is right, so only its own SLOs can be meant; all of them where none is close.
    if slash and siblings:
        close = closest(slo, [s.partition("/")[2] for s in siblings])
        return [f"{service}/{bare}" for bare in close] or siblings
    same = siblings or [known for known in ids if known.endswith(f"/{name}")]
    return same or closest(name, ids)


def _burn_facts(alert: BurnAlert, slo: Slo) -> BurnFacts:
    per_total, is_rate = alert.bad_per_total(slo.budget), slo.objective is None
    return BurnFacts(
        alert=alert,
        bad_share=None if is_rate else per_total,
        events=(_above(per_total * alert.long), _above(per_total * alert.short))
        if is_rate
        else None,
        waits_for=alert.waits_for(slo.min_bad_events),
        spends=alert.spends(slo.window),
        empties_in=alert.empties_in(slo.window),
    )


def _above(threshold: Fraction) -> int:
    """The smallest whole number above a threshold."""
    return floor(threshold) + 1


def _other_alerts(slo: Slo, program: Program) -> Iterator[AlertRule]:
    """The alerts on this SLO besides its burn alerts; not those on the rules themselves."""
    for group in _serving(program):
        for rule in group.rules:
            if not isinstance(rule, AlertRule) or rule.alert == names.burn_alert(slo):
                continue
            if rule.alert != names.NO_DATA_ALERT or _alerts_on_no_data(slo, rule, program):
                yield rule


def _alerts_on_no_data(slo: Slo, rule: AlertRule, program: Program) -> bool:
    """Whether a rule on missing data is the SLO's: there is one for each severity."""
    if not slo.alerts_on_no_data:
        return False
    labels = alert_labels.of_severity(slo.policy.no_data, program.bundle.project)
    return rule.labels["severity"] == labels["severity"]


def _serving(program: Program) -> Iterator[RuleGroup]:
    """The groups whose rules serve the SLO: all but slokit's watch over itself."""
    watch = names.bundle_group(program.bundle.name, names.SELF)
    groups = [*(group for _, group in program.ledgers), *program.groups]
    return (group for group in groups if group.rules and group.name != watch)
