"""The shell commands of a Markdown page, run as a reader would: from top to bottom, in one place.

A block of `sh` is run; a block of `text` right behind it is what it must print, `…` standing for
anything. `<!-- proven by FILE -->` above a block names the test that runs it instead.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

ROOT = Path(__file__).parents[2]
ANYTHING = "…"
_BLOCK = re.compile(
    r"(?:<!-- proven by (?P<elsewhere>\S+) -->\n)?^```(?P<kind>\w+)\n(?P<body>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_END = "--- end of block"


@dataclass(frozen=True)
class Block:
    """Commands to run and what they must print, if the page says so."""

    commands: str
    printed: str | None
    elsewhere: str | None

    def is_printed(self, output: str) -> bool:
        """Whether the output is what the page shows."""
        if self.printed is None:
            return True
        parts = (re.escape(part) for part in self.printed.strip().split(ANYTHING))
        return re.search(".*?".join(parts), output, re.DOTALL) is not None


def blocks(page: Path) -> list[Block]:
    """The shell blocks of a page, in order."""
    found = list(_BLOCK.finditer(page.read_text(encoding="utf-8")))
    made = []
    for block, after in zip_longest(found, found[1:]):
        if block["kind"] == "sh":
            printed = after["body"] if after is not None and after["kind"] == "text" else None
            made.append(Block(block["body"], printed, block["elsewhere"]))
    return made


def pages() -> list[Path]:
    """Every page of the documentation that holds shell commands."""
    every = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return [page for page in every if blocks(page)]


def run(page: Path, directory: Path, replaced: Mapping[str, str]) -> Iterator[tuple[Block, str]]:
    """Run the blocks of a page in one shell and give each with its output.

    ``replaced`` are texts of the page to run with others in their place, such as an address.
    Raises AssertionError with all output when a command fails.
    """
    mine = [block for block in blocks(page) if block.elsewhere is None]
    script = "set -e\ntrap 'kill $(jobs -p) 2>/dev/null || true; wait' EXIT\n"
    script += "".join(f"{block.commands}\necho '{_END}'\n" for block in mine)
    for old, new in replaced.items():
        script = script.replace(old, new)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=directory,
        env={**os.environ, "PATH": path, "COLUMNS": "100"},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, f"{page.name}:\n{done.stdout}\n{done.stderr}"
    outputs = done.stdout.split(f"{_END}\n")[:-1]
    yield from zip(mine, outputs, strict=True)
