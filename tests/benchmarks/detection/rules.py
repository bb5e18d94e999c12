"""The rules that are compared: slokit's, and what people write by hand on raw series."""

from pathlib import Path

import yaml

SERVICE, SLOS = "shop", ("plain", "patient")
SPEC = """
    apiVersion: slokit/v1
    service: shop
    defaults: {window: 30d, group_by: [incident]}
    slos:
      - {name: plain, objective: 99.9%, sli: {events: {bad: errors_total, total: requests_total}}}
      - {name: patient, objective: 99.9%, min_bad_events: 3,
         sli: {events: {bad: errors_total, total: requests_total}}}
"""
_RATIO = (
    "sum by (incident) (rate(errors_total[{0}])) / sum by (incident) (rate(requests_total[{0}]))"
)


def _burns(long: str, short: str, burn: float) -> str:
    limit = f"{burn * 0.001:g}"
    return f"({_RATIO.format(long)} > {limit} and {_RATIO.format(short)} > {limit})"


def by_hand(path: Path) -> Path:
    """A rule file: the alerts of the SRE workbook, chapter 5, and one threshold on one window."""
    page = f"{_burns('1h', '5m', 14.4)} or {_burns('6h', '30m', 6)}"
    ticket = f"{_burns('1d', '2h', 3)} or {_burns('3d', '6h', 1)}"
    threshold = f"{_RATIO.format('5m')} > 0.01"
    rules = [
        {"alert": "ByHand", "expr": page, "labels": {"kind": "workbook", "severity": "page"}},
        {"alert": "ByHand", "expr": ticket, "labels": {"kind": "workbook", "severity": "ticket"}},
        {"alert": "ByHand", "expr": threshold, "for": "5m",
         "labels": {"kind": "threshold", "severity": "page"}},
    ]  # fmt: skip
    path.write_text(yaml.safe_dump({"groups": [{"name": "by-hand", "rules": rules}]}))
    return path


ALERTS = {
    "slokit, policy `default`": 'ALERTS{alertname="SLOBudgetBurn",slo="plain",%s}',
    "slokit, `min_bad_events: 3`": 'ALERTS{alertname="SLOBudgetBurn",slo="patient",%s}',
    "SRE workbook, raw series": 'ALERTS{alertname="ByHand",kind="workbook",%s}',
    "over 1 % in 5m, for 5m": 'ALERTS{alertname="ByHand",kind="threshold",%s}',
}
