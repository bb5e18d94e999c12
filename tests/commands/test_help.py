"""The help of every command, as it stands on a terminal of eighty columns."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup

from slokit.cli.app import app
from tests.support.command_here import slokit

WIDTH = 80


def root() -> TyperGroup:
    found = typer.main.get_command(app)
    assert isinstance(found, TyperGroup)
    return found


def commands(group: TyperGroup, before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The words of each command, and of the groups that hold them."""
    yield before
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from commands(command, (*before, name))
        else:
            yield (*before, name)


@pytest.mark.parametrize("words", list(commands(root())), ids=" ".join)
def test_help_fits_and_shows_nothing_internal(tmp_path: Path, words: tuple[str, ...]) -> None:
    """No line is too long, no summary is cut, and neither types nor names to be filled in show."""
    ran = slokit(tmp_path, *words, "--help", environment={"COLUMNS": str(WIDTH)})

    assert (ran.code, ran.err) == (0, "")
    assert max(map(len, ran.out.splitlines())) <= WIDTH
    assert not re.search(r"[a-z]\.\.\.$|<\w+>|<list|[{}]", ran.out, re.MULTILINE)


def test_the_names_of_targets_stand_in_the_help(tmp_path: Path) -> None:
    """They come from the registry."""
    text = " ".join(slokit(tmp_path, "compile", "--help").out.split())

    # a line may end behind the dash
    assert (
        "prometheus, tests, dashboards, prometheus-operator, vmalert, alertmanager, argo-rollouts"
        " or flagger" in text.replace("- ", "-")
    )
