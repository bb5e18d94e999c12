"""The servers that the demo starts: a Prometheus of its own, and three etcd nodes on loopback."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import requests

from slokit.demo.processes import HOST, Children, Server, free_ports, wait_until
from slokit.prometheus.client import PrometheusClient
from slokit.prometheus.errors import PrometheusError
from slokit.prometheus.settings import PrometheusSettings

_TIMEOUT = 2.0


class EtcdCluster:
    """A cluster of three members, each a process of its own."""

    def __init__(self, directory: Path, children: Children) -> None:
        ports = free_ports(6)
        self._clients = dict(zip(("etcd-1", "etcd-2", "etcd-3"), ports[:3], strict=True))
        peers = dict(zip(self._clients, ports[3:], strict=True))
        members = ",".join(f"{name}=http://{HOST}:{port}" for name, port in peers.items())
        self.servers = {
            name: Server(
                [
                    "etcd",
                    f"--name={name}",
                    f"--data-dir={directory / name}",
                    f"--listen-client-urls=http://{HOST}:{client}",
                    f"--advertise-client-urls=http://{HOST}:{client}",
                    f"--listen-peer-urls=http://{HOST}:{peers[name]}",
                    f"--initial-advertise-peer-urls=http://{HOST}:{peers[name]}",
                    f"--initial-cluster={members}",
                    "--heartbeat-interval=100",
                    "--election-timeout=1000",
                ],
                directory / f"{name}.log",
                children,
            )
            for name, client in self._clients.items()
        }
        self._session = requests.Session()
        self._session.trust_env = False

    @property
    def targets(self) -> list[str]:
        """Where Prometheus scrapes the members."""
        return [f"{HOST}:{port}" for port in self._clients.values()]

    def leader(self) -> str | None:
        """The name of the member that leads, if one does."""
        for name in self._clients:
            status = self._post(name, "maintenance/status", {})
            # without a leader the gateway leaves the key out
            if status and status.get("leader") == status["header"]["member_id"]:
                return name
        return None

    def put(self, key: str) -> bool:
        """Write a key through any member; whether that worked."""
        body = {"key": "c2xva2l0", "value": "c2xva2l0"}
        return any(self._post(name, "kv/put", body) is not None for name in self._clients)

    def _post(self, name: str, path: str, body: dict[str, str]) -> Any:
        url = f"http://{HOST}:{self._clients[name]}/v3/{path}"
        try:
            answer = self._session.post(url, json=body, timeout=_TIMEOUT)
            return answer.json() if answer.ok else None
        except requests.RequestException:
            return None


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
