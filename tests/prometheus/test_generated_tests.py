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
