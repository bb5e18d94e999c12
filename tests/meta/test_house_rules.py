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

# A text that begins as a name of slokit's: of a series, a rule group or an alert.
NAME = re.compile(r"slokit:[a-z_{]|SLO[A-Z][A-Za-z]+$|Slokit[A-Z][A-Za-z]+$")
# Who knows SLI types by name: their own files, dialects, which translate into them, and the
# scenarios of generated unit tests.
TYPES_AT = ("slokit/sli/", "slokit/dialects/", "slokit/targets/promtool/scenarios/")
SHARED = {"base", "expressions", "nouns", "sides"}


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


def texts(tree: ast.Module) -> Iterator[ast.Constant]:
    """All texts but docstrings."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from [node] if id(node) not in docstrings else []


def is_type_by_word(comparison: ast.Compare) -> bool:
    """Whether an SLI's type is compared with anything but that of another SLI."""
    sides = [ast.unparse(side) for side in (comparison.left, *comparison.comparators)]
    return any(s.endswith("sli.type") for s in sides) and not all(
        s.endswith("sli.type") for s in sides
    )


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


def test_names_of_series_and_alerts_are_spelled_in_one_place() -> None:
    """No text outside of compiler/names.py begins as a name of a series, a group or an alert."""
    spelled = [
        show(path, node.lineno, repr(node.value))
        for path in sources()
        if path != PACKAGE / "compiler" / "names.py"
        for node in texts(parsed(path))
        if NAME.match(str(node.value))
    ]

    assert spelled == []


def test_only_an_sli_types_own_file_asks_for_the_type() -> None:
    """No other module imports one, or compares an SLI's type with a word; a dialect names it."""
    types = {path.stem for path in (PACKAGE / "sli").glob("*.py")} - SHARED - {"__init__"}
    modules = {f"slokit.sli.{name}" for name in types}
    asked = [
        show(path, node.lineno, ast.unparse(node))
        for path in sources()
        if not path.relative_to(ROOT).as_posix().startswith(TYPES_AT)
        for node in ast.walk(parsed(path))
        if (isinstance(node, ast.ImportFrom) and node.module in modules)
        or (
            isinstance(node, ast.ImportFrom)
            and node.module == "slokit.sli"
            and {alias.name for alias in node.names} & types
        )
        or (isinstance(node, ast.Compare) and is_type_by_word(node))
        or (isinstance(node, ast.Match) and ast.unparse(node.subject).endswith("sli.type"))
    ]

    assert asked == []


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
