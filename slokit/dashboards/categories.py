"""What SLOs are about: a closed section for each category, with the SLIs of its SLOs.

Recorded series alone, which look alike for every SLO: no service adds a panel or a query. The raw
series behind them are the debug dashboards'.
"""

from collections.abc import Iterator

from slokit.dashboards.over_time import sli_of
from slokit.dashboards.panels import Link, Section
from slokit.dashboards.queries import Ledger
from slokit.model.bundle import Bundle

_MOST_SECTIONS = 12  # the rest shares one
_ORDER = (
    *("availability", "latency", "errors", "replication-lag", "election-rate"),
    *("election-duration", "churn", "rebalance-time", "saturation", "backpressure"),
)


def categories(bundle: Bundle, ledger: Ledger, link: Link) -> Iterator[Section]:
    """The usual ones first, then others by name."""
    held = {slo.category for slo in bundle.slos if slo.objective} - {""}
    ordered = sorted(held, key=lambda one: (one not in _ORDER, *_rank(one)))
    own, others = ordered[:_MOST_SECTIONS], ordered[_MOST_SECTIONS:]
    for category in own:
        title = category.replace("-", " ").capitalize()
        panels = (sli_of(ledger, (category,), link),)
        yield Section(f"category {category}", title, panels, is_closed=True)
    if others:
        panels = (sli_of(ledger, tuple(others), link),)
        yield Section("other categories", "Other categories", panels, is_closed=True)


def _rank(category: str) -> tuple[int, str]:
    return (_ORDER.index(category) if category in _ORDER else 0, category)
