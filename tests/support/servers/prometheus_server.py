"""A real Prometheus on loopback, for tests that need true answers."""

import re
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import yaml

from slokit.demo.processes import HOST, free_ports
from tests.support.history.samples import Sample, Series, decode_instant, decode_matrix, only
from tests.support.servers.process import ServerProcess, answers, loopback_session

PROGRAM = "prometheus"


class QueryFailedError(AssertionError):
    """Prometheus refused a query; the message is its own."""


@dataclass(frozen=True)
class ScrapeJob:
    """One scrape job: its name, its targets as host:port, and labels to put on them."""

    name: str
    targets: Sequence[str]
    labels: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)

    def config(self) -> dict[str, Any]:
        """The job as prometheus.yml wants it."""
        static = {"targets": list(self.targets), "labels": dict(self.labels)}
        return {"job_name": self.name, "static_configs": [static], **self.options}


class PrometheusServer:
    """A Prometheus of its own for one test, as a context manager.

    `directory` holds its configuration, log and data; a data directory filled by
    `tests.support.history.history` is opened as it is, however old its samples are.
    `scrape` takes ScrapeJob values, or bare "host:port" targets that make up the job "test".
    `features` are names for --enable-feature, such as "native-histograms", which is a setting of
    the configuration from Prometheus 3 on; here it means the same on both. `lookback` is how long
    a series without new samples stays; Alertmanager holds an alert four times `resend_delay`.
    """

    def __init__(
        self,
        directory: Path,
        *,
        rule_files: Sequence[Path | str] = (),
        scrape: Sequence[ScrapeJob | str] = (),
        scrape_interval: str = "1s",
        evaluation_interval: str = "1s",
        features: Sequence[str] = (),
        alertmanagers: Sequence[str] = (),
        flags: Sequence[str] = (),
        lookback: str = "5m",
        resend_delay: str = "1s",
    ) -> None:
        self.directory = directory
        self.data = directory / "data"
        self.port = free_ports(1)[0]
        self.url = f"http://{HOST}:{self.port}"
        self.rule_files = list(rule_files)
        self.scrape = list(scrape)
        self.scrape_interval = scrape_interval
        self.evaluation_interval = evaluation_interval
        self.alertmanagers = list(alertmanagers)
        self._scrapes_native = "native-histograms" in features
        self._session = loopback_session()
        # An alert that fires before its Alertmanager is found is sent again soon.
        own = [f"--query.lookback-delta={lookback}", f"--rules.alert.resend-delay={resend_delay}"]
        self._process = ServerProcess(
            self._command([*own, *features_flag(features), *flags]), directory / "prometheus.log"
        )

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.stop()
        if fault is not None:
            fault.add_note(f"log of Prometheus: {self._process.log}")

    def start(self) -> None:
        """Write the configuration, start, and wait until queries are answered."""
        self.write_config()
        self._process.start()
        self._process.wait_until(self._ready, "ready", timeout=120)

    def stop(self) -> None:
        """Stop the server; its data stays."""
        self._process.stop()

    def restart(self) -> None:
        """Stop and start again on the same port and data."""
        self.stop()
        self.start()

    def crash(self) -> None:
        """Kill the server, as a crash would; `start` brings it back."""
        self._process.kill()

    def reload(self) -> None:
        """Make the server read its configuration and rules; QueryFailedError if refused."""
        self.write_config()
        answer = self._session.post(f"{self.url}/-/reload", timeout=30)
        if not answer.ok:
            raise QueryFailedError(answer.text)

    def hang(self) -> None:
        """Stop the process from running, so that connections stay unanswered."""
        self._process.signal(signal.SIGSTOP)

    def unhang(self) -> None:
        """Let a hung process go on."""
        self._process.signal(signal.SIGCONT)

    def write_config(self) -> Path:
        """Write prometheus.yml from the current attributes."""
        native = {"scrape_native_histograms": True} if self._scrapes_native else {}
        config = {
            "global": {
                "scrape_interval": self.scrape_interval,
                "scrape_timeout": self.scrape_interval,
                "evaluation_interval": self.evaluation_interval,
                **(native if major_version() >= 3 else {}),
            },
            "rule_files": [str(Path(name).resolve()) for name in self.rule_files],
            "scrape_configs": [job.config() for job in scrape_jobs(self.scrape)],
            "alerting": {
                "alertmanagers": [{"static_configs": [{"targets": list(self.alertmanagers)}]}]
            },
        }
        path = self.directory / "prometheus.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(config, sort_keys=False))
        return path

    def query(self, expr: str, at: float | None = None) -> list[Sample]:
        """The samples of an instant query; `at` in seconds since the epoch, default now."""
        moment = {} if at is None else {"time": f"{at:.3f}"}
        return decode_instant(self.api("query", query=expr, **moment))

    def value(self, expr: str, at: float | None = None) -> float:
        """The value of a query that answers with exactly one sample."""
        return only(self.query(expr, at)).value

    def raw_points(self, selector: str, at: float | None = None) -> list[Series]:
        """The stored samples of a range selector such as `up[5m]`."""
        moment = {} if at is None else {"time": f"{at:.3f}"}
        return decode_matrix(self.api("query", query=selector, **moment))

    def query_range(self, expr: str, start: float, end: float, step: float) -> list[Series]:
        """The series of a range query; all times in seconds."""
        return decode_matrix(
            self.api("query_range", query=expr, start=f"{start:.3f}", end=f"{end:.3f}", step=step)
        )

    def api(self, path: str, **parameters: Any) -> Any:
        """The `data` of one HTTP API call; raises QueryFailedError with the server's own words."""
        answer = self._session.get(f"{self.url}/api/v1/{path}", params=parameters, timeout=120)
        body = answer.json()
        if body["status"] != "success":
            raise QueryFailedError(f"{path} {parameters}: {body.get('error')}")
        return body["data"]

    def rules(self) -> list[dict[str, Any]]:
        """All rules of all groups as the API shows them, each with its `group` name added."""
        return [
            {**rule, "group": group["name"]}
            for group in self.api("rules")["groups"]
            for rule in group["rules"]
        ]

    def alerts(self) -> list[dict[str, Any]]:
        """Pending and firing alerts: labels, annotations, state, activeAt, value."""
        return list(self.api("alerts")["alerts"])

    def failures(self) -> float:
        """How many rule evaluations failed since the start, over all groups."""
        return self._own_metric("prometheus_rule_evaluation_failures_total")

    def evaluations(self) -> float:
        """How many rules were evaluated since the start, over all groups."""
        return self._own_metric("prometheus_rule_evaluations_total")

    def missed_evaluations(self) -> float:
        """How many evaluations of rule groups were left out because the machine was too slow."""
        return self._own_metric("prometheus_rule_group_iterations_missed_total")

    def seconds_worked(self) -> float:
        """The processor seconds that it has used."""
        return self._own_metric("process_cpu_seconds_total")

    def wait_for(self, expr: str, timeout: float = 30) -> list[Sample]:
        """Wait until a query answers with samples and return them."""
        self.wait_until(lambda: bool(self.query(expr)), f"answered {expr}", timeout)
        return self.query(expr)

    def wait_until(self, ready: Callable[[], bool], what: str, timeout: float = 30) -> None:
        """Wait until `ready` holds; the failure says `what` was awaited and shows the log."""
        self._process.wait_until(ready, what, timeout, step=0.1)

    def _own_metric(self, name: str) -> float:
        lines = self._session.get(f"{self.url}/metrics", timeout=30).text.splitlines()
        return sum(float(line.split()[-1]) for line in lines if line.startswith(name))

    def _ready(self) -> bool:
        return answers(self._session, f"{self.url}/-/ready")

    def _command(self, extra: Sequence[str]) -> list[str]:
        return [
            PROGRAM,
            f"--config.file={self.directory / 'prometheus.yml'}",
            f"--storage.tsdb.path={self.data}",
            # Histories of any age stay; the server judges age by its newest block.
            "--storage.tsdb.retention.time=100y",
            # Back-filled blocks are left as they are instead of being merged at every start.
            "--storage.tsdb.min-block-duration=2h",
            "--storage.tsdb.max-block-duration=2h",
            f"--web.listen-address={HOST}:{self.port}",
            "--web.enable-lifecycle",
            "--web.enable-admin-api",
            *extra,
        ]


@cache
def major_version() -> int:
    """The major version of the Prometheus that the tests run against: 2 or 3."""
    said = subprocess.run(
        [PROGRAM, "--version"], capture_output=True, text=True, check=True, timeout=60
    )
    found = re.search(r"version (\d+)\.", said.stdout + said.stderr)
    assert found, f"no version in {said.stdout!r}"
    return int(found[1])


def features_flag(features: Sequence[str]) -> list[str]:
    """The --enable-feature flag for these feature names, if there are any."""
    return [f"--enable-feature={','.join(features)}"] if features else []


def scrape_jobs(scrape: Sequence[ScrapeJob | str]) -> list[ScrapeJob]:
    """The jobs as given, plus the job "test" for the bare targets."""
    bare = [item for item in scrape if isinstance(item, str)]
    jobs = [item for item in scrape if isinstance(item, ScrapeJob)]
    return [*jobs, ScrapeJob("test", bare)] if bare else jobs
