"""Reports: error budgets from live metrics, as plan, read, judge.

``plan`` says which queries a report sends and needs no server; ``read`` sends them and makes frozen
evidence of the answers; ``judge`` makes rows, states and warnings of it, with the arithmetic of
``budget`` and ``incidents``; ``formats`` shows a report. Nothing here reads the clock or a file.

The package has another name than the function ``slokit.report``, which an imported package
``slokit/report`` would hide.
"""

from importlib import import_module
from threading import Thread

from slokit.prometheus.types import MetricsSource
from slokit.reporting.archive import SlotArchive
from slokit.reporting.model import Report
from slokit.reporting.plan import ReportRequest, plan_report
from slokit.reporting.plan.request import CONCURRENCY
from slokit.reporting.read import Progress, read_evidence

__all__ = ["Progress", "Report", "ReportRequest", "build_report", "plan_report"]

_JUDGE, _FORECASTS = "slokit.reporting.judge", "slokit.reporting.forecast"


def build_report(
    request: ReportRequest,
    metrics: MetricsSource,
    progress: Progress | None = None,
    concurrency: int = CONCURRENCY,
    archive: SlotArchive | None = None,
) -> Report:
    """The report. All queries are about one moment; ``progress`` is called with what goes on.

    Up to ``concurrency`` queries about raw history are sent at once. Hours of the ledger that the
    ``archive`` knows better than the server are taken from there.

    Raises:
        PrometheusError: the server cannot answer.
        UsageError: no such source.
    """
    plan = plan_report(request)
    # what judges the answers takes a while to load, and servers take longer to answer
    needed = (_JUDGE, _FORECASTS) if plan.series else (_JUDGE,)
    Thread(target=lambda: [import_module(name) for name in needed]).start()
    noted = progress or (lambda text: None)
    observed = read_evidence(plan, metrics, noted, concurrency, archive)
    from slokit.reporting.judge import judge

    return judge(plan, observed)
