"""The page about the architecture is true: its rooms, its walks and its laws."""

import json
import re
import sys
import tomllib
from collections import deque
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FrameType
from urllib.parse import parse_qs, urlparse

import pytest

from tests.docs.shell_blocks import ROOT
from tests.support.command_here import slokit
from tests.support.compile.loaded import written
from tests.support.servers.loopback_server import LoopbackServer, QuietHandler

PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"][
    "contracts"
]
STEP = re.compile(r"^\| `([\w.]+)` \| (slokit/\S+\.py) \|", re.MULTILINE)
SPEC = """
    apiVersion: slokit/v1
    service: shop
    slos:
      - name: availability
        objective: 99.9%
        sli: {events: {bad: errors_total, total: requests_total}}
"""

Function = tuple[str, str]
"""Its qualified name and its file."""


def section(title: str) -> str:
    """What stands below a heading."""
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


class Answers(QuietHandler):
    """A Prometheus that knows one group of one SLO, whatever it is asked."""

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        asked = parse_qs(urlparse(self.path).query) | parse_qs(self.rfile.read(length).decode())
        labels = {"bundle": "test", "service": "shop", "slo": "availability"}
        kind, sides = "vector", {"total": "100", "bad": "1", "slots": "8640", "1h": "5"}
        if "query_range" in self.path:
            kind, sides = "matrix", {"burn": "5", "bad": "1"}
        at = float(asked["end" if kind == "matrix" else "time"][0])
        result = [
            {"metric": {**labels, "side": side}}
            | ({"values": [[at, value]]} if kind == "matrix" else {"value": [at, value]})
            for side, value in sides.items()
        ]
        data = {"status": "success", "data": {"resultType": kind, "result": result}}
        self.answer(200, "application/json", json.dumps(data).encode())

    do_POST = do_GET


def _is(code: CodeType, name: str, file: str) -> bool:
    return code.co_qualname == name and code.co_filename == str(ROOT / file)


def left_of(steps: list[Function], run: Callable[[], object]) -> list[Function]:
    """The steps that are not reached when each is awaited behind the one before it."""
    left = deque(steps)

    def note(frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        if event == "call" and left and _is(code, *left[0]):
            left.popleft()

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        run()
    finally:
        sys.setprofile(before)
    return list(left)


def assert_is_walked(title: str, run: Callable[[], object]) -> None:
    """The functions of a walk are called in its order."""
    steps = STEP.findall(section(title))

    assert len(steps) > 15
    assert left_of(steps, run) == []


def test_a_spec_goes_that_way(tmp_path: Path) -> None:
    """`slokit compile` calls each function of the walk, in its order."""
    written(tmp_path, SPEC)

    assert_is_walked("A spec's way to rules", lambda: slokit(tmp_path, "compile"))

    assert (tmp_path / "alert-rules" / "shop.rules.yaml").is_file()


def test_a_report_goes_that_way(tmp_path: Path) -> None:
    """`slokit report` calls each function of the walk, in its order."""
    written(tmp_path, SPEC)
    ran = []

    with LoopbackServer(Answers) as server:
        command = ("report", "--source", "recorded", "--prometheus", server.url)
        assert_is_walked("A report's way to text", lambda: ran.append(slokit(tmp_path, *command)))

    assert "EXHAUSTED  shop/availability" in ran[0].out


def test_the_rooms_are_the_layers() -> None:
    """The table has every layer of pyproject.toml, from the top down."""
    (layers,) = (c["layers"] for c in CONTRACTS if c["name"].startswith("Data flows one way"))
    rooms = re.findall(r"^\| `([\w.]+)` \|", section("The rooms"), re.MULTILINE)

    assert [f"slokit.{room}" for room in rooms] == layers


def test_every_contract_is_a_law_and_every_law_holds() -> None:
    """The laws name all contracts of pyproject.toml and no other, and only tests that exist."""
    laws = section("The laws")
    contracts = re.findall(r"contract \*(.+?)\*", laws)
    tests = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", laws)

    assert sorted(contracts) == sorted(contract["name"] for contract in CONTRACTS)
    assert tests
    for file, name in tests:
        assert f"def {name or 'test_'}" in (ROOT / file).read_text(encoding="utf-8"), file


@pytest.mark.parametrize("folder", re.findall(r"\b[a-z_\d/]+/(?=[\s,])", section("The picture")))
def test_the_picture_names_folders_that_exist(folder: str) -> None:
    """Each folder beside an arrow is one of the package, or the formats of some room."""
    package = ROOT / "slokit"

    assert (package / folder).is_dir() or list(package.glob(f"*/{folder}"))
