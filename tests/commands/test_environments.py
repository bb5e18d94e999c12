"""Environments of slokit.yaml: each is a bundle of its own, in a directory of its own."""

from pathlib import Path
from typing import Any

import pytest

from slokit import api
from slokit.diagnostics.errors import UsageError
from slokit.project.project_file import read_project
from tests.security.projects import put, spec, tree
from tests.support.command_here import slokit

PROJECT = "bundle: shop\nenvironments:\n  prod: {lag: 200ms}\n  stage: {lag: 2s, job: stage}\n"
SPEC = """\
apiVersion: slokit/v1
use: ./lag.yaml
with: {name: orders}
"""
TEMPLATE = """\
apiVersion: slokit/v1
parameters: {name: , lag: , job: {default: prod}}
service: ${name}
slos:
  - name: lag
    objective: 99%
    sli: {threshold: {metric: "lag_seconds{job=\\"${job}\\"}", at_most: "${lag}"}}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project of two environments."""
    put(tmp_path, {"slokit.yaml": PROJECT, "slo-specs/orders.yaml": SPEC})
    put(tmp_path, {"slo-specs/lag.yaml": TEMPLATE})
    return tmp_path


def test_both_are_written_without_clashes(root: Path) -> None:
    """No file and no series of one has the name of one of the other's."""
    ran = slokit(root, "compile", "--env", "prod", "--env", "stage")
    made = {path: text for path, text in tree(root).items() if path.startswith(("prod/", "stage/"))}

    assert ran.code == 0, ran
    assert "created prod/alert-rules/shop-prod.bundle.rules.yaml" in ran.out
    assert "created stage/alert-rules/shop-stage.bundle.rules.yaml" in ran.out
    for path, text in made.items():
        other = "shop-stage" if path.startswith("prod/") else "shop-prod"
        assert other not in text
    rules = [made[f"{env}/alert-rules/orders.rules.yaml"] for env in ("prod", "stage")]
    assert "bool 0.2" in rules[0]
    assert 'job="prod"' in rules[0]
    assert "bool 2)" in rules[1] or "bool 2\n" in rules[1]
    assert 'job="stage"' in rules[1]


@pytest.mark.parametrize(
    "command", ["validate", "compile", "compile --check", "explain orders/lag"]
)
@pytest.mark.parametrize("choice", ["", " --env prod"])
def test_the_bundle_file_is_read_once(
    root: Path, monkeypatch: pytest.MonkeyPatch, command: str, choice: str
) -> None:
    """Whichever environments are meant, a command reads slokit.yaml once and sees one state."""
    (root / "slokit.yaml").write_text(PROJECT.replace("  stage: {lag: 2s, job: stage}\n", ""))
    read = []

    def counted(name: str, *given: Any) -> Any:
        read.append(name)
        return read_project(name, *given)

    monkeypatch.setattr("slokit.project.loading.read_project", counted)
    ran = slokit(root, *f"{command}{choice}".split())

    assert ran.code in (0, 1), ran
    assert read == ["slokit.yaml"]


def test_without_a_choice_all_are_written_and_one_alone_is_the_same(root: Path) -> None:
    """The bytes of an environment do not depend on which others are written."""
    slokit(root, "compile", "--env", "prod", "--env", "stage")
    both = tree(root)
    again = slokit(root, "compile")
    alone = slokit(root, "compile", "--env", "prod", "--out", "alone")

    assert "0 files written" in again.out
    assert tree(root / "alone/prod") == {
        path.removeprefix("prod/"): text for path, text in both.items() if path.startswith("prod/")
    }
    assert alone.code == 0
    assert not (root / "alone/stage").exists()


def test_drift_of_any_fails_and_names_it(root: Path) -> None:
    """`compile --check` looks at all of them."""
    slokit(root, "compile")
    assert slokit(root, "compile", "--check").code == 0
    (root / "slokit.yaml").write_text(PROJECT.replace("2s", "3s"))

    ran = slokit(root, "compile", "--check")

    assert ran.code == 1
    assert "would change stage/alert-rules/orders.rules.yaml" in ran.out
    assert "prod/" not in ran.out


def test_a_removed_use_is_removed_from_all(root: Path) -> None:
    """Files of removed specs go, environment by environment."""
    put(root, {"slo-specs/other.yaml": SPEC.replace("orders", "other")})
    slokit(root, "compile")
    (root / "slo-specs/other.yaml").unlink()

    ran = slokit(root, "compile")

    assert "removed prod/alert-rules/other.rules.yaml" in ran.out
    assert "removed stage/alert-rules/other.rules.yaml" in ran.out


