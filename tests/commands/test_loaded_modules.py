"""What a command loads: only reports that people open wait for templates and frames."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.command import slokit

ROOT = Path(__file__).parents[2]
HEAVY = ("pandas", "jinja2", "numpy", "requests")
_LOADED = f"""
import sys
from slokit.__main__ import main
sys.argv = ["slokit", *sys.argv[1:]]
try:
    main()
finally:
    print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)
"""


@pytest.mark.parametrize(
    "arguments",
    [
        ["compile", "--target", "prometheus"],
        ["compile"],
        ["validate"],
        ["--version"],
        ["schema", "--report"],
    ],
    ids=" ".join,
)
def test_what_compiles_loads_no_frames_and_no_templates(
    tmp_path: Path, arguments: list[str]
) -> None:
    """Neither pandas nor jinja2, nor what they stand on."""
    assert slokit(tmp_path, "init", "shop").code == 0
    ran = subprocess.run(
        [sys.executable, "-c", _LOADED, *arguments],
        cwd=tmp_path / "shop",
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 0, ran.stderr
    assert ran.stderr.splitlines()[-1] == "[]"
