"""What must come out, by arithmetic alone: burn rates, alerts and their labels."""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from slokit.compiler import names
from slokit.compiler.ledger import identity, metadata
from slokit.model.alerting import BurnAlert
from slokit.model.bundle import Project
from slokit.model.slo import Slo
from slokit.targets.promtool.scenarios.base import LedgerRow
from slokit.targets.promtool.setting import Setting
from slokit.targets.promtool.unit_test import label_text
from slokit.text.durations import format_duration

FIRING = {"alertstate": "firing"}
_HALF = Fraction(1, 2)
_WINDOWS_TO_SETTLE = 3

Shares = Sequence[tuple[Slo, Fraction]]


def burn_rate(slo: Slo, ledger: LedgerRow) -> Fraction:
    """How many times as fast as allowed the budget is spent."""
    return ledger.bad / ledger.total / slo.budget


def usable(slo: Slo) -> tuple[BurnAlert, ...]:
    """The burn alerts that the SLO's window has room for."""
    return tuple(a for a in slo.policy.burn_alerts if a.fits(slo.window))


def firing(slo: Slo, ledger: LedgerRow, seconds: Fraction) -> list[BurnAlert]:
    """The alerts that a ledger sets off which has been steady since it began, so long ago."""
    if not ledger.total:
        return []
    burn = burn_rate(slo, ledger)
    return [
        a
        for a in usable(slo)
        if burn > Fraction(a.burn) and enough(slo, a, ledger.bad * min(a.long, seconds))
    ]


def enough(slo: Slo, alert: BurnAlert, events: Fraction) -> bool:
    """Whether a page's long window holds the events that the SLO asks for; tickets ask for none.

    Events are whole: what is within half of one counts as there.
    """
    return events >= alert.waits_for(slo.min_bad_events) - _HALF


def settled(slo: Slo, ledger: LedgerRow, setting: Setting) -> Fraction:
    """Seconds after which a steady ledger is in every burn rate, and its events are enough or not.

    A young ledger may count for up to two ledger windows more than it has: for its first samples,
    which look back, and for its newest window, which is not over. Where that makes the difference,
    it does no more in twice the time.
    """
    window = setting.project.ledger_window
    at = _WINDOWS_TO_SETTLE * window
    while slo.min_bad_events and any(
        enough(slo, a, ledger.bad * min(a.long, at))
        != enough(slo, a, ledger.bad * min(a.long, at + 2 * window))
        for a in usable(slo)
    ):
        at *= 2
    return at


def by_time(shares: Shares, setting: Setting) -> Iterable[tuple[Fraction, Shares]]:
    """SLOs and their bad per total by the time that settles them; nearly always one for all."""
    found: dict[Fraction, list[tuple[Slo, Fraction]]] = {}
    for slo, bad in shares:
        found.setdefault(settled(slo, LedgerRow(Fraction(1), bad), setting), []).append((slo, bad))
    return found.items()


def is_clear(burn: Fraction, alert: Fraction, setting: Setting) -> bool:
    """Whether a burn rate is so far from an alert's own that it is clear on which side it is.

    Versions differ on whether a range holds its oldest sample: one of those in a ledger window.
    """
    near = 1 - setting.share_of_a_sample(setting.project.ledger_window)
    return not near < burn / alert < 1 / near


def row(slo: Slo, project: Project, group: Mapping[str, str]) -> str:
    """The labels of a ledger row or burn rate of one group, without its name."""
    return label_text({**identity(slo, project), **group})


def alert_samples(
    slo: Slo, project: Project, group: Mapping[str, str], alerts: Iterable[BurnAlert]
) -> list[tuple[str, str]]:
    """The series ALERTS of these burn alerts while they fire, with all of their labels."""
    common = common_labels(slo, project, group)
    return [("ALERTS" + label_text({**common, **of_alert(a)}), "1") for a in alerts]


def common_labels(slo: Slo, project: Project, group: Mapping[str, str]) -> dict[str, str]:
    """The labels that all burn alerts of a group have."""
    told = metadata(slo)
    return {
        **identity(slo, project),
        **group,
        **{label: told.get(label, "") for label in project.alert_labels},
        "alertname": names.BURN_ALERT,
        **FIRING,
        "alert_policy": slo.policy.name,
    }


def of_alert(alert: BurnAlert) -> dict[str, str]:
    """The labels that tell a burn alert from others of its policy."""
    return {
        "severity": alert.severity,
        "long": format_duration(alert.long),
        "short": format_duration(alert.short),
    }
