"""What terminals can show: colours, and characters that they do not have."""

import io
from pathlib import Path

import pytest

from slokit.cli.output import has_colour
from tests.support.command import slokit
from tests.support.compile.loaded import written

WRONG = "apiVersion: slokit/v1\nservice: shop\nslos: [{name: a, objective: 9}]\n"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environment", "on_terminal", "in_file"),
    [
        ({}, True, False),
        ({"NO_COLOR": "1"}, False, False),
        ({"NO_COLOR": ""}, True, False),
        ({"FORCE_COLOR": "1"}, True, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, False),
        ({"TERM": "dumb"}, False, False),
    ],
    ids=str,
)
def test_colours_follow_the_terminal_and_the_environment(
    environment: dict[str, str], on_terminal: bool, in_file: bool
) -> None:
    """A terminal has them, a file has not; NO_COLOR and FORCE_COLOR overrule that."""
    assert has_colour(Terminal(), environment) is on_terminal
    assert has_colour(io.StringIO(), environment) is in_file


def test_findings_are_coloured_when_forced(tmp_path: Path) -> None:
    """The severity and the carets; without it not a single escape."""
    written(tmp_path, WRONG)
    plain = slokit(tmp_path, "validate")
    forced = slokit(tmp_path, "validate", FORCE_COLOR="1", NO_COLOR="")

    assert "\x1b" not in plain.out + plain.err
    assert "\x1b[1;31merror[SLK" in forced.out + forced.err


def test_a_terminal_without_utf_8_gets_no_traceback(tmp_path: Path) -> None:
    """What it cannot show is written as an escape."""
    written(
        tmp_path,
        WRONG.replace(
            "objective: 9", "description: Größe ≥ 3, sli: {ratio: {bad: r}}, objective: 99%"
        ),
    )
    ran = slokit(tmp_path, "explain", "shop", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    shown = slokit(tmp_path, "validate", PYTHONIOENCODING="ascii", PYTHONUTF8="0")

    assert (ran.code, shown.code) == (0, 0)
    assert "Gr\\xf6\\xdfe \\u2265 3" in ran.out
    assert "Traceback" not in ran.err + shown.err
