"""What the shell completes, asked as a shell asks it."""

from pathlib import Path

import pytest

from tests.support.command import slokit
from tests.support.compile.loaded import written

SPEC = """
apiVersion: slokit/v1
service: shop
slos:
  - {name: availability, objective: 99%, sli: {ratio: {bad: r}}}
  - {name: latency, objective: 99%, sli: {ratio: {bad: r}}}
"""


def completions(directory: Path, line: str) -> list[str]:
    ran = slokit(
        directory,
        _SLOKIT_COMPLETE="complete_bash",
        COMP_WORDS=line,
        COMP_CWORD=str(line.count(" ")),
    )
    assert ran.err == ""
    return ran.out.split()


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("slokit explain shop/", ["shop/availability", "shop/latency"]),
        ("slokit explain sh", ["shop", "shop/availability", "shop/latency"]),
        ("slokit validate --format s", ["sarif"]),
        ("slokit compile --target prometheus-", ["prometheus-operator"]),
        ("slokit catalog show et", ["etcd"]),
    ],
)
def test_names_are_completed(tmp_path: Path, line: str, offered: list[str]) -> None:
    """SLOs and services, formats, targets, and specs of the catalog."""
    written(tmp_path, SPEC)

    assert completions(tmp_path, line) == offered


def test_nothing_is_completed_where_there_is_no_project(tmp_path: Path) -> None:
    """No message, no traceback: the shell waits."""
    assert completions(tmp_path, "slokit explain sh") == []
