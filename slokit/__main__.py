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
        from slokit.cli import app

        app.main()
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)


if __name__ == "__main__":
    main()
