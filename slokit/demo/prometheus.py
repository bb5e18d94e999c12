"""A Prometheus of the demo's own."""

from collections.abc import Sequence
from pathlib import Path

from slokit.demo.processes import HOST, Children, Server, free_ports, wait_until
from slokit.prometheus.client import PrometheusClient
from slokit.prometheus.errors import PrometheusError
from slokit.prometheus.settings import PrometheusSettings

OWN_ADDRESS = "OWN_ADDRESS"
_START = 60.0


class Prometheus:
    """One server; its data stay in ``directory / "tsdb"`` when it stops and starts again.

    OWN_ADDRESS in its configuration stands for its own address.
    """

    def __init__(
        self, directory: Path, children: Children, config: str = "", flags: Sequence[str] = ()
    ) -> None:
        (port,) = free_ports(1)
        self.address = f"{HOST}:{port}"
        self.data = directory / "tsdb"
        file = directory / "prometheus.yml"
        file.write_text(config.replace(OWN_ADDRESS, self.address))
        command = [
            "prometheus",
            f"--config.file={file}",
            f"--storage.tsdb.path={self.data}",
            f"--web.listen-address={self.address}",
            *flags,
        ]
        self.server = Server(command, directory / "prometheus.log", children)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://{self.address}"

    def client(self) -> PrometheusClient:
        """A new client, for its caller to close."""
        return PrometheusClient(PrometheusSettings(self.url, timeout=_START))

    def start(self) -> None:
        """Start it and wait until it answers.

        Raises:
            BrokenEnvironmentError: it does not in time.
        """
        self.server.start()
        wait_until(self._answers, _START, "the start of Prometheus", self.server)

    def _answers(self) -> bool:
        with self.client() as client:
            try:
                client.build_info()
            except PrometheusError:
                return False
            return True
