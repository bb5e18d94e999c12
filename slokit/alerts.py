"""Alerts as they came, explained: a use case of `slokit.api`, which has its functions too."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from slokit.diagnostics.errors import UsageError
from slokit.project.loading import Loaded
from slokit.prometheus.settings import PrometheusSettings
from slokit.text.format import format_named

if TYPE_CHECKING:
    from slokit.explain.alerts import AlertExplanation

_WIDTH = 100


def explain_alerts(
    loaded: Loaded,
    alerts: str = "",
    *,
    alertmanager: str = "",
    prometheus: PrometheusSettings | None = None,
    slo: str = "",
    at: float | None = None,
) -> "tuple[AlertExplanation, ...]":
    """Alerts as they came: what fired them, who is notified and why, and what silences them.

    ``alerts`` are labels as they are pasted, JSON of Alertmanager, its webhook or Prometheus, the
    name of a file with either, or ``-`` for standard input. Without it the alerts of the bundle
    that ``alertmanager``, an address, holds are explained; with both, what that one makes of them.
    ``prometheus`` is asked what the ledger said when they fired; ``at``, in Unix seconds, for those
    of which that is not known. ``slo`` names the SLO or service whose alerts are wanted.

    Raises:
        UsageError: ``alerts`` is none of these, or neither it nor ``alertmanager`` is given.
        BrokenEnvironmentError: a server cannot be reached, or does not answer any more.
    """
    from slokit.explain import alerts as explained
    from slokit.explain import received
    from slokit.project.alert_text import alert_text
    from slokit.prometheus.alertmanager import held
    from slokit.prometheus.client import PrometheusClient

    if not alerts and not alertmanager:
        raise UsageError("no alert to explain: give one, or --alertmanager URL")
    given = received.read_alerts(alert_text(alerts)) if alerts else ()
    known = received.read_held(lambda what: held(alertmanager, what)) if alertmanager else ()
    scope = explained.Scope(loaded.bundle, given, known, slo, at)
    if prometheus is None:
        return explained.explain_alerts(scope)
    with PrometheusClient(prometheus) as client:
        return explained.explain_alerts(scope, client.value, client.url)


def render_alerts(
    explanations: "Sequence[AlertExplanation]", form: str = "text", width: int = _WIDTH
) -> str:
    """Explanations of alerts as text, one after another.

    Raises:
        UsageError: no such format.
    """
    from slokit.explain import alert_sections
    from slokit.explain.formats import FORMATS

    chosen = format_named(form, FORMATS)
    pages = (chosen.render(alert_sections.page(each), width) for each in explanations)
    return chosen.inert("\n\n".join(pages))
