"""A real etcd cluster on loopback whose members a test can kill, hang and bring back."""

import base64
import signal
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import requests

from slokit.demo.processes import HOST, free_ports
from tests.support.servers.process import (
    ServerFailedError,
    ServerProcess,
    answers,
    loopback_session,
)

PROGRAM = "etcd"
# Fast elections keep tests short; etcd itself wants the timeout to be ten heartbeats.
HEARTBEAT_MS = 50
ELECTION_MS = 500


@dataclass
class Member:
    """One etcd node: its name, its addresses, its process."""

    name: str
    client: str
    peer: str
    process: ServerProcess
    session: requests.Session = field(default_factory=loopback_session)

    @property
    def url(self) -> str:
        """The client address as a URL."""
        return f"http://{self.client}"

    def call(self, path: str, **body: Any) -> dict[str, Any]:
        """One call of the v3 HTTP gateway; raises requests' errors when the node is silent."""
        answer = self.session.post(f"{self.url}/v3/{path}", json=body, timeout=3)
        answer.raise_for_status()
        return dict(answer.json())


class EtcdCluster:
    """`size` real etcd nodes, as a context manager; members are called m0, m1, ….

    `metrics_targets` are the host:port values to scrape, in the members' order.
    """

    def __init__(self, directory: Path, size: int = 3) -> None:
        ports = free_ports(2 * size)
        self.members: dict[str, Member] = {}
        addresses = {
            f"m{i}": (f"{HOST}:{ports[2 * i]}", f"{HOST}:{ports[2 * i + 1]}") for i in range(size)
        }
        peers = ",".join(f"{name}=http://{peer}" for name, (_, peer) in addresses.items())
        for name, (client, peer) in addresses.items():
            command = etcd_command(directory, name, client, peer, peers)
            process = ServerProcess(command, directory / f"{name}.log")
            self.members[name] = Member(name, client, peer, process)

    def __enter__(self) -> Self:
        with ExitStack() as undo:
            undo.callback(self.stop)
            for member in self.members.values():
                member.process.start()
            for member in self.members.values():
                self._wait_healthy(member)
            undo.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def metrics_targets(self) -> list[str]:
        """Where each member's metrics are, as host:port."""
        return [member.client for member in self.members.values()]

    def stop(self) -> None:
        """Stop all members."""
        for member in self.members.values():
            member.process.kill()

    def kill(self, name: str) -> None:
        """End a member at once, as a crash would; its data stays."""
        self.members[name].process.kill()

    def start(self, name: str) -> None:
        """Bring a killed member back and wait until it serves."""
        self.members[name].process.start()
        self._wait_healthy(self.members[name])

    def pause(self, name: str) -> None:
        """Make a member hang: its connections stay open and unanswered."""
        self.members[name].process.signal(signal.SIGSTOP)

    def resume(self, name: str) -> None:
        """Let a hung member go on."""
        self.members[name].process.signal(signal.SIGCONT)

    def leader(self, timeout: float = 15) -> str:
        """The name of the leader that a majority of the members agrees on, waiting for one.

        A leader that is killed or hangs does not count: it must name itself too.
        """
        deadline = time.monotonic() + timeout
        while True:
            named = {name: self._leader_seen_by(one) for name, one in self.members.items()}
            for name in (name for name, seen in named.items() if seen == name):
                if 2 * list(named.values()).count(name) > len(self.members):
                    return name
            if time.monotonic() > deadline:
                raise ServerFailedError(f"no leader after {timeout:g} s; the members name {named}")
            time.sleep(0.1)

    def followers(self) -> list[str]:
        """The names of all members but the leader."""
        leader = self.leader()
        return [name for name in self.members if name != leader]

    def move_leader(self) -> str:
        """Hand leadership to another member and return its name: an election without a fault."""
        target = self.followers()[0]
        member_id = self.members[target].call("maintenance/status")["header"]["member_id"]
        self.members[self.leader()].call("maintenance/transfer-leadership", targetID=member_id)
        return self.leader()

    def put(self, key: str, value: str) -> None:
        """Write a key through any member that answers."""
        self._any_member("kv/put", key=encoded(key), value=encoded(value))

    def get(self, key: str) -> str | None:
        """Read a key through any member that answers; None when it is not there."""
        found = self._any_member("kv/range", key=encoded(key)).get("kvs", [])
        return base64.b64decode(found[0]["value"]).decode() if found else None

    def _any_member(self, path: str, **body: Any) -> dict[str, Any]:
        refused: list[str] = []
        for member in self.members.values():
            try:
                return member.call(path, **body)
            except requests.RequestException as fault:
                refused.append(f"{member.name}: {fault}")
        raise ServerFailedError(f"no member answered {path}: {'; '.join(refused)}")

    def _leader_seen_by(self, member: Member) -> str | None:
        """The leader that a member names; None when the member does not answer."""
        if not member.process.is_running:
            return None
        try:
            status = member.call("maintenance/status")
        except requests.RequestException:
            return None
        return self._names_by_id(member).get(status.get("leader", "0"))

    def _names_by_id(self, member: Member) -> dict[str, str]:
        listed = member.call("cluster/member/list").get("members", [])
        return {str(one["ID"]): str(one.get("name", "")) for one in listed}

    def _wait_healthy(self, member: Member) -> None:
        member.process.wait_until(
            lambda: answers(member.session, f"{member.url}/health"), "healthy", timeout=60
        )


def etcd_command(directory: Path, name: str, client: str, peer: str, peers: str) -> list[str]:
    """The command line of one member of a new cluster."""
    return [
        PROGRAM,
        f"--name={name}",
        f"--data-dir={directory / name}",
        f"--listen-client-urls=http://{client}",
        f"--advertise-client-urls=http://{client}",
        f"--listen-peer-urls=http://{peer}",
        f"--initial-advertise-peer-urls=http://{peer}",
        f"--initial-cluster={peers}",
        "--initial-cluster-state=new",
        f"--heartbeat-interval={HEARTBEAT_MS}",
        f"--election-timeout={ELECTION_MS}",
    ]


def encoded(text: str) -> str:
    """A key or value as the gateway takes it."""
    return base64.b64encode(text.encode()).decode()
