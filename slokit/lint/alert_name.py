"""Burn alerts and cause alerts under a name that another alert of slokit's has."""

from collections.abc import Iterator

from slokit.compiler import names
from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding
from slokit.lint.base import Check
from slokit.model.bundle import Bundle


def find(bundle: Bundle) -> Iterator[Finding]:
    """A finding for each name that would mean two things; SLOBudgetBurn does not."""
    for slo in bundle.slos:
        if slo.alert_name in names.OWN_ALERTS and slo.alert_name != names.BURN_ALERT:
            message = f"{slo.alert_name!r} is another alert of slokit's"
            hint = "choose a name of your own, such as CheckoutErrorBudgetBurn"
            yield Finding(codes.ALERT_NAME, message, slo.location_of("alert_name"), hint)
    for cause in bundle.causes:
        if cause.name in names.OWN_ALERTS:
            message = f"{cause.name!r} is another alert of slokit's"
            hint = "choose a name of your own, such as EtcdLeaderThrash"
            yield Finding(codes.ALERT_NAME, message, cause.location.at("name"), hint)


CHECK = Check((codes.ALERT_NAME,), find)
