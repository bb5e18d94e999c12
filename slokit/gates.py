"""Gates of deploy pipelines: a use case of `slokit.api`, which has its functions too."""

from typing import TYPE_CHECKING

from slokit.diagnostics.errors import UsageError
from slokit.project.loading import Loaded
from slokit.text import InvalidTextError
from slokit.text.format import format_named
from slokit.text.numbers import parse_percent

if TYPE_CHECKING:
    from slokit.reporting.gate import Gate
    from slokit.reporting.model import Report


def gate(
    loaded: Loaded,
    report: "Report",
    *,
    min_remaining: str = "",
    max_burn: float | None = None,
    override: str = "",
) -> "Gate":
    """Whether a deployment may go through, by a report: an answer for each SLO.

    By slokit.yaml's ``error_budget_policy``, where only ``freeze`` closes; without one, a spent
    budget closes. ``min_remaining`` such as ``10%`` stands in the policy's place, and ``max_burn``
    is the fastest burn rate over an hour. ``override`` is the reason to pass nevertheless.

    Raises:
        UsageError: ``min_remaining`` is no percentage, or ``max_burn`` is not above 0.
    """
    from slokit.model.budget_policy import DEFAULT
    from slokit.reporting.gate import Limits, judge_gate

    try:
        least = float(parse_percent(min_remaining)) if min_remaining else None
    except InvalidTextError as cause:
        raise UsageError(f"min-remaining: {cause}; write it like 10%") from cause
    if max_burn is not None and not max_burn > 0:
        raise UsageError("max-burn: a burn rate is above 0")
    rules = loaded.bundle.project.budget_rules or DEFAULT
    return judge_gate(report, Limits(rules, least, max_burn), " ".join(override.split()))


def render_gate(gate: "Gate", form: str = "text") -> str:
    """A gate's answers as lines, or as JSON for programs.

    Raises:
        UsageError: no such format.
    """
    from slokit.reporting.formats.gate import FORMATS

    chosen = format_named(form, FORMATS)
    return chosen.inert(chosen.render(gate))
