"""Columns that tables share: who is meant, who owns it, where its runbook is; and their texts."""

from slokit.compiler import names
from slokit.dashboards.choices import narrowed
from slokit.dashboards.panels import Column, Link
from slokit.dashboards.queries import GROUP, Ledger
from slokit.model.bundle import Bundle
from slokit.text.words import first_few

OWNER, RUNBOOK = "owner", "runbook"
_MOST = 5


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


def about_numbers(bundle: Bundle) -> str:
    """What the numbers of some SLOs do not say, as sentences for descriptions."""
    found: dict[str, list[str]] = {}
    for slo in bundle.slos:
        if caveat := slo.sli.counted_in.caveat:
            found.setdefault(caveat, []).append(slo.id)
    return "".join(
        f" {caveat[:1].upper()}{caveat[1:]} ({first_few(slos, _MOST)})."
        for caveat, slos in found.items()
    )


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
