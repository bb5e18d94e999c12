"""A real RabbitMQ node on loopback with its own metrics, and a client that speaks MQTT to it."""

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from slokit.demo.processes import HOST, free_ports
from tests.support.servers.process import ServerProcess, answers, loopback_session

# Debian's wrappers in the search path become the user rabbitmq; these are the programs themselves.
_PROGRAMS = Path("/usr/lib/rabbitmq/bin")
PROGRAMS = ("rabbitmqctl", "epmd")
_PLUGINS = "[rabbitmq_mqtt,rabbitmq_prometheus]."
_CONFIGURATION = """\
listeners.tcp.1 = {host}:{amqp}
mqtt.listeners.tcp.1 = {host}:{mqtt}
mqtt.allow_anonymous = true
prometheus.tcp.ip = {host}
prometheus.tcp.port = {metrics}
collect_statistics_interval = 1000
"""


@dataclass
class RabbitmqNode:
    """One node: its process, what its programs need to know, and its ports."""

    process: ServerProcess
    environment: dict[str, str]
    mqtt: int
    metrics: str

    def control(self, *words: str) -> str:
        """What rabbitmqctl answers."""
        command = [str(_PROGRAMS / "rabbitmqctl"), "--quiet", *words]
        environment = {**os.environ, **self.environment}
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, check=True
        ).stdout

    def start(self) -> None:
        """Start it, and wait until it serves."""
        self.process.start()
        session, url = loopback_session(), f"http://{self.metrics}/metrics"
        self.process.wait_until(lambda: answers(session, url), "serving", 90)
        self.process.wait_until(lambda: _accepts(self.mqtt), "accepting clients", 90)


class MqttClient:
    """Publishes, each block acknowledged by the node before the next is sent; a context manager.

    With a name it keeps a queue at the node, unless it comes ``afresh``: then that is deleted.
    """

    def __init__(self, port: int, name: str = "", *, afresh: bool = True) -> None:
        self.published = 0
        self._connection = socket.create_connection((HOST, port), timeout=30)
        # protocol MQTT 3.1.1, whether the session is a clean one, no keep-alive, who it is
        variable = b"\x00\x04MQTT\x04" + (b"\x02" if afresh else b"\x00") + b"\x00\x00"
        self._send(b"\x10", variable + _counted(name.encode()))
        assert self._receive(4)[3:] == b"\x00", "not let in"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_fault: object) -> None:
        self._send(b"\xe0", b"")
        self._connection.close()

    def subscribe(self, topic: str) -> None:
        """Messages to this topic go to the client's queue, also while it is away."""
        self._send(b"\x82", b"\x00\x01" + _counted(topic.encode()) + b"\x01")
        assert self._receive(5)[4:] == b"\x01", "not subscribed"

    def publish(self, topic: str, count: int = 1) -> None:
        """Publish so many messages of one byte to a topic, and wait until all are received."""
        for first in range(0, count, 500):
            block = range(first, min(first + 500, count))
            for number in block:
                self._send(b"\x32", _counted(topic.encode()) + _two(number + 1) + b"x")
            self._receive(4 * len(block))
            self.published += len(block)

    def _send(self, kind: bytes, rest: bytes) -> None:
        self._connection.sendall(kind + bytes([len(rest)]) + rest)

    def _receive(self, size: int) -> bytes:
        received = b""
        while len(received) < size:
            more = self._connection.recv(size - len(received))
            if not more:
                raise ConnectionError("closed by the node")
            received += more
        return received


def _two(number: int) -> bytes:
    return number.to_bytes(2, "big")


def _counted(text: bytes) -> bytes:
    return _two(len(text)) + text


@contextmanager
def rabbitmq_node(directory: Path) -> Iterator[RabbitmqNode]:
    """A node with a mapper of ports of its own, running; stopped at the end."""
    amqp, mqtt, metrics, mapper, cluster = free_ports(5)
    plugins, configuration = directory / "enabled_plugins", directory / "rabbitmq.conf"
    plugins.write_text(_PLUGINS)
    configuration.write_text(
        _CONFIGURATION.format(host=HOST, amqp=amqp, mqtt=mqtt, metrics=metrics)
    )
    environment = {
        "HOME": str(directory),
        "RABBITMQ_NODENAME": "rabbit@localhost",
        "RABBITMQ_MNESIA_BASE": str(directory / "data"),
        "RABBITMQ_LOG_BASE": str(directory / "log"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(plugins),
        "RABBITMQ_CONFIG_FILE": str(configuration),
        "RABBITMQ_CONF_ENV_FILE": str(directory / "none.conf"),
        "RABBITMQ_DIST_PORT": str(cluster),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": (
            "-start_epmd false -kernel inet_dist_use_interface {127,0,0,1}"
        ),
        "RUNNING_UNDER_SYSTEMD": "true",  # no shell in between: the process is the node itself
        "ERL_EPMD_PORT": str(mapper),
        "ERL_EPMD_ADDRESS": HOST,
    }
    epmd = ServerProcess(
        ["epmd", "-port", str(mapper), "-address", HOST], directory / "epmd.log", environment
    )
    server = ServerProcess(
        [str(_PROGRAMS / "rabbitmq-server")], directory / "rabbitmq.log", environment
    )
    node = RabbitmqNode(server, environment, mqtt, f"{HOST}:{metrics}")
    try:
        epmd.start()
        epmd.wait_until(lambda: _accepts(mapper), "accepting nodes")
        node.start()
        yield node
    finally:
        server.stop()
        epmd.kill()


def _accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0
