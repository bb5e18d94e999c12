"""Questions to a live server, one a file. To add one: write its file and name its QUESTION here."""

from collections.abc import Sequence

from slokit.diagnostics.finding import Finding
from slokit.livecheck.checks import (
    bucket_bound,
    ever_bad,
    group_labels,
    joins,
    many_groups,
    metric_exists,
    metric_type,
    native_histogram,
    refused,
    retention,
    rules_loaded,
    same_groups,
    scrape_interval,
    silent_members,
)
from slokit.livecheck.engine import untold
from slokit.livecheck.engine.asker import Asker
from slokit.livecheck.engine.inquiry import Inquiry
from slokit.livecheck.engine.question import Question
from slokit.model.bundle import Project
from slokit.model.slo import Slo
from slokit.prometheus.types import MetricsSource

QUESTIONS: tuple[Question, ...] = (
    metric_exists.QUESTION,
    refused.QUESTION,
    ever_bad.QUESTION,
    group_labels.QUESTION,
    joins.QUESTION,
    same_groups.QUESTION,
    many_groups.QUESTION,
    bucket_bound.QUESTION,
    native_histogram.QUESTION,
    metric_type.QUESTION,
    scrape_interval.QUESTION,
    silent_members.QUESTION,
    retention.QUESTION,
    rules_loaded.QUESTION,
    untold.QUESTION,
)

_REQUESTS = 60
_REQUESTS_PER_SLO = 3


def check(
    slos: Sequence[Slo], project: Project, source: MetricsSource, at: float
) -> tuple[Finding, ...]:
    """What a live server contradicts; every query is evaluated at ``at``, Unix seconds.

    Raises a PrometheusError when the server cannot be talked to, or not any more.
    """
    most = _REQUESTS + _REQUESTS_PER_SLO * len(slos)
    inquiry = Inquiry(slos, project, Asker(source, at, most))
    return tuple(f for question in QUESTIONS for f in question.find(inquiry))
