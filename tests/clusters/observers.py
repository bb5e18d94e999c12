"""What a test knows about an etcd cluster without Prometheus: a client's counts, and a witness."""

import time
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Lock, Thread
from typing import Self

import requests

from tests.support.servers.etcd_cluster import Member, encoded
from tests.support.servers.exposition import Exposition
from tests.support.servers.process import loopback_session

CODES = ("ok", "failed")
WRITERS = 6
CALM_PAUSE, HURRIED_PAUSE = 0.4, 0.02
TIMEOUT = 1.0
_TICK = 0.05
_FRESH = 0.5


@dataclass
class Client:
    """Writes keys through one member, counts what became of them, and exports the counts.

    `failures` are the moments at which writes failed, in Unix seconds.
    """

    member: Member
    exposed: Exposition
    answered: int = 0
    failures: list[float] = field(default_factory=list)
    pause: float = CALM_PAUSE
    _lock: Lock = field(default_factory=Lock)
    _done: Event = field(default_factory=Event)

    @contextmanager
    def running(self) -> Iterator["Client"]:
        """Write in several threads while the block runs."""
        threads = [Thread(target=self._write, daemon=True) for _ in range(WRITERS)]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            self._done.set()
            for thread in threads:
                thread.join(2 * TIMEOUT)

    def hurry(self) -> None:
        """Write faster, as a client does that has fallen behind."""
        self.pause = HURRIED_PAUSE

    def most_failures_within(self, seconds: float) -> int:
        """The failures of the worst stretch of this length."""
        moments = sorted(self.failures)
        return max((sum(a <= b < a + seconds for b in moments) for a in moments), default=0)

    def _write(self) -> None:
        session = loopback_session()
        while not self._done.wait(self.pause):
            succeeded = self._put(session)
            with self._lock:
                if succeeded:
                    self.answered += 1
                else:
                    self.failures.append(time.time())
                self._export()

    def _put(self, session: requests.Session) -> bool:
        body = {"key": encoded("k"), "value": encoded("v")}
        try:
            return session.post(f"{self.member.url}/v3/kv/put", json=body, timeout=TIMEOUT).ok
        except requests.RequestException:
            return False

    def _export(self) -> None:
        counts = (float(self.answered), float(len(self.failures)))
        self.exposed.set_samples(
            {f'client_requests_total{{code="{c}"}}': n for c, n in zip(CODES, counts, strict=True)}
        )


@dataclass(frozen=True)
class Seen:
    """A member's answer: when, and whether it names a leader."""

    at: float
    has_leader: bool


class Witness:
    """Asks every member for its status, many times a second, as long as its context is open."""

    def __init__(self, members: Sequence[Member]) -> None:
        self.seen: dict[str, list[Seen]] = {member.name: [] for member in members}
        self._done = Event()
        self._threads = [Thread(target=self._watch, args=[m], daemon=True) for m in members]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_fault: object) -> None:
        self._done.set()
        for thread in self._threads:
            thread.join(2 * TIMEOUT)

    def lost_by(self, name: str, start: float, end: float) -> float:
        """Seconds between two moments in which a member did not answer that it has a leader."""
        return _TICK * sum(not self._is_led(name, at) for at in _ticks(start, end))

    def leaderless(self, start: float, end: float) -> float:
        """Seconds between two moments in which no member answered that it has a leader."""
        return _TICK * sum(
            not any(self._is_led(name, at) for name in self.seen) for at in _ticks(start, end)
        )

    def _is_led(self, name: str, at: float) -> bool:
        """By the next answer; a member that gives none soon hangs or is gone."""
        answers = self.seen[name]
        number = bisect_left(answers, at, key=lambda one: one.at)
        return (
            number < len(answers)
            and answers[number].has_leader
            and answers[number].at - at <= _FRESH
        )

    def _watch(self, member: Member) -> None:
        session = loopback_session()
        while not self._done.wait(_TICK):
            try:
                url = f"{member.url}/v3/maintenance/status"
                status = session.post(url, json={}, timeout=_FRESH).json()
            except (requests.RequestException, ValueError):
                continue
            has_leader = str(status.get("leader", "0")) != "0"
            self.seen[member.name].append(Seen(time.time(), has_leader))


def _ticks(start: float, end: float) -> Iterator[float]:
    for number in range(int((end - start) / _TICK)):
        yield start + number * _TICK