def test_validate_looks_at_all_and_says_which_one_is_at_fault(root: Path) -> None:
    """What all of them have in common is shown once."""
    (root / "slokit.yaml").write_text(PROJECT.replace("2s", "2x"))

    ran = slokit(root, "validate")
    assert ran.code == 1
    assert "(in stage)" in ran.out
    assert "slokit.yaml:4" in ran.out
    assert slokit(root, "validate", "--env", "prod").code == 0

    (root / "slo-specs/lag.yaml").write_text(TEMPLATE.replace("at_most", "atmost"))
    assert slokit(root, "validate").out.count("unknown key 'atmost'") == 1


@pytest.mark.parametrize(
    "command", [("explain", "orders/lag"), ("report", "--plan"), ("diff", "."), ("check",)]
)
def test_what_looks_at_one_asks_which(root: Path, command: tuple[str, ...]) -> None:
    """A report, an explanation, a difference or a check is about one bundle."""
    ran = slokit(root, *command)

    assert ran.code == 2
    assert "--env prod or stage" in ran.err or "name the new one" in ran.err


def test_one_is_explained_planned_and_compared(root: Path) -> None:
    """With its own bundle and values."""
    assert "bundle shop-stage" in slokit(root, "explain", "orders/lag", "--env", "stage").out
    assert 'bundle="shop-prod"' in slokit(root, "report", "--plan", "--env", "prod").out
    put(root / "old", {"slokit.yaml": PROJECT, "slo-specs/lag.yaml": TEMPLATE})
    put(root / "old", {"slo-specs/orders.yaml": SPEC})
    (root / "slokit.yaml").write_text(PROJECT.replace("2s", "3s"))
    assert "orders/lag" in slokit(root, "diff", "old", ".", "--env", "stage").out
    assert "orders/lag" not in slokit(root, "diff", "old", ".", "--env", "prod").out


def test_the_only_one_needs_no_choice(root: Path) -> None:
    """A project with one environment is always that one."""
    (root / "slokit.yaml").write_text("bundle: shop\nenvironments: {prod: {lag: 200ms}}\n")

    assert "bundle shop-prod" in slokit(root, "explain", "orders/lag").out


def test_an_unknown_one_is_refused(root: Path) -> None:
    """With the names that there are."""
    ran = slokit(root, "compile", "--env", "production")

    assert ran.code == 2
    assert "no such environment 'production': choose prod or stage" in ran.err
    (root / "slokit.yaml").write_text("bundle: shop\n")
    with pytest.raises(UsageError, match=r"slokit.yaml has none"):
        api.load(directory=root, env="prod")


def test_values_go_from_the_use_to_the_environment_to_the_default(root: Path) -> None:
    """The nearer one wins."""

    def metric(env: str) -> str:
        [slo] = api.load(directory=root, env=env).bundle.slos
        return next(iter(slo.sli.sides())).texts[0]

    assert metric("stage") == 'lag_seconds{job="stage"}'
    assert metric("prod") == 'lag_seconds{job="prod"}'
    (root / "slo-specs/orders.yaml").write_text(SPEC.replace("orders", "orders, job: mine"))
    assert metric("stage") == 'lag_seconds{job="mine"}'


def test_a_value_that_no_template_takes_is_a_finding(root: Path) -> None:
    """A misspelt name in slokit.yaml changes nothing, and says so."""
    (root / "slokit.yaml").write_text(PROJECT.replace("lag: 2s,", "lag: 2s, lags: 3s,"))

    ran = slokit(root, "validate")

    assert "no template has a parameter 'lags' (in stage)" in ran.out
    assert "did you mean 'lag'?" in ran.out


def test_services_without_a_template_are_in_each_environment(root: Path) -> None:
    """Each bundle is whole."""
    put(root, {"slo-specs/plain.yaml": spec("plain")})
    slokit(root, "compile")

    assert (root / "prod/alert-rules/plain.rules.yaml").exists()
    assert (root / "stage/alert-rules/plain.rules.yaml").exists()


def test_a_name_that_is_too_long_for_a_bundle_is_a_finding(root: Path) -> None:
    """The bundle is called `<bundle>-<environment>`, of 63 characters at most."""
    (root / "slokit.yaml").write_text(f"bundle: {'a' * 50}\nenvironments: {{{'b' * 20}: {{}}}}\n")

    ran = slokit(root, "validate")

    assert ran.code == 1
    assert "is longer than 63 characters" in ran.out
