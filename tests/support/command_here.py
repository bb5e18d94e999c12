"""The command `slokit` within the test's own process: for tests that run it often."""

import gc
import io
import os
import sys
from collections.abc import Mapping
from contextlib import ExitStack, chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from types import MappingProxyType
from unittest.mock import patch

from slokit.__main__ import main
from tests.support.command import Ran

_NOTHING: Mapping[str, str] = MappingProxyType({})


def slokit(
    directory: Path, *arguments: str, environment: Mapping[str, str] = MappingProxyType({})
) -> Ran:
    """Run `slokit` in a directory; an exception that reaches the top is passed on.

    As in a process of its own there is nothing in its environment but ``environment`` and what
    every command of the tests has: it does not see that a CI job runs it.
    """
    # bytes below, as in a pipe: what cannot be encoded fails here, too
    written = [io.BytesIO(), io.BytesIO()]
    out, err = (io.TextIOWrapper(each, "utf-8", write_through=True) for each in written)
    with ExitStack() as stack:
        stack.enter_context(chdir(directory))
        stack.enter_context(redirect_stdout(out))
        stack.enter_context(redirect_stderr(err))
        stack.enter_context(patch.object(sys, "argv", ["slokit", *arguments]))
        own = {"PATH": os.environ["PATH"], "NO_COLOR": "1", "COLUMNS": "100"}
        stack.enter_context(patch.dict(os.environ, {**own, **environment}, clear=True))
        stack.callback(gc.enable)  # a command that lives for one run turns it off
        try:
            main()
        except SystemExit as ended:
            return Ran(int(ended.code or 0), *(each.getvalue().decode() for each in written))
    raise AssertionError("slokit did not exit")
