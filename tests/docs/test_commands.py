"""Every command of the documentation runs, and prints what the page shows."""

from pathlib import Path

import pytest

from slokit.demo.processes import HOST, free_ports
from tests.docs.shell_blocks import ROOT, blocks, pages, run

READERS_SERVER = "localhost:9090"

pytestmark = pytest.mark.programs("prometheus", "promtool", "amtool", "curl")


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_the_commands_of_a_page_run(page: Path, tmp_path: Path) -> None:
    """From top to bottom in an empty directory, each block succeeds and prints what is shown."""
    server = f"{HOST}:{free_ports(1)[0]}"
    for block, output in run(page, tmp_path, {READERS_SERVER: server}):
        assert block.is_printed(output.replace(server, READERS_SERVER)), (
            f"{block.commands}\nprinted:\n{output}"
        )


def test_what_is_proven_elsewhere_is_proven() -> None:
    """A block that a page leaves to another file is run there: it names the page or the command."""
    for page in pages():
        for block in blocks(page):
            if block.elsewhere is not None:
                proof = (ROOT / block.elsewhere).read_text(encoding="utf-8")
                commands = [line.partition("#")[0].strip() for line in block.commands.splitlines()]
                assert any(text in proof for text in (page.name, *filter(None, commands))), page
