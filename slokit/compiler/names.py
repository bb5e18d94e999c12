"""Every series, label, group, alert and file name of slokit: the only place that spells one.

The names are a contract, docs/reference/series.md: dashboards, alert routes and years of recorded
history depend on them.
"""

import hashlib
from fractions import Fraction

from slokit.model.alerting import AlertPolicy, BurnAlert
from slokit.model.bundle import Bundle, Project
from slokit.model.ledger import BAD, TOTAL
from slokit.model.slo import Slo
from slokit.promql.labels import ROUTING_PREFIX
from slokit.text.durations import format_duration

BUNDLE, SERVICE, SLO = "bundle", "service", "slo"
SIDE = "side"
IDENTITY = (BUNDLE, SERVICE, SLO)

_LONGEST_UID = 40
_LONGEST_PREFIX = 8

BUDGET = "slokit:budget:ratio"
INFO = "slokit:info"
BUDGET_REMAINING = "slokit:budget_remaining:ratio"
# How many bad events the budget of a whole SLO window is.
BUDGET_EVENTS = "slokit:budget:events"
HISTORY = "slokit:history:bool"
# Since when a group has data, in Unix seconds; 0 where that is longer ago than is remembered.
SINCE = "slokit:since:timestamp"
# Whether a group had any event within the last hour: what is idle may vanish without an alert.
ACTIVE = "slokit:active:bool"
# The burn rate of what burns too fast for a burn alert, and the labels that say for which one.
BURN_TOO_FAST = "slokit:burn_alert:ratio"
ALERT_POLICY, SEVERITY = "alert_policy", "severity"
LONG, SHORT = "long", "short"
FAILURE_MODE = "failure_mode"  # which cause alerts have, and no others
OF_BURN_ALERTS = (ALERT_POLICY, SEVERITY, LONG, SHORT)
# What a burn alert says, a series for each fact; seconds until the budget of what burns is gone.
BURN_ALERT_FACTS = "slokit:burn_alert:facts"
FACT = "alert_fact"
BUDGET_GONE = "slokit:budget_gone:seconds"
MAINTENANCE_ACTIVE = "slokit:maintenance:active"
MAINTENANCE_SLO = "slokit:maintenance:slo"
MAINTENANCE_MEMBER = "slokit:maintenance:member"
LOCAL_TIME = "slokit:local_time:seconds"
# What local clocks showed at the begin of what the newest counts hold.
COUNTS_LOCAL_TIME = "slokit:counts_local_time:seconds"
# How much of an SLO's calendar window has passed, labelled with the day on which it began.
WINDOW_ELAPSED = "slokit:window_elapsed:ratio"
WINDOW_PERIOD = "period"

# Of each full hour: how many counts a group has, and how many groups were added up.
HOUR_COUNTS = "slokit:counts:hour"
HOUR_GROUPS = "slokit:groups:hour"

MAINTENANCE_LABEL = "maintenance"
MATCHED_LABELS = "matched"
TIMEZONE = "timezone"

BURN_ALERT = "SLOBudgetBurn"
EXHAUSTED_ALERT = "SLOBudgetExhausted"
# On a part of the budget, which its label says: `spent="75%"`.
SPENT_ALERT = "SLOBudgetSpent"
NO_DATA_ALERT = "SLONoData"

# The rule groups of a bundle that serve all of its SLOs.
FAST, SLOW, PERIOD, SELF = "fast", "slow", "period", "self"
MAINTENANCE = "maintenance"

# Labels of slokit:info: the objective as text, and what an SLO's burn alerts are called.
OBJECTIVE = "objective"
ALERT_NAME = "alert_name"
# Words for alerts: what the bad ones do, how many may, and what the SLO promises.
FAILS, ALLOWED, DESCRIPTION = "alert_fails", "alert_allowed", "alert_description"
WORDS = (FAILS, ALLOWED, DESCRIPTION)

# Prometheus writes these itself, for every alert: 1 while it is active, and since when.
ALERTS = "ALERTS"
ALERTS_SINCE = "ALERTS_FOR_STATE"

RULES_FAILING_ALERT = "SlokitRulesFailing"
RULES_SLOW_ALERT = "SlokitRulesSlow"
LEDGER_STALE_ALERT = "SlokitLedgerStale"
DUPLICATE_SLO_ALERT = "SlokitDuplicateSLO"

