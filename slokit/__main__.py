"""Where `slokit` and `python -m slokit` start: Ctrl-C ends them quietly from the first moment on.

Nothing is imported before it may be interrupted: loading the command line takes 0.1 s.
"""

import gc
import sys

# What a command loads lives to its end: to look for garbage every 700 objects is a sixth of the
# time that loading takes.
_OBJECTS_BETWEEN_COLLECTIONS = 100_000
_INTERRUPTED = 130  # 128 and the number of SIGINT, as a shell says it


def main() -> None:
    """Run the command line.

    Exits with 130 when it is interrupted, and otherwise as :func:`slokit.cli.app.main` does.
    """
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    try:
        import os
        import signal

        usual = signal.getsignal(signal.SIGINT)
        if usual is signal.default_int_handler:
            # An exception may be raised where none can be passed on, within __del__ for example:
            # it would be printed, and loading go on. Nothing is open yet that had to be closed.
            signal.signal(signal.SIGINT, lambda *_: os._exit(_INTERRUPTED))
        from slokit.cli import app

        signal.signal(signal.SIGINT, usual)
        app.main()
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)


if __name__ == "__main__":
    main()
