"""The unit tests that slokit generates: promtool runs them, and the rules pass."""

import shutil
from pathlib import Path

import pytest

from tests.support.generated_tests import GeneratedTests, generated_tests

pytestmark = pytest.mark.programs("promtool")

SPECS = Path(__file__).parents[1] / "fixtures" / "specs"
SYSTEMS = sorted(path.stem for path in SPECS.glob("*.yaml") if path.stem != "slokit")


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> GeneratedTests:
    """The eight reference systems, compiled with their unit tests."""
    directory = tmp_path_factory.mktemp("reference") / "specs"
    shutil.copytree(SPECS, directory)
    return generated_tests(directory / "slokit.yaml")


@pytest.mark.parametrize("system", SYSTEMS)
def test_rules_of_every_reference_system_pass_their_own_tests(
    reference: GeneratedTests, system: str
) -> None:
    """From raw series to the ledger, and from the ledger to alerts, promtool finds what is due."""
    outcome = reference.run(system)

    assert outcome.ok, outcome.output
    assert len(reference.of(system)) == 2


@pytest.mark.parametrize("memory", ["3m", "12m", "20m", "1h"])
def test_members_are_played_as_long_as_they_are_remembered(tmp_path: Path, memory: str) -> None:
    """However short the memory is, the story expects what it holds, of each, of all and of one."""
    spec = "apiVersion: slokit/v1\nservice: shop\nslos:\n"
    for aggregate in ("each", "worst", "sum"):
        sli = f"{{metric: up, at_least: 1, aggregate: {aggregate}, remember: {memory}}}"
        spec += f"  - {{name: {aggregate}, objective: 99%, sli: {{threshold: {sli}}}}}\n"
    (tmp_path / "shop.yaml").write_text(spec)
    (tmp_path / "slokit.yaml").write_text("bundle: test\nspecs: shop.yaml\n")

    outcome = generated_tests(tmp_path / "slokit.yaml").run("shop")

    assert outcome.ok, outcome.output