OWN_ALERTS = (
    BURN_ALERT,
    SPENT_ALERT,
    EXHAUSTED_ALERT,
    NO_DATA_ALERT,
    RULES_FAILING_ALERT,
    RULES_SLOW_ALERT,
    LEDGER_STALE_ALERT,
    DUPLICATE_SLO_ALERT,
)

# What dashboards are called; they link each other, and alerts open the one on call.
EXECUTIVE, ON_CALL, ONE_SLO, DEBUG = "executive", "on-call", "one-slo", "debug"

RULES_DIRECTORY = "alert-rules"
TESTS_DIRECTORY = "alert-rules/tests"
DASHBOARDS_DIRECTORY = "dashboards"
KUBERNETES_DIRECTORY = "kubernetes"
VMALERT_DIRECTORY = "vmalert"
ALERTMANAGER_FILE = "alertmanager/alertmanager.yaml"
ALERTMANAGER_FILES = "alertmanager/*.alertmanager.yaml"
"""Where bundles have files of their own."""


def ledger_rate(side: str, ledger_window: Fraction) -> str:
    """What is recorded of an SLO at each evaluation: ``slokit:total:rate5m``."""
    return f"slokit:{side}:rate{format_duration(ledger_window)}"


def total_rate(ledger_window: Fraction) -> str:
    """Events per second: ``slokit:total:rate5m``."""
    return ledger_rate(TOTAL, ledger_window)


def bad_rate(ledger_window: Fraction) -> str:
    """Bad events per second: ``slokit:bad:rate5m``."""
    return ledger_rate(BAD, ledger_window)


def total_events(ledger_window: Fraction) -> str:
    """Events in one ledger window: ``slokit:total:events5m``."""
    return f"slokit:total:events{format_duration(ledger_window)}"


def bad_events(ledger_window: Fraction) -> str:
    """Bad events in one ledger window: ``slokit:bad:events5m``."""
    return f"slokit:bad:events{format_duration(ledger_window)}"


def labelled(counts: str, window: str) -> str:
    """Counts as an SLO window wants them recorded: ``slokit:bad:events5m:month``."""
    return f"{counts}:{window}"


def hourly(counts: str) -> str:
    """Counts added up over each full hour: ``slokit:bad:events5m:hour``."""
    return labelled(counts, "hour")


def burn(window: Fraction) -> str:
    """The burn rate over so many seconds: ``slokit:burn:1h``."""
    return window_burn(format_duration(window))


def window_burn(window: str) -> str:
    """The burn rate over an SLO window by its name: ``slokit:burn:30d``."""
    return f"slokit:burn:{window}"


def burn_alert(slo: Slo) -> str:
    """The name of an SLO's burn alerts: ``SLOBudgetBurn``, unless it has one of its own."""
    return slo.alert_name or BURN_ALERT


def of_burn_alert(policy: AlertPolicy, alert: BurnAlert) -> dict[str, str]:
    """The labels of what burns too fast for one burn alert; severities as policies name them."""
    long, short = format_duration(alert.long), format_duration(alert.short)
    values = (policy.name, alert.severity, long, short)
    return dict(zip(OF_BURN_ALERTS, values, strict=True))


def burn_alerts(bundle: Bundle) -> tuple[str, ...]:
    """The names of the burn alerts of a bundle, the usual one first, whether or not it is used."""
    return (BURN_ALERT, *(name for name in bundle.alert_names if name != BURN_ALERT))


def routing(label: str) -> str:
    """The label of ``slokit:info`` that holds a routing label: ``routing__team``.

    A name of its own, so that what is metadata of one SLO never gets onto its alerts because
    another SLO routes by a label of that name.
    """
    return f"{ROUTING_PREFIX}{label}"


def burn_pattern() -> str:
    """A pattern of the names of all burn rates."""
    return "slokit:burn:.+"


def ledger_group(bundle: str, service: str) -> str:
    """The rule group that holds a service's ledger."""
    return f"slokit:{bundle}:ledger:{service}"


def causes_group(bundle: str, service: str) -> str:
    """The rule group that holds a service's cause alerts."""
    return bundle_group(bundle, f"causes:{service}")


def bundle_group(bundle: str, part: str) -> str:
    """A rule group that serves every SLO of a bundle: FAST, SLOW, PERIOD or SELF."""
    return f"slokit:{bundle}:{part}"


def dashboard_uid(bundle: str, dashboard: str) -> str:
    """A dashboard's uid, stable and within Grafana's 40 characters."""
    uid = f"slokit-{bundle}-{dashboard}"
    if len(uid) <= _LONGEST_UID:
        return uid
    digest = hashlib.sha256(bundle.encode()).hexdigest()[:12]
    return f"slokit-{digest}-{dashboard}"[:_LONGEST_UID]


