"""Findings with the address of their page, where the project says where the pages are."""

import json
from pathlib import Path

import pytest

from tests.support.command_here import slokit

WRONG = "apiVersion: slokit/v1\nservice: shop\nslos: [{name: a, objective: 9}]\n"
PAGE = "https://docs.example.com/slokit/codes/SLK211.md"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "slokit.yaml").write_text("links: {docs: https://docs.example.com/slokit/}\n")
    (tmp_path / "slo-specs").mkdir()
    (tmp_path / "slo-specs" / "shop.yaml").write_text(WRONG)
    return tmp_path


def test_text_says_the_command_and_the_address(project: Path) -> None:
    """Without an address the command alone."""
    addressed = slokit(project, "validate").out
    (project / "slokit.yaml").write_text("bundle: test\n")
    bare = slokit(project, "validate").out

    assert f"= help: slokit explain SLK211, {PAGE}\n" in addressed
    assert "= help: slokit explain SLK211\n" in bare


def test_programs_get_it_too(project: Path) -> None:
    """`url` of JSON, helpUri of SARIF."""
    found = json.loads(slokit(project, "validate", "--format", "json").out)["findings"]
    (run,) = json.loads(slokit(project, "validate", "--format", "sarif").out)["runs"]

    assert PAGE in {finding["url"] for finding in found}
    assert PAGE in {rule["helpUri"] for rule in run["tool"]["driver"]["rules"]}
