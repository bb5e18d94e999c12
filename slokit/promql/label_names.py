"""Label names that a spec may use, and those that slokit keeps for itself."""

import re

from slokit.promql.quoting import is_grouping_label, is_label_name

GROUP_RESERVED = frozenset(
    "bundle service slo window severity alert_policy long short owner category sli objective unit"
    " runbook period le quantile alertname alertgroup alertstate side __name__".split()
)
INFO_LABELS = frozenset(
    "bundle service slo category sli measure objective window alert_policy min_bad_events owner"
    " unit runbook no_data".split()
)
ALERT_RESERVED = frozenset(
    "bundle service slo severity alert_policy long short window alertname alertgroup alertstate"
    " measure min_bad_events no_data".split()
)
LABEL_HINT = "letters, digits and underscores, no digit first"
NAME_TEXT = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
LONGEST_NAME = 63
_NAME = re.compile(NAME_TEXT)


def is_name(text: str) -> bool:
    """Whether the text may name a service, an SLO or a bundle."""
    return len(text) <= LONGEST_NAME and _NAME.fullmatch(text) is not None


def refuse_group_label(label: str) -> str:
    """Why a group may not have this label, or an empty string."""
    if not is_label_name(label):
        return f"{label!r} is no label name"
    if label in GROUP_RESERVED:
        return f"the label {label!r} is reserved"
    return refuse_grouping(label)


def refuse_grouping(label: str) -> str:
    """Why PromQL may not group or join by this label, or an empty string."""
    if not is_label_name(label):
        return f"{label!r} is no label name"
    return "" if is_grouping_label(label) else f"PromQL cannot group by a label named {label!r}"


def refuse_info_label(label: str) -> str:
    """Why a spec may not have this label, or an empty string."""
    if not is_label_name(label):
        return f"{label!r} is no label name"
    if label.startswith("__"):
        return f"{label!r} begins with __, and Prometheus drops such labels"
    if label in INFO_LABELS:
        return f"the label {label!r} is slokit's own"
    return ""


def refuse_alert_label(label: str) -> str:
    """Why alerts may not take this label from the info series, or an empty string."""
    if not is_label_name(label) or label.startswith("__"):
        return f"{label!r} is no label name"
    if label in ALERT_RESERVED:
        return f"every alert has its own label {label!r}"
    return refuse_grouping(label)
