"""Alerts as they came, explained: a use case of `slokit.api`, which has its functions too."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from slokit.diagnostics.errors import BrokenEnvironmentError, UsageError
from slokit.project.loading import Loaded
from slokit.prometheus.settings import PrometheusSettings
from slokit.text.format import format_named

if TYPE_CHECKING:
    from slokit.explain.alerts import AlertExplanation, Unanswered
    from slokit.explain.received import ReceivedAlert

_WIDTH = 100


def explain_alerts(
    loaded: Loaded,
    alerts: str = "",
    *,
    alertmanager: str = "",
    prometheus: PrometheusSettings | None = None,
    slo: str = "",
    at: float | None = None,
    timeout: float | None = None,
    unanswered: "Unanswered | None" = None,
) -> "tuple[AlertExplanation, ...]":
    """Alerts as they came: what fired them, who is notified and why, and what silences them.

    ``alerts`` are labels as they are pasted, JSON of Alertmanager, its webhook or Prometheus, the
    name of a file with either, or ``-`` for standard input. Without it the alerts of the bundle
    that ``alertmanager``, an address, holds are explained; with both, what that one makes of them.
    ``prometheus`` is asked what the ledger said when they fired; ``at``, in Unix seconds, for those
    of which that is not known. ``slo`` names the SLO or service whose alerts are wanted.
    ``timeout`` limits each request to Alertmanager, in seconds. ``unanswered`` is called with the
    error of a server that does not answer: what is known without it is explained all the same.

    Raises:
        UsageError: ``alerts`` is none of these, or neither it nor ``alertmanager`` is given.
        BrokenEnvironmentError: a server cannot be reached, or does not answer any more, and
            there is no ``unanswered``, or nothing to explain without it.
    """
    from slokit.explain import alerts as explained
    from slokit.explain import received
    from slokit.project.alert_text import alert_text
    from slokit.prometheus.client import PrometheusClient

    if not alerts and not alertmanager:
        raise UsageError("no alert to explain: give one, or --alertmanager URL")
    given = received.read_alerts(alert_text(alerts)) if alerts else ()
    known: tuple[ReceivedAlert, ...] = ()
    if alertmanager:
        known = _held(alertmanager, timeout, unanswered, is_needed=not given)
    scope = explained.Scope(loaded.bundle, given, known, slo, at)
    if prometheus is None:
        return explained.explain_alerts(scope)
    with PrometheusClient(prometheus) as client:
        return explained.explain_alerts(scope, client.value, client.url, unanswered)


def _held(
    url: str, timeout: float | None, unanswered: "Unanswered | None", *, is_needed: bool
) -> "tuple[ReceivedAlert, ...]":
    """The alerts of an Alertmanager, as far as it answers.

    Without its alerts there may be nothing to explain; without its silences they are named by ids.
    """
    from slokit.explain import received
    from slokit.prometheus.alertmanager import held

    found: tuple[ReceivedAlert, ...] = ()
    try:
        found = tuple(received.decode_alerts(held(url, "alerts", timeout)))
        if any(alert.silenced_by for alert in found):
            silences = held(url, "silences", timeout)
            found = tuple(received.with_comments(alert, silences) for alert in found)
    except BrokenEnvironmentError as fault:
        if unanswered is None or (is_needed and not found):
            raise
        unanswered(fault)
    return found


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
