"""What happens to a report beside showing it: its slots are kept, and it is sent.

Use cases of `slokit.api`, which has these functions too.
"""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from slokit.diagnostics.errors import BrokenEnvironmentError, UsageError
from slokit.project.boundary import Boundary
from slokit.project.loading import Loaded
from slokit.prometheus.settings import PrometheusSettings

if TYPE_CHECKING:
    from slokit.project.archive import ParquetArchive
    from slokit.reporting.archive import ArchivedHour
    from slokit.reporting.evidence import Key
    from slokit.reporting.model import Report


def keep_slots(
    loaded: Loaded,
    prometheus: PrometheusSettings,
    *,
    start: float,
    end: float,
    archive: str | Path | None = None,
    source: str = "auto",
) -> int:
    """Keep the hours of a time in an archive; how many of them were new or better.

    ``archive`` is its directory, slokit.yaml's unless given; ``start`` and ``end`` are Unix
    seconds. What is there and complete stays. ``source`` is ``recorded`` (the ledger), ``raw`` (raw
    history), or ``auto``: raw history of those selected SLOs whose ledger lacks a part of the time.

    Raises:
        UsageError: no archive is named.
        BrokenEnvironmentError: the server cannot be reached, or the archive not be written.
    """
    from slokit.prometheus.client import PrometheusClient
    from slokit.reporting.model import TimeRange
    from slokit.reporting.plan import ReportRequest, plan_report
    from slokit.reporting.plan.request import CONCURRENCY
    from slokit.reporting.read.kept import read_days, read_raw_days

    if (kept := archive_of(loaded, archive)) is None:
        raise UsageError("no archive: name its directory, or set `archive` in slokit.yaml")
    over, number = TimeRange(start, end), 0
    request = ReportRequest(loaded.bundle, loaded.slos, end, end - start, source=source)
    plan = plan_report(request)
    measured: Counter[tuple[str, str]] = Counter()
    with PrometheusClient(prometheus) as client:
        for day, hours in read_days(request.project, over, client) if plan.recorded else ():
            number += kept.keep(day, hours)
            measured.update(_longest(hours))
        for day, hours in read_raw_days(plan, over, measured, client, CONCURRENCY):
            number += kept.keep(day, hours)
    return number


def _longest(hours: "Iterable[ArchivedHour]") -> dict[tuple[str, str], int]:
    """The seconds that were measured of each SLO, of its group that was measured most."""
    groups: Counter[Key] = Counter()
    for hour in hours:
        groups[hour.key] += round(hour.measured_seconds)
    found: dict[tuple[str, str], int] = {}
    for key, seconds in groups.items():
        found[key[:2]] = max(found.get(key[:2], 0), seconds)
    return found


def archive_of(loaded: Loaded, directory: str | Path | None = None) -> "ParquetArchive | None":
    """The archive of a bundle; slokit.yaml's unless one is given, None where there is neither.

    Raises:
        BrokenEnvironmentError: what archives are read with is not installed.
    """
    project = loaded.bundle.project
    if directory is None and not project.archive:
        return None
    try:
        from slokit.project.archive import ParquetArchive
    except ModuleNotFoundError as cause:
        raise BrokenEnvironmentError(
            "archives need pyarrow: install slokit with it, pip install 'slokit[archive]'"
        ) from cause
    path = Path(directory) if directory is not None else loaded.root / project.archive
    reach = Boundary.of_project(loaded.root)
    reach = reach if directory is None else reach.for_named(path)
    return ParquetArchive(path, project.bundle, float(project.ledger_window), reach)


def send_report(
    report: "Report", destinations: Iterable[str], link: str = "", wait: float = 1.0
) -> None:
    """Send a report to ``slack:FILE``, ``webhook:FILE`` or ``email:FILE``, each with its address.

    ``link`` is where the whole report can be read. A server that is busy or away is tried four
    times; between tries this waits ``wait`` seconds, and twice as long each time.

    Raises:
        UsageError: a destination is none of these.
        BrokenEnvironmentError: one of them did not take it; the others have it.
    """
    chosen = list(destinations)
    if not chosen:
        return
    from slokit.delivery import read_destination, send

    send(report, [read_destination(text) for text in chosen], link, wait)


def check_destinations(destinations: Iterable[str]) -> None:
    """Refuse what is no destination, before anything is asked.

    Raises:
        UsageError: it is none of ``slack:FILE``, ``webhook:FILE`` and ``email:FILE``.
    """
    if given := list(destinations):
        from slokit.delivery import read_destination

        for text in given:
            read_destination(text)
