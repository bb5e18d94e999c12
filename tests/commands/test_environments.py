"""Environments of slokit.yaml: each is a bundle of its own, in a directory of its own."""

from pathlib import Path
from typing import Any

import pytest
import yaml

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


@pytest.mark.parametrize("place", ["stage/alert-rules/orders.rules.yaml", "stage/dashboards"])
def test_what_is_in_the_way_of_one_keeps_all_from_being_written(root: Path, place: str) -> None:
    """Files of all environments are written, or of none: a deployment never has half of them."""
    slokit(root, "compile")
    (root / "slokit.yaml").write_text(PROJECT.replace("200ms", "300ms").replace("2s", "3s"))
    (root / place).rename(root / "aside")
    (root / place).write_text("mine: true\n")
    before = tree(root)

    ran = slokit(root, "compile")

    assert ran.code == 4, ran
    assert place in ran.err
    assert tree(root) == before
    (root / place).unlink()
    assert "changed prod/alert-rules/orders.rules.yaml" in slokit(root, "compile").out


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


EVERYTHING = """\
bundle: shop
targets: [prometheus, tests, dashboards, prometheus-operator, alertmanager, argo-rollouts, flagger,
  vmalert: {format: vmrule}]
alertmanager: {receivers: {ops: {webhook: {url: "http://localhost:1"}}}, default: ops}
environments:
  prod: {lag: 200ms}
  stage: {lag: 2s}
"""


def named(documents: list[Any]) -> list[str]:
    """What a server knows a document by: its uid, its object's name, the names of its groups."""
    found = []
    for each in documents:
        groups = each.get("groups", each.get("spec", {}).get("groups", ()))
        found += [group["name"] for group in groups]
        found += [each["uid"]] if "uid" in each else []
        if "kind" in each:
            found.append(f"{each['kind']} {each['metadata'].get('name')}")
    return found


def test_no_server_takes_one_environment_for_another(root: Path) -> None:
    """Of every target: groups, dashboards, objects and routes have the bundle in their names."""
    (root / "slokit.yaml").write_text(EVERYTHING)
    assert slokit(root, "compile").code == 0
    made = {
        env: {
            path: [each for each in yaml.safe_load_all(text) if each]
            for path, text in tree(root).items()
            if path.startswith(f"{env}/") and "/tests/" not in path
        }
        for env in ("prod", "stage")
    }

    names = {env: [n for each in of.values() for n in named(each)] for env, of in made.items()}
    assert len(names["prod"]) == len(names["stage"]) > 20
    assert not set(names["prod"]) & set(names["stage"])
    for env, of in made.items():
        [alertmanager] = of[f"{env}/alertmanager/alertmanager.yaml"]
        matchers = [route["matchers"] for route in alertmanager["route"]["routes"]]
        assert matchers == [[f'bundle="shop-{env}"']]
        for rule in alertmanager["inhibit_rules"]:
            assert f'bundle="shop-{env}"' in rule["source_matchers"]
            assert f'bundle="shop-{env}"' in rule["target_matchers"]


def test_what_an_environment_left_is_named_until_it_is_gone(root: Path) -> None:
    """Taken out of slokit.yaml, or from before it had any; never deleted by a compile."""
    slokit(root, "compile")
    (root / "slokit.yaml").write_text(PROJECT.replace("  stage: {lag: 2s, job: stage}\n", ""))
    there = [path for path in tree(root) if path.startswith("stage/")]
    words = f"left alone {len(there)} files of bundle shop-stage in {root}/stage"

    assert words in slokit(root, "compile").out
    assert words in slokit(root, "compile", "--check").out
    assert words not in slokit(root, "compile", "--env", "prod").out
    assert [path for path in tree(root) if path.startswith("stage/")] == there
    for path in there:
        (root / path).unlink()
    assert "left alone" not in slokit(root, "compile").out
    put(root, {"slokit.yaml": "bundle: shop\n", "slo-specs/plain.yaml": spec("plain")})
    (root / "slo-specs/orders.yaml").unlink()
    ran = slokit(root, "compile")
    assert f"of bundle shop-prod in {root}/prod" in ran.out
    (root / "slokit.yaml").write_text(PROJECT)
    assert f"of bundle shop in {root}:" in slokit(root, "compile").out


def test_a_directory_of_something_else_is_nothing_left(root: Path) -> None:
    """Other bundles' files, foreign ones and links do not count."""
    slokit(root, "compile")
    (root / "stage").rename(root / "elsewhere")
    put(root, {"test/alert-rules/own.rules.yaml": "groups: []\n"})
    (root / "link").symlink_to(root / "elsewhere")
    (root / "slokit.yaml").write_text(PROJECT.replace("  stage: {lag: 2s, job: stage}\n", ""))

    assert "left alone" not in slokit(root, "compile").out
