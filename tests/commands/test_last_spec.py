"""When the last spec of a bundle is deleted, its files go, and nothing else does."""

import shutil
from pathlib import Path

from tests.security.projects import put, spec, tree
from tests.support.command_here import slokit


def compiled(directory: Path) -> dict[str, str]:
    """A bundle with one service, compiled, and the spec deleted: the files that it wrote."""
    put(directory, {"slokit.yaml": "bundle: b\n", "slo-specs/a.yaml": spec("a")})
    before = tree(directory)
    assert slokit(directory, "compile").code == 0
    (directory / "slo-specs/a.yaml").unlink()
    return {path: text for path, text in tree(directory).items() if path not in before}


def test_the_rules_of_the_bundle_are_removed_and_listed(tmp_path: Path) -> None:
    """The exit code stays the one of "no specs"; a second run finds nothing to do."""
    written = compiled(tmp_path)

    ran = slokit(tmp_path, "compile")

    assert ran.code == 3
    assert ran.out.splitlines() == [f"removed {path}" for path in sorted(written)]
    assert (
        ran.err == "slokit: no slokit specs in slo-specs: run `slokit init` to write a first one\n"
    )
    assert set(tree(tmp_path)) == {"slokit.yaml"}
    assert slokit(tmp_path, "compile").out == ""


def test_a_check_says_what_would_be_removed(tmp_path: Path) -> None:
    """It removes nothing."""
    written = compiled(tmp_path)
    before = tree(tmp_path)

    ran = slokit(tmp_path, "compile", "--check")

    assert ran.code == 3
    assert [f"would remove {path}" for path in sorted(written)] == ran.out.splitlines()[:-1]
    assert ran.out.splitlines()[-1] == "out of date: run `slokit compile`"
    assert tree(tmp_path) == before


def test_specs_that_are_nowhere_remove_nothing(tmp_path: Path) -> None:
    """The path may be misspelt, and so may one of several."""
    compiled(tmp_path)
    for settings in ("", "specs: [slo-specs, specs]\n", "specs: [specs]\n"):
        put(tmp_path, {"slokit.yaml": f"bundle: b\n{settings}"})
        if not settings:
            shutil.rmtree(tmp_path / "slo-specs")
        before = tree(tmp_path)

        assert slokit(tmp_path, "compile").code == 3
        assert tree(tmp_path) == before
        (tmp_path / "slo-specs").mkdir(exist_ok=True)


def test_a_path_without_specs_on_the_command_line_removes_nothing(tmp_path: Path) -> None:
    """Arguments select what is written; only a run without them removes."""
    compiled(tmp_path)
    before = tree(tmp_path)

    assert slokit(tmp_path, "compile", "slo-specs").code == 3
    assert tree(tmp_path) == before


def test_files_of_others_stay(tmp_path: Path) -> None:
    """Those of another bundle and those that slokit did not write."""
    compiled(tmp_path)
    rules = (tmp_path / "alert-rules/a.rules.yaml").read_text()
    others = {
        "alert-rules/other.rules.yaml": rules.replace("(bundle b)", "(bundle other)"),
        "alert-rules/mine.rules.yaml": "groups: []\n",
    }
    put(tmp_path, others)

    assert slokit(tmp_path, "compile").code == 3
    assert set(tree(tmp_path)) == {"slokit.yaml", *others}
