"""The promtool unit tests that slokit generates: written to disk, and run by the real promtool."""

from dataclasses import dataclass
from pathlib import Path

from slokit import api
from slokit.compiler import names
from tests.support.compile.promtool import Outcome, test_rules

TARGETS = ("prometheus", "tests")


@dataclass(frozen=True)
class GeneratedTests:
    """A directory with the rules of a bundle and their unit tests."""

    directory: Path

    @property
    def files(self) -> list[Path]:
        """All files of unit tests."""
        return sorted((self.directory / names.TESTS_DIRECTORY).glob("*.test.yaml"))

    def of(self, owner: str) -> list[Path]:
        """The files of one service, or of the bundle's own rules."""
        return [path for path in self.files if path.name.split(".")[0] == owner]

    def run(self, owner: str) -> Outcome:
        """What promtool says to the files of a service or of the bundle."""
        return test_rules(self.of(owner))


def generated_tests(project: Path) -> GeneratedTests:
    """Compile the bundle of this slokit.yaml, with its unit tests, into the directory beside it."""
    loaded = api.load(project=str(project))
    assert not loaded.errors, "\n".join(map(str, loaded.errors))
    for artifact in api.compile(loaded.bundle, TARGETS):
        path = project.parent / artifact.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(artifact.text)
    return GeneratedTests(project.parent)
