"""slokit: error budgets for clustered systems, from one YAML file.

The public API is :func:`load` and :func:`compile`; see :mod:`slokit.api`.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from slokit.api import Artifact, EnvironmentFault, Loaded, NoSpecs, UsageFault, compile, load

__version__ = "0.1.0"
__all__ = ["Artifact", "EnvironmentFault", "Loaded", "NoSpecs", "UsageFault", "compile", "load"]


def __getattr__(name: str) -> Any:
    """Load the API when it is first used: `slokit --version` needs none of it."""
    if name not in __all__:
        raise AttributeError(f"module 'slokit' has no attribute {name!r}")
    from slokit import api

    return getattr(api, name)
