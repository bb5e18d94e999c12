"""SLI types, one a file. To add one: write its file and name its TYPE here."""

from slokit.sli import composite, events, latency, rate, ratio, threshold
from slokit.sli.base import SliType

SLI_TYPES: tuple[SliType, ...] = (
    events.TYPE,
    latency.TYPE,
    threshold.TYPE,
    rate.TYPE,
    ratio.TYPE,
    composite.TYPE,
)
