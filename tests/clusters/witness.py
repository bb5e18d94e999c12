"""An oracle that asks the servers themselves, many times a second."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Self

TICK = 0.1


@dataclass
class Witness:
    """For how many seconds something did not hold, as seen from outside."""

    holds: Callable[[], bool]
    seconds: float = 0
    _done: Event = field(default_factory=Event)

    def __enter__(self) -> Self:
        self._thread = Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_fault: object) -> None:
        self._done.set()
        self._thread.join(10)

    def _watch(self) -> None:
        last = time.monotonic()
        while not self._done.wait(TICK):
            held = self.holds()
            now = time.monotonic()
            self.seconds += 0 if held else now - last
            last = now
