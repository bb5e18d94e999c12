"""Checks, one a file. To add one: write its file and name its CHECK here."""

from slokit.diagnostics.finding import Finding
from slokit.lint import (
    alert_name,
    alert_policy,
    alertmanager,
    bundle_name,
    duplicate_service,
    formerly,
    maintenance,
    routing,
)
from slokit.lint.base import Check
from slokit.model.bundle import Bundle

CHECKS: tuple[Check, ...] = (
    duplicate_service.CHECK,
    alert_policy.CHECK,
    alert_name.CHECK,
    routing.CHECK,
    alertmanager.CHECK,
    formerly.CHECK,
    maintenance.CHECK,
    bundle_name.CHECK,
)


def lint(bundle: Bundle) -> list[Finding]:
    """All findings of all checks."""
    return [finding for check in CHECKS for finding in check.find(bundle)]
