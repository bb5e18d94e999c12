"""The recipes of CONTRIBUTING.md: each is followed in a copy of the repository, to the letter.

`New file`, `In` and `At the end of` above a block say what to do with it. In a line, `…` stands for
what a registry or an import holds already; a line that ends in it is there, and those below follow.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.command import ROOT

PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
STEP = re.compile(
    r"^(?P<verb>New file|In|At the end of) `(?P<path>[^`]+)`[^\n]*:\n\n"
    r"(?P<fence>`{3,})\w*\n(?P<body>.*?)^(?P=fence)$",
    re.MULTILINE | re.DOTALL,
)
COPIED = ("slokit", "scripts", "tests", "docs", "slo-specs", "alert-rules", "dashboards")
HEAD = re.compile(r"(?P<head>.*? = [({]|.*? import )(?P<rest>.*)")
CLOSING = {"(": ")", "{": "}"}
SPEC = """\
apiVersion: slokit/v1
service: shop
slos:
  - {name: probed, objective: 99%, sli: {probe: {success: probe_success}}}
---
{promise: orders, bad: errors_total, total: requests_total, target: 99.9%}
"""


@dataclass(frozen=True)
class Step:
    """One block: what to do with it, and in which file."""

    verb: str
    path: str
    body: str


def steps() -> Iterator[Step]:
    """All steps of all recipes, in their order."""
    for found in STEP.finditer(PAGE):
        yield Step(found["verb"], found["path"], found["body"])


def follow(step: Step, root: Path) -> None:
    """Do what a step says."""
    path = root / step.path
    if step.verb == "New file":
        assert not path.exists(), f"{step.path} is there already"
        path.write_text(step.body, encoding="utf-8")
        return
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text + step.body if step.verb == "At the end of" else with_lines(text, step.body),
        encoding="utf-8",
    )


def with_lines(text: str, lines: str) -> str:
    """The text of a file with the lines of a step in it."""
    anchor = ""
    for line in lines.splitlines():
        before, there, after = line.partition("…")
        if there and after:
            text = with_entry(text, line)
        elif there:
            anchor = before
            assert text.count(f"\n{anchor}") == 1, anchor
        else:
            end = text.index("\n", text.index(f"\n{anchor}") + 1) + 1
            text, anchor = f"{text[:end]}{line}\n{text[end:]}", line
    return text


def with_entry(text: str, line: str) -> str:
    """The text with one entry more in a registry, or one name more in an import."""
    found = HEAD.fullmatch(line)
    assert found, line
    head, (first, _, last) = found["head"], found["rest"].partition("…")
    assert text.count(f"\n{head}") == 1, head
    start = text.index(f"\n{head}") + 1 + len(head)
    bracket = head[-1] if head[-1] in CLOSING else "("
    is_open = head[-1] in CLOSING or text[start] == bracket
    end = closing(text, start, bracket) if is_open else text.index("\n", start)
    held = text[start:end].rstrip().removesuffix(",")
    added = last.removesuffix(CLOSING.get(head[-1], "\0"))
    return f"{text[:start]}{first}{held}{added}{text[end:]}"


def closing(text: str, start: int, opening: str) -> int:
    """Where the bracket ends that is open at ``start``, or begins there."""
    depth = 0 if text[start] == opening and text[start - 1] != opening else 1
    for position in range(start, len(text)):
        depth += (text[position] == opening) - (text[position] == CLOSING[opening])
        if depth == 0:
            return position
    raise AssertionError(f"{opening} is never closed")


def run(root: Path, *command: str) -> str:
    """Run a module of Python in the copy, with the copy's slokit; its output."""
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root), "NO_COLOR": "1", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository with everything in it that the recipes add, formatted and documented."""
    root = tmp_path_factory.mktemp("recipes") / "slokit"
    root.mkdir()
    for name in COPIED:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, root / name, ignore=ignored)
    for file in (*ROOT.glob("*.md"), *ROOT.glob("*.toml"), *ROOT.glob("*.yaml")):
        shutil.copy(file, root)
    for step in steps():
        follow(step, root)
    run(root, "ruff", "check", "--fix-only", "--quiet", "slokit")
    run(root, "ruff", "format", "--quiet", "slokit")
    run(root, "scripts.write_reference")
    run(root, "slokit", "compile")
    return root


def test_every_recipe_is_whole() -> None:
    """Each has a new file and a line in a registry or list, and ends with what to prove."""
    page = PAGE.partition("\n## Recipes\n")[2].partition("\n## What a reviewer refuses\n")[0]
    recipes = page.split("\n### ")[1:]

    assert len(recipes) == 9
    for recipe in recipes:
        verbs = {found["verb"] for found in STEP.finditer(recipe)}
        assert verbs >= {"New file", "In"}, recipe.partition("\n")[0]
        assert recipe.rstrip().splitlines()[-1].startswith("- ")


def test_what_the_recipes_show_keeps_the_house_rules(copy: Path) -> None:
    """Their code is formatted, and has no fault that ruff knows."""
    new = [step.path for step in steps() if step.verb == "New file" and step.path.endswith(".py")]
    shown = {step.path: step.body for step in steps()}

    assert [path for path in new if (copy / path).read_text() != shown[path]] == []
    run(copy, "ruff", "check", "--quiet", "slokit")


def test_the_tests_of_the_registries_take_what_the_recipes_add(copy: Path) -> None:
    """Cases, pages, schemas, examples, panels and house rules: all parametrised by registries."""
    out = run(
        copy, "pytest", "-q", "-p", "no:cacheprovider", "-k",
        "SLK499 or SLK699 or probe or old_server or registered or test_grid or every or rules",
        "tests/cases", "tests/meta/test_code_pages.py", "tests/meta/test_house_rules.py",
        "tests/meta/test_registries.py", "tests/unit/livecheck/test_registry.py",
        "tests/unit/project/test_schemas.py", "tests/unit/dashboards/test_grid.py",
        "tests/unit/test_docstring_examples.py", "tests/unit/diagnostics/test_machine_formats.py",
    )  # fmt: skip

    assert re.search(r"\b[1-9]\d+ passed", out)


def test_the_commands_know_what_the_recipes_add(copy: Path, tmp_path: Path) -> None:
    """A spec of the new type beside one of the new dialect compiles to the new target."""
    (tmp_path / "slokit.yaml").write_text("bundle: test\nspecs: [spec.yaml]\n")
    (tmp_path / "spec.yaml").write_text(SPEC)
    project = ("--project", str(tmp_path / "slokit.yaml"))
    made = ("--target", "alert-names", "--target", "dashboards", "--target", "prometheus")

    run(copy, "slokit", "compile", *project, *made)

    names = (tmp_path / "alert-names" / "test.txt").read_text().splitlines()
    rules = (tmp_path / "alert-rules" / "shop.rules.yaml").read_text()
    assert names[1] == "SLOBudgetBurn"
    assert "max(probe_success <= Inf) < bool 1" in rules
    assert (tmp_path / "alert-rules" / "orders.rules.yaml").is_file()
    assert (tmp_path / "dashboards" / "test.events.json").is_file()
    (tmp_path / "spec.yaml").write_text(SPEC.replace("name: probed", "name: shop"))
    assert run(copy, "slokit", "validate", *project, "--format", "count") == "SLK499 1\n"
    assert "probes" in run(copy, "slokit", "catalog", "list")


def test_the_reference_knows_what_the_recipes_add(copy: Path) -> None:
    """`make docs` has written it all, out of the registries."""
    reference = {page.stem: page.read_text() for page in (copy / "docs" / "reference").glob("*.md")}

    assert "## `sli: probe`" in reference["spec"]
    assert "| `alert-names` |" in reference["project-file"]
    assert "json or brief." in reference["commands"]
    assert "gitlab or count." in reference["commands"]
    assert "`alert/named-twice`" in reference["codes"]
    assert "| old-server |" in reference["checks"]
    assert "| `probe` | seconds | seconds | `level` |" in reference["ledger"]
