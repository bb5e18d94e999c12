"""A test that needs a missing program is skipped on a desk, and fails in CI."""

import pytest

from tests.conftest import require_programs

ABSENT = "no-such-program-anywhere"


def test_without_ci_it_is_skipped_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reason names the program and what to run."""
    monkeypatch.delenv("CI", raising=False)

    with pytest.raises(pytest.skip.Exception, match=f"{ABSENT}.*install-debian-packages"):
        require_programs("sh", ABSENT)


def test_in_ci_it_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """CI=true turns the skip into a failure."""
    monkeypatch.setenv("CI", "true")

    with pytest.raises(pytest.fail.Exception, match=ABSENT):
        require_programs(ABSENT)


def test_with_all_programs_the_test_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing happens when everything is installed."""
    monkeypatch.setenv("CI", "true")

    require_programs("sh")
