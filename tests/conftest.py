"""What every test may ask for: the programs it needs, checked before it runs."""

import os
import shutil

import pytest

INSTALL_HINT = "run scripts/install-debian-packages"


def missing_programs(names: tuple[str, ...]) -> list[str]:
    """The programs that are not on the search path."""
    return [name for name in names if shutil.which(name) is None]


def in_ci() -> bool:
    """Whether this run must skip nothing."""
    return os.environ.get("CI", "") not in {"", "0", "false"}


def require_programs(*names: str) -> None:
    """Skip the test when a program is missing; in CI a missing program fails it."""
    missing = missing_programs(names)
    if not missing:
        return
    reason = f"not installed: {', '.join(missing)} ({INSTALL_HINT})"
    if in_ci():
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Check the programs of `@pytest.mark.programs(…)` before the test's fixtures start."""
    for marker in item.iter_markers("programs"):
        require_programs(*marker.args)
