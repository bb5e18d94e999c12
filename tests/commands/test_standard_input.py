"""A spec may come from standard input."""

from pathlib import Path

from tests.support.command import slokit

SPEC = """\
apiVersion: slokit/v1
service: Piped
slos:
  - {name: a, objective: 99%, sli: {events: {bad: b, total: t}}}
"""


def test_standard_input_is_a_file(tmp_path: Path) -> None:
    """`-` reads one; its findings are reported under <stdin>."""
    ran = slokit(tmp_path, "validate", "-", "--format", "line", stdin=SPEC)

    assert (ran.code, ran.out.split(" ")[0]) == (1, "<stdin>:2:10:")
