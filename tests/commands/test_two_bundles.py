"""The files of two bundles may lie in one directory: `files: {prefix: bundle}` names them apart."""

import shutil
from pathlib import Path

import pytest
import yaml

from slokit.targets import TARGETS as REGISTRY
from tests.security.projects import put, spec, tree
from tests.support.command import Ran
from tests.support.command_here import slokit

ALL_TARGETS = [word for target in REGISTRY for word in ("--target", target.name)]
ALERTMANAGER = """
alertmanager:
  receivers: {hook: {webhook: {url: "https://hook.example.com"}}}
  default: hook
"""


def compile_into(root: Path, bundle: str, *services: str, prefix: str = "bundle") -> Ran:
    """Compile a bundle of these services into the directory that all of them share."""
    directory = root / bundle
    shutil.rmtree(directory, ignore_errors=True)
    files = f"files: {{prefix: {prefix}}}\n" if prefix else ""
    put(directory, {"slokit.yaml": f"bundle: {bundle}\n{files}{ALERTMANAGER}"})
    put(directory, {f"slo-specs/{name}.yaml": spec(name) for name in services})
    return slokit(directory, "compile", *ALL_TARGETS, "--out", str(root / "out"))


def files_of(root: Path, bundle: str) -> dict[str, str]:
    """The output files that a bundle wrote."""
    mark = f"(bundle {bundle})"
    return {path: text for path, text in tree(root / "out").items() if mark in text[:4000]}


@pytest.mark.parametrize("prefix", ["bundle", ""])
def test_equal_services_of_two_bundles_have_files_of_their_own(tmp_path: Path, prefix: str) -> None:
    """In every target; one of two bundles with a prefix is enough."""
    first = compile_into(tmp_path, "one", "shop", "pay", prefix=prefix)
    before = files_of(tmp_path, "one")
    second = compile_into(tmp_path, "two", "shop", "pay", "bundle")

    assert (first.code, second.code) == (0, 0)
    assert before == files_of(tmp_path, "one")
    assert len(files_of(tmp_path, "two")) >= len(before)
    assert "took over" not in second.out
    assert (tmp_path / "out" / "alert-rules" / "two_bundle.rules.yaml").is_file()


def test_stale_files_of_the_other_bundle_stay(tmp_path: Path) -> None:
    """A removed spec takes its own files along, and no file of the same service elsewhere."""
    compile_into(tmp_path, "one", "shop", "pay")
    compile_into(tmp_path, "two", "shop", "pay")
    before = files_of(tmp_path, "two")
    ran = compile_into(tmp_path, "one", "shop")

    assert "removed alert-rules/one_pay.rules.yaml\n" in ran.out
    assert not [path for path in files_of(tmp_path, "one") if "pay" in path]
    assert files_of(tmp_path, "two") == before
    assert f"left alone {len(before)} files of bundle two" in ran.out


def test_a_prefix_that_is_set_later_renames_the_files(tmp_path: Path) -> None:
    """The old ones are removed by the same run."""
    compile_into(tmp_path, "one", "shop", prefix="")
    ran = compile_into(tmp_path, "one", "shop")

    assert "removed alert-rules/shop.rules.yaml\n" in ran.out
    assert (tmp_path / "out" / "alert-rules" / "one_shop.rules.yaml").is_file()
    assert not (tmp_path / "out" / "alert-rules" / "shop.rules.yaml").exists()


def test_tests_name_the_rules_beside_them(tmp_path: Path) -> None:
    """Promtool finds the files that a test is about."""
    compile_into(tmp_path, "one", "shop")

    directory = tmp_path / "out" / "alert-rules" / "tests"
    assert (directory / "one_shop.test.yaml").is_file()
    for path in directory.glob("*.yaml"):
        for rules in yaml.safe_load(path.read_text())["rule_files"]:
            assert (directory / rules).is_file(), path


def test_without_a_prefix_the_loss_is_said(tmp_path: Path) -> None:
    """A bundle that writes over files of another says how both can be kept."""
    compile_into(tmp_path, "one", "shop", prefix="")
    ran = compile_into(tmp_path, "two", "shop", prefix="")

    assert "files of bundle one: where both bundles exist, set `files: {prefix: bundle}`" in ran.out


def test_diff_says_that_files_are_renamed(tmp_path: Path) -> None:
    """Whoever loads files by name has to know."""
    for name, settings in (("a", ""), ("b", "files: {prefix: bundle}\n")):
        put(tmp_path / name, {"slokit.yaml": f"bundle: one\n{settings}"})
        put(tmp_path / name, {"slo-specs/shop.yaml": spec("shop")})

    ran = slokit(tmp_path, "diff", "a", "b")

    assert "files.prefix: none -> bundle\n      files of services get other names" in ran.out


def test_another_prefix_is_a_finding(tmp_path: Path) -> None:
    """There is one choice."""
    ran = compile_into(tmp_path, "one", "shop", prefix="team")

    assert (ran.code, "'prefix' cannot be 'team'" in ran.err) == (1, True)
