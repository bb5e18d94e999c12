"""A VictoriaMetrics on loopback that scrapes, and a vmalert that evaluates rules against it."""

import json
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import yaml

from slokit.demo.processes import HOST, free_ports
from slokit.text.moments import rfc3339
from tests.support.history.samples import Sample, Series, decode_instant, decode_matrix
from tests.support.servers.loopback_server import LoopbackServer, QuietHandler
from tests.support.servers.process import ServerProcess, answers, loopback_session

STORE, RULER = "victoria-metrics", "vmalert"


class _Taker(QuietHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(200, "text/plain", b"")


class VictoriaMetrics:
    """Both servers for one test, as a context manager.

    `scrape` are targets as host:port; `latency` is how long the store hides new samples from
    queries. vmalert starts with `evaluate`. `url` is the store's. `flags` are given to the store.
    """

    def __init__(
        self,
        directory: Path,
        *,
        scrape: Sequence[str] = (),
        scrape_interval: str = "1s",
        latency: str = "30s",
        flags: Sequence[str] = (),
    ) -> None:
        self.directory = directory
        store, ruler = free_ports(2)
        self.url = f"http://{HOST}:{store}"
        self.ruler_url = f"http://{HOST}:{ruler}"
        self._session = loopback_session()
        self._stack = ExitStack()
        self._ruler_port = ruler
        config = directory / "scrape.yml"
        config.parent.mkdir(parents=True, exist_ok=True)
        own = {
            "job_name": "vmalert",
            "static_configs": [{"targets": [f"{HOST}:{ruler}"]}],
        }
        job = {"job_name": "test", "static_configs": [{"targets": list(scrape)}]}
        settings = {"global": {"scrape_interval": scrape_interval}, "scrape_configs": [job, own]}
        config.write_text(yaml.safe_dump(settings))
        self._store = ServerProcess(
            [
                STORE,
                f"-httpListenAddr={HOST}:{store}",
                f"-storageDataPath={directory / 'data'}",
                f"-promscrape.config={config}",
                f"-search.latencyOffset={latency}",
                "-retentionPeriod=100y",
                *flags,
            ],
            directory / "victoria-metrics.log",
        )

    def __enter__(self) -> Self:
        self._start(self._store, self.url)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._stack.close()

    def evaluate(self, rule_files: Sequence[Path]) -> None:
        """Start vmalert with these files; its alerts go to a server that takes all of them."""
        notifier = self._stack.enter_context(LoopbackServer(_Taker)).url
        ruler = ServerProcess(
            [
                RULER,
                f"-httpListenAddr={HOST}:{self._ruler_port}",
                f"-datasource.url={self.url}",
                f"-remoteWrite.url={self.url}",
                f"-remoteRead.url={self.url}",
                "-remoteWrite.flushInterval=1s",
                f"-notifier.url={notifier}",
                *(f"-rule={path}" for path in rule_files),
            ],
            self.directory / "vmalert.log",
        )
        self._start(ruler, self.ruler_url)
        self._ruler = ruler

    def reload(self) -> None:
        """Let vmalert read its files again."""
        self._session.get(f"{self.ruler_url}/-/reload", timeout=30).raise_for_status()

    def wait_until(self, ready: Callable[[], bool], what: str, timeout: float = 240) -> None:
        """Wait for a fact that vmalert brings about."""
        self._ruler.wait_until(ready, what, timeout, step=1)

    def replay(self, groups: Sequence[Mapping[str, Any]], start: float, end: float) -> None:
        """Have vmalert evaluate rule groups over the past, so that their history is there at once.

        It asks for all of the past of a rule in one query, so rules are evaluated one by one: each
        finds what those before it recorded. What a rule recorded itself it does not find,
        and texts of alerts, which look things up, are left out.
        """
        path, within = self.directory / "replayed.yaml", [rfc3339(end) for end in (start, end)]
        for group in groups:
            for rule in group["rules"]:
                silent = {name: part for name, part in rule.items() if name != "annotations"}
                path.write_text(yaml.safe_dump({"groups": [{**group, "rules": [silent]}]}))
                command = [
                    RULER,
                    f"-rule={path}",
                    f"-datasource.url={self.url}",
                    "-datasource.queryStep=0s",  # that of the group, not its own of five minutes
                    f"-remoteWrite.url={self.url}",
                    f"-remoteRead.url={self.url}",
                    f"-replay.timeFrom={within[0]}",
                    f"-replay.timeTo={within[1]}",
                    "-replay.maxDatapointsPerQuery=11000",
                    "-replay.rulesDelay=0s",
                    "-replay.disableProgressBar",
                ]
                ran = subprocess.run(
                    command, capture_output=True, text=True, check=False, timeout=60
                )
                assert ran.returncode == 0, ran.stderr[-2000:]
                self.flush()

    def flush(self) -> None:
        """Have everything that was written found by queries."""
        self._session.get(f"{self.url}/internal/force_flush", timeout=30).raise_for_status()

    def query(self, expr: str, at: float | None = None) -> list[Sample]:
        """The samples of an instant query, hidden samples included."""
        moment = {} if at is None else {"time": f"{at:.3f}"}
        return decode_instant(self._api("query", query=expr, nocache="1", **moment))

    def query_range(self, expr: str, start: float, end: float, step: float) -> list[Series]:
        """The series of a range query, hidden samples included."""
        times = {"start": f"{start:.3f}", "end": f"{end:.3f}", "step": f"{step:g}s"}
        return decode_matrix(self._api("query_range", query=expr, nocache="1", **times))

    def write(self, lines: str) -> None:
        """Store samples as text lines: a series, its value, and milliseconds."""
        url = f"{self.url}/api/v1/import/prometheus"
        self._session.post(url, data=lines.encode(), timeout=30).raise_for_status()
        self.flush()

    def written(self, name: str, **labels: str) -> list[float]:
        """When samples of these series were written, in Unix seconds: no look-back fills a gap."""
        own = {"__name__": name, **labels}
        match = ",".join(f"{label}={json.dumps(value)}" for label, value in own.items())
        self.flush()
        answer = self._session.get(
            f"{self.url}/api/v1/export", params={"match[]": f"{{{match}}}"}, timeout=60
        )
        found = [json.loads(line)["timestamps"] for line in answer.text.splitlines()]
        return sorted(milliseconds / 1000 for each in found for milliseconds in each)

    def alerts(self) -> list[dict[str, Any]]:
        """The alerts of vmalert as they are now: labels, annotations, state and so on."""
        answer = self._session.get(f"{self.ruler_url}/api/v1/alerts", timeout=30).json()
        return list(answer["data"]["alerts"] or [])

    def faults(self) -> list[str]:
        """What vmalert says of failing rules, a line each."""
        log = (self.directory / "vmalert.log").read_text()
        return [line for line in log.splitlines() if "\terror\t" in line]

    def _api(self, path: str, **parameters: Any) -> Any:
        answer = self._session.get(f"{self.url}/api/v1/{path}", params=parameters, timeout=60)
        body = answer.json()
        assert body["status"] == "success", f"{path} {parameters}: {body.get('error')}"
        return body["data"]

    def _start(self, process: ServerProcess, url: str) -> None:
        process.start()
        self._stack.callback(process.stop)
        process.wait_until(lambda: answers(self._session, f"{url}/health"), "ready")


def check_rules(files: Sequence[Path]) -> str:
    """What vmalert says against these rule files; empty when it loads them."""
    command = [RULER, "-dryRun", *(f"-rule={path}" for path in files)]
    said = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    return "" if said.returncode == 0 else said.stderr
