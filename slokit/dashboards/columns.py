"""Columns that tables share: who is meant, who owns it, and where its runbook is."""

from slokit.compiler import names
from slokit.dashboards.choices import narrowed
from slokit.dashboards.panels import Column, Link
from slokit.dashboards.queries import GROUP, Ledger
from slokit.model.bundle import Bundle

OWNER, RUNBOOK = "owner", "runbook"


def subject(bundle: Bundle, ledger: Ledger, dashboard: str) -> tuple[Column, ...]:
    """Service, SLO and group; a click narrows the dashboard down to the one that was clicked."""
    service, slo = "${__data.fields.Service}", "${__data.fields.SLO}"
    to_service = narrowed(bundle, dashboard, "Only this service", service)
    to_slo = narrowed(bundle, dashboard, "Only this SLO", service, slo)
    return (
        Column(title="Service", label=names.SERVICE, link=to_service),
        Column(title="SLO", label=names.SLO, link=to_slo),
        *((Column(title="Group", label=GROUP),) if ledger.groups else ()),
    )


def about_groups(ledger: Ledger) -> str:
    """What stands in the column Group, as a sentence for descriptions."""
    if not ledger.groups:
        return ""
    return f" Group: the values of {', '.join(ledger.groups)}, as far as the SLO has them."


def info_labels(bundle: Bundle) -> tuple[str, ...]:
    """Owner and runbook, as far as any SLO has them."""
    held = {
        OWNER: any(slo.owner for slo in bundle.slos),
        RUNBOOK: any(slo.runbook for slo in bundle.slos),
    }
    return tuple(label for label, is_held in held.items() if is_held)


def info_columns(bundle: Bundle) -> tuple[Column, ...]:
    """The columns of these labels; a runbook opens on a click."""
    known = {
        OWNER: Column(title="Owner", label=OWNER),
        RUNBOOK: Column(
            title="Runbook", label=RUNBOOK, link=Link("Open the runbook", "${__value.raw}")
        ),
    }
    return tuple(known[label] for label in info_labels(bundle))
