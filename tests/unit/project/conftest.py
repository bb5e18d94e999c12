"""A bundle in a directory, and the directory to work in."""

from pathlib import Path

import pytest


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory that is the working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