def service_dashboard(dashboard: str, service: str) -> str:
    """A service's own dashboard, as its file names it: names have no dots."""
    return f"{dashboard}.{service}"


def debug_uid(bundle: str, service: str) -> str:
    """The uid of a service's debug dashboard, which has no dots."""
    uid = f"slokit-{bundle}-debug-{service}"
    if len(uid) <= _LONGEST_UID:
        return uid
    digest = hashlib.sha256(f"{bundle}/{service}".encode()).hexdigest()[:20]
    return f"slokit-debug-{digest}"


def one_slo_prefix(bundle: str) -> str:
    """What the uid of a service's SLO page begins with; the service's name follows.

    Links of tables and graphs put the name behind it that a reader clicked, so it is short: 27
    characters are left. Names have no underscores: no two pages of different bundles share a uid.
    """
    if len(bundle) > _LONGEST_PREFIX:
        bundle = hashlib.sha256(bundle.encode()).hexdigest()[:_LONGEST_PREFIX]
    return f"slo_{bundle}_"


def one_slo_uid(bundle: str, service: str) -> str:
    """The uid of a service's SLO page; a name that is too long for it is a digest."""
    uid = f"{one_slo_prefix(bundle)}{service}"
    if len(uid) <= _LONGEST_UID:
        return uid
    return f"slo-{hashlib.sha256(f'{bundle}/{service}'.encode()).hexdigest()[:20]}"


def file_stem(service: str, project: Project) -> str:
    """What the files of a service are called, without directory and ending.

    With a prefix, an underscore stands behind the bundle's name: no name of a bundle or a service
    has one, so that no file is another's.
    """
    return f"{project.bundle}_{service}" if project.has_file_prefix else service


def service_rules_file(stem: str) -> str:
    """The rule file of a service, by its :func:`file_stem`, as are all that follow."""
    return f"{RULES_DIRECTORY}/{stem}.rules.yaml"


def bundle_rules_file(bundle: str) -> str:
    """The rule file of a bundle."""
    return f"{RULES_DIRECTORY}/{bundle}.bundle.rules.yaml"


def vmalert_file(name: str) -> str:
    """The rule file of a service, or of a bundle, for vmalert."""
    return f"{VMALERT_DIRECTORY}/{name}.rules.yaml"


def service_test_file(stem: str) -> str:
    """The promtool unit tests of a service, from raw series to the ledger and its alerts."""
    return f"{TESTS_DIRECTORY}/{stem}.test.yaml"


def burn_test_file(stem: str) -> str:
    """The promtool unit tests of a service, from the ledger to burn rates and alerts."""
    return f"{TESTS_DIRECTORY}/{stem}.burn.test.yaml"


def bundle_test_file(bundle: str, part: str = "") -> str:
    """The promtool unit tests of what a bundle's own rules do, or of a part of it."""
    return f"{TESTS_DIRECTORY}/{bundle}.bundle{part and '-'}{part}.test.yaml"


def alertmanager_file(project: Project) -> str:
    """The configuration of Alertmanager, which is one file; with a prefix of this bundle alone."""
    if project.has_file_prefix:
        return ALERTMANAGER_FILES.replace("*", project.bundle)
    return ALERTMANAGER_FILE


def dashboard_file(bundle: str, dashboard: str) -> str:
    """The JSON of a dashboard; several bundles may share a folder."""
    return f"{DASHBOARDS_DIRECTORY}/{bundle}.{dashboard}.json"


def provisioning_file(bundle: str) -> str:
    """The file that makes Grafana read a folder of dashboards."""
    return f"{DASHBOARDS_DIRECTORY}/{bundle}.provisioning.yaml"


def operator_file(name: str, number: int = 1, kind: str = "PrometheusRule") -> str:
    """An object with rules of a service, which may have several, or that of the bundle."""
    return f"{KUBERNETES_DIRECTORY}/{name}{_nth(number)}.{kind.lower()}.yaml"


def operator_object(bundle: str, service: str = "", number: int = 1) -> str:
    """The name of a PrometheusRule or VMRule in its namespace.

    Names of bundles and services have dashes and no dots, so that none is another's.
    """
    return f"slokit-{bundle}{service and '.'}{service}{_nth(number)}"


def _nth(number: int) -> str:
    return "" if number == 1 else f".{number}"
