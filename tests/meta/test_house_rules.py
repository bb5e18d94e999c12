"""Rules of this code base that no other tool checks."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "slokit"
LONGEST_FILE = 600
LONGEST_FUNCTION = 80
MARKS = re.compile(r"\b(TODO|FIXME|XXX)\b|type: ignore|\bnoqa\b|mark\.(skip|xfail)")

# Where files are touched: the workspace, the command line, secrets beside the HTTP client.
FILES_AT = {"project", "cli", "demo", "prometheus"}
FILE_CALLS = {
    "open",
    "read_text",
    "read_bytes",
    "write_text",
    "write_bytes",
    "mkdir",
    "unlink",
    "rmtree",
}
# Where the clock is read: `at` is a parameter everywhere else.
CLOCK_AT = {"cli", "demo", "prometheus"}
CLOCK_CALLS = {"time.time", "datetime.now", "datetime.utcnow", "date.today"}


def sources() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


def called(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and dotted name of every call."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node.lineno, ast.unparse(node.func)


def outside(allowed: set[str]) -> list[Path]:
    return [path for path in sources() if path.relative_to(PACKAGE).parts[0] not in allowed]


def show(path: Path, line: int, what: str) -> str:
    return f"{path.relative_to(ROOT)}:{line}: {what}"


def test_files_and_functions_stay_short() -> None:
    """No file of the package has over 600 lines, no function over 80."""
    long = []
    for path in sources():
        lines = len(path.read_text().splitlines())
        if lines > LONGEST_FILE:
            long.append(show(path, 1, f"{lines} lines"))
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.FunctionDef) and node.end_lineno is not None:
                length = node.end_lineno - node.lineno + 1
                if length > LONGEST_FUNCTION:
                    long.append(show(path, node.lineno, f"{node.name} has {length} lines"))

    assert long == []


def test_nothing_is_put_off_or_silenced() -> None:
    """No file carries a to-do mark, a silenced check or a skipped test."""
    marked = [
        show(path, number, line.strip())
        for path in [*sources(), *sorted((ROOT / "tests").rglob("*.py"))]
        if path != Path(__file__)
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if MARKS.search(line)
    ]

    assert marked == []


def test_only_the_edges_touch_files() -> None:
    """Reading and writing files happens in the workspace, the command line and the client only."""
    touched = [
        show(path, line, name)
        for path in outside(FILES_AT)
        for line, name in called(parsed(path))
        if name.rpartition(".")[2] in FILE_CALLS and not name.startswith("workspace.")
    ]

    assert touched == []


def test_only_the_command_line_reads_the_clock() -> None:
    """Everything else takes the moment as a parameter, so that the same input gives the same."""
    read = [
        show(path, line, name)
        for path in outside(CLOCK_AT)
        for line, name in called(parsed(path))
        if name in CLOCK_CALLS
    ]

    assert read == []


def test_one_module_turns_locations_into_places() -> None:
    """Lines and columns come from slokit/source/places.py; all others say where in the document."""
    made = [
        show(path, line, name)
        for path in sources()
        for line, name in called(parsed(path))
        if name == "Place" and path != PACKAGE / "source" / "places.py"
    ]

    assert made == []


def test_every_test_states_its_claim() -> None:
    """Each test function has a docstring."""
    silent = [
        show(path, node.lineno, node.name)
        for path in sorted((ROOT / "tests").rglob("test_*.py"))
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef)
        and node.name.startswith("test_")
        and ast.get_docstring(node) is None
    ]

    assert silent == []
