"""The command `slokit` within the test's own process: for tests that run it often."""

import gc
import io
import sys
from contextlib import ExitStack, chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from unittest.mock import patch

from slokit.__main__ import main
from tests.support.command import Ran


def slokit(directory: Path, *arguments: str) -> Ran:
    """Run `slokit` in a directory; an exception that reaches the top is passed on."""
    # bytes below, as in a pipe: what cannot be encoded fails here, too
    written = [io.BytesIO(), io.BytesIO()]
    out, err = (io.TextIOWrapper(each, "utf-8", write_through=True) for each in written)
    with ExitStack() as stack:
        stack.enter_context(chdir(directory))
        stack.enter_context(redirect_stdout(out))
        stack.enter_context(redirect_stderr(err))
        stack.enter_context(patch.object(sys, "argv", ["slokit", *arguments]))
        stack.callback(gc.enable)  # a command that lives for one run turns it off
        try:
            main()
        except SystemExit as ended:
            return Ran(int(ended.code or 0), *(each.getvalue().decode() for each in written))
    raise AssertionError("slokit did not exit")
