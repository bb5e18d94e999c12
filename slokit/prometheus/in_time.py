"""What another machine is asked, bounded as a whole."""

from collections.abc import Callable
from concurrent.futures import Future
from contextlib import ExitStack
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


def in_time(job: Callable[[], T], seconds: float) -> T:
    """What a job gives, unless it takes longer.

    Timeouts of sockets begin anew with every byte, and do not cover the look-up of a name: only
    leaving its thread behind bounds the whole.

    Raises:
        TimeoutError: it takes longer.
    """
    outcome = Future[T]()

    def failed(_: object, raised: BaseException | None, __: object) -> bool:
        if raised is not None:
            outcome.set_exception(raised)
        return True

    def work() -> None:
        with ExitStack() as stack:
            stack.push(failed)
            outcome.set_result(job())

    # a pool would wait for its threads when the program ends
    Thread(target=work, name="slokit-asks", daemon=True).start()
    return outcome.result(seconds)
