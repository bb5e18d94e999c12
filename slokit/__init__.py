"""slokit: error budgets for clustered systems, from one YAML file.

The public API is :func:`load`, :func:`compile`, :func:`write`, :func:`report` and their kin; see
docs/python-api.md.
"""

from slokit.version import __version__ as __version__

# As in typing, which takes 10 ms to load: in them a Ctrl-C would end a command with a traceback.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from slokit.api import (
        Artifact,
        BrokenEnvironmentError,
        Bundle,
        Changes,
        Finding,
        InvalidSpecsError,
        LiveCheck,
        Loaded,
        NoSpecsError,
        PrometheusSettings,
        Severity,
        UsageError,
        check_live,
        compile,
        load,
        plan_report,
        render,
        render_report,
        report,
        server_settings,
        write,
    )

__all__ = [
    "Artifact",
    "BrokenEnvironmentError",
    "Bundle",
    "Changes",
    "Finding",
    "InvalidSpecsError",
    "LiveCheck",
    "Loaded",
    "NoSpecsError",
    "PrometheusSettings",
    "Severity",
    "UsageError",
    "check_live",
    "compile",
    "load",
    "plan_report",
    "render",
    "render_report",
    "report",
    "server_settings",
    "write",
]


def __getattr__(name: str) -> "Any":
    """Load the API when it is first used: `slokit --version` needs none of it."""
    if name not in __all__:
        raise AttributeError(f"module 'slokit' has no attribute {name!r}")
    from slokit import api

    return getattr(api, name)
