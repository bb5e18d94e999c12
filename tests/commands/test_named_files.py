"""Commands with files named read the whole bundle, and judge only what is named."""

from pathlib import Path

import pytest

from tests.edge.misbehaving import MisbehavingServer, empty
from tests.security.projects import put, spec, tree
from tests.support.command_here import slokit

BROKEN = spec("broken").replace("99%", "lots")
WARNED = spec("warned").replace("99%", "90%")
NOTE = "that were not named: `slokit validate` shows all\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Two sound services, one with an error, and one with a warning."""
    put(tmp_path, {"slokit.yaml": "bundle: test\n", "slo-specs/shop.yaml": spec("shop")})
    put(tmp_path, {"slo-specs/broken.yaml": BROKEN, "slo-specs/warned.yaml": WARNED})
    put(tmp_path, {"slo-specs/team/pay.yaml": spec("pay")})
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "code", "files"),
    [
        ((), 1, {"broken", "warned"}),
        (("slo-specs/shop.yaml",), 0, set()),
        (("slo-specs/team",), 0, set()),
        (("slo-specs/warned.yaml",), 0, {"warned"}),
        (("slo-specs/shop.yaml", "slo-specs/broken.yaml"), 1, {"broken"}),
        (("slo-specs/*d.yaml",), 0, {"warned"}),
        (("--strict", "slo-specs/shop.yaml", "slo-specs/team"), 0, set()),
        (("--strict", "slo-specs/warned.yaml"), 1, {"warned"}),
    ],
)
def test_validate_judges_what_is_named(
    project: Path, arguments: tuple[str, ...], code: int, files: set[str]
) -> None:
    """Findings and exit code are those of the named files; of others their number is said."""
    ran = slokit(project, "validate", "--format", "line", *arguments)

    assert ran.code == code, ran
    assert {Path(line.partition(":")[0]).stem for line in ran.out.splitlines()} == files
    is_said = bool(arguments) and "broken" not in files
    assert ran.err == (f"1 error in 1 file {NOTE}" if is_said else "")


def test_what_concerns_a_named_file_and_another_is_judged(project: Path) -> None:
    """A service that exists twice is said whichever of its two files is named."""
    put(project, {"slo-specs/a.yaml": spec("shop")})

    for name in ("a", "shop"):
        ran = slokit(project, "validate", "--format", "line", f"slo-specs/{name}.yaml")

        assert (ran.code, "SLK204" in ran.out) == (1, True)


def test_slokit_yaml_counts_for_all(project: Path) -> None:
    """Each spec is read under its settings."""
    put(project, {"slokit.yaml": "bundle: test\ncolour: red\n"})

    ran = slokit(project, "validate", "slo-specs/shop.yaml")

    assert (ran.code, "SLK103" in ran.out) == (1, True)


def test_compile_writes_what_is_named(project: Path) -> None:
    """A sound service is written beside a broken one; files that hold both are left alone."""
    whole = slokit(project, "compile", "--target", "prometheus")
    ran = slokit(project, "compile", "--target", "prometheus", "slo-specs/shop.yaml")
    written = set(tree(project / "alert-rules"))
    checked = slokit(project, "compile", "--target", "prometheus", "--check", "slo-specs/shop.yaml")
    refused = slokit(project, "compile", "slo-specs/broken.yaml")

    assert (whole.code, ran.code, checked.code, refused.code) == (1, 0, 0, 1)
    assert written == {"shop.rules.yaml"}
    assert "left alone the files of the bundle as a whole: other specs have errors\n" in ran.out
    assert ran.err == f"1 error in 1 file {NOTE}"


def test_compile_writes_the_bundle_when_all_is_sound(project: Path) -> None:
    """The whole bundle is read whatever is named: its own rules serve all services."""
    (project / "slo-specs" / "broken.yaml").unlink()

    slokit(project, "compile", "--target", "prometheus", "slo-specs/shop.yaml")

    assert set(tree(project / "alert-rules")) == {"shop.rules.yaml", "test.bundle.rules.yaml"}


@pytest.mark.parametrize("command", ["check", "report"])
def test_a_live_command_judges_what_is_named(project: Path, command: str) -> None:
    """An error elsewhere is no finding, and keeps nothing from being asked."""
    with MisbehavingServer(empty) as server:
        ran = slokit(project, command, "--prometheus", server.url, "slo-specs/shop.yaml")

    assert server.seen
    assert "broken" not in ran.out + ran.err
