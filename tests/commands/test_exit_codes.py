"""Exit codes and what stands on which stream: what a CI job relies on."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.command import ROOT
from tests.support.command_here import slokit

GOOD = "apiVersion: slokit/v1\nservice: shop\nslos:\n  - name: a\n    objective: 99%\n"
GOOD += "    sli: {events: {bad: b, total: t}}\n"
BAD = GOOD.replace("99%", "200%")
DOUBTFUL = GOOD.replace("99%", "90%")


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A directory with a bundle of one sound SLO."""
    (tmp_path / "slo-specs").mkdir()
    (tmp_path / "slokit.yaml").write_text("bundle: test\n")
    (tmp_path / "slo-specs/shop.yaml").write_text(GOOD)
    return tmp_path


def rewrite(bundle: Path, text: str) -> None:
    (bundle / "slo-specs/shop.yaml").write_text(text)


def test_sound_specs_are_fine(bundle: Path) -> None:
    """0; what was done stands on standard output, and nothing on the other."""
    checked, made = slokit(bundle, "validate"), slokit(bundle, "compile")

    assert (checked.code, checked.out, checked.err) == (
        0,
        "1 SLO of 1 service: no findings\n",
        "",
    )
    assert (made.code, made.err) == (0, "")
    assert (bundle / "alert-rules/shop.rules.yaml").is_file()


def test_errors_are_1_and_nothing_is_written(bundle: Path) -> None:
    """`validate` shows findings on standard output, `compile` beside it."""
    rewrite(bundle, BAD)
    checked, made = slokit(bundle, "validate"), slokit(bundle, "compile")

    assert (checked.code, made.code) == (1, 1)
    assert "SLK201" in checked.out
    assert "SLK201" in made.err
    assert made.out == "nothing was written\n"
    assert not (bundle / "alert-rules").exists()


def test_a_path_without_specs_is_3_whatever_else_the_bundle_holds(bundle: Path) -> None:
    """A mistyped directory is not a sound one, and nothing is compiled for it."""
    (bundle / "charts").mkdir()
    (bundle / "charts/values.yaml").write_text("replicas: 3\n")

    for command in ("validate", "compile"):
        ran = slokit(bundle, command, "charts")
        assert (ran.code, ran.out) == (3, "")
        assert "no slokit specs in charts" in ran.err
    assert not (bundle / "alert-rules").exists()


def test_errors_keep_the_old_output(bundle: Path) -> None:
    """A spec that turned faulty changes no file that was compiled from it."""
    slokit(bundle, "compile")
    before = {path: path.read_bytes() for path in bundle.rglob("*.yaml") if "alert" in str(path)}
    rewrite(bundle, BAD)

    assert slokit(bundle, "compile").code == 1
    assert {path: path.read_bytes() for path in before} == before


def test_warnings_are_1_only_where_they_count(bundle: Path) -> None:
    """--strict makes warnings errors, for both commands; notes never are."""
    rewrite(bundle, DOUBTFUL)

    assert [slokit(bundle, c).code for c in ("validate", "compile")] == [0, 0]
    assert [slokit(bundle, c, "--strict").code for c in ("validate", "compile")] == [1, 1]
    rewrite(bundle, GOOD.replace("bad: b", 'bad: "sum(rate(b[$window])) or vector(0)"'))
    assert "note[SLK310" in slokit(bundle, "validate", "--strict").out
    assert slokit(bundle, "validate", "--strict").code == 0


def test_ignored_warnings_do_not_count(bundle: Path) -> None:
    """A comment or the bundle file silences one, also under --strict."""
    rewrite(bundle, DOUBTFUL.replace("90%", "90%  # slokit: ignore[SLK401] by day"))
    assert slokit(bundle, "validate", "--strict").code == 0
    rewrite(bundle, DOUBTFUL)
    (bundle / "slokit.yaml").write_text("bundle: test\nlint: {disable: [SLK401]}\n")
    assert slokit(bundle, "validate", "--strict").code == 0


def test_drift_is_1_and_changes_nothing(bundle: Path) -> None:
    """`compile --check` lists what would change; once it is compiled, there is no drift."""
    first = slokit(bundle, "compile", "--check")
    assert first.code == 1
    assert "would create alert-rules/shop.rules.yaml" in first.out
    assert not (bundle / "alert-rules").exists()

    slokit(bundle, "compile")
    assert slokit(bundle, "compile", "--check").code == 0

    rewrite(bundle, GOOD.replace("99%", "98%"))
    assert "would change alert-rules/shop.rules.yaml" in slokit(bundle, "compile", "--check").out

    (bundle / "slo-specs/shop.yaml").rename(bundle / "slo-specs/till.yaml")
    (bundle / "slo-specs/till.yaml").write_text(GOOD.replace("shop", "till"))
    last = slokit(bundle, "compile", "--check")
    assert (last.code, "would remove alert-rules/shop.rules.yaml" in last.out) == (1, True)


@pytest.mark.parametrize(
    "arguments",
    [
        ["compile", "--no-such-option"],
        ["no-such-command"],
        ["validate", "nowhere.yaml"],
        ["validate", "--project", "nowhere.yaml"],
        ["validate", "--format", "xml"],
        ["compile", "--target", "nagios"],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_2(bundle: Path, arguments: list[str]) -> None:
    """It is said on standard error, and nothing is written."""
    ran = slokit(bundle, *arguments)

    assert (ran.code, ran.out) == (2, "")
    assert ran.err
    assert not (bundle / "alert-rules").exists()


@pytest.mark.parametrize("command", ["validate", "compile"])
def test_no_specs_is_3(tmp_path: Path, command: str) -> None:
    """An empty directory ends in one line that says what to do."""
    ran = slokit(tmp_path, command)

    assert (ran.code, ran.out) == (3, "")
    assert (
        ran.err == "slokit: no slokit specs in slo-specs: run `slokit init` to write a first one\n"
    )


@pytest.mark.parametrize("command", ["validate", "compile"])
def test_a_file_that_cannot_be_read_is_4(bundle: Path, command: str) -> None:
    """One line names it and the reason."""
    (bundle / "slo-specs/loop.yaml").symlink_to("loop.yaml")

    ran = slokit(bundle, command)

    assert (ran.code, ran.out) == (4, "")
    assert ran.err == (
        "slokit: cannot read slo-specs/loop.yaml: Too many levels of symbolic links\n"
    )


@pytest.mark.parametrize("out", ["taken", "taken/below", "/proc/nowhere"])
def test_an_output_that_cannot_be_written_is_4(bundle: Path, out: str) -> None:
    """One line names the place and the reason."""
    (bundle / "taken").write_text("")

    ran = slokit(bundle, "compile", "--out", out)

    assert (ran.code, ran.out) == (4, "")
    assert ran.err.startswith("slokit: cannot ")
    assert out in ran.err
    assert ran.err.count("\n") == 1


def test_a_foreign_file_in_the_way_is_4(bundle: Path) -> None:
    """It is named and left alone; the check for drift stops in the same way."""
    (bundle / "alert-rules").mkdir()
    (bundle / "alert-rules/shop.rules.yaml").write_text("groups: []\n")

    for arguments in (["compile"], ["compile", "--check"]):
        ran = slokit(bundle, *arguments)

        assert (ran.code, ran.out) == (4, "")
        assert "was not written by slokit" in ran.err
    assert (bundle / "alert-rules/shop.rules.yaml").read_text() == "groups: []\n"


@pytest.mark.parametrize("arguments", [["validate"], ["compile", "--check"], ["--help"]])
def test_a_reader_that_leaves_is_no_crash(bundle: Path, arguments: list[str]) -> None:
    """Where the other end of a pipe is closed, the command ends without a word."""
    many = (BAD.replace("shop", f"shop-{number}") for number in range(400))
    rewrite(bundle, "---\n".join(many))
    reader, writer = os.pipe()
    os.close(reader)

    done = subprocess.run(
        [sys.executable, "-c", "from slokit.__main__ import main; main()", *arguments],
        cwd=bundle,
        stdout=writer,
        stderr=writer if arguments == ["compile", "--check"] else subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
        timeout=60,
    )
    os.close(writer)

    assert done.stderr in {b"", None}
    assert done.returncode in {0, 1, 4}


def test_a_closed_standard_error_is_no_crash(bundle: Path) -> None:
    """`2>&-`, as some schedulers start commands: the exit code says what happened."""
    command = f"{sys.executable} -m slokit report --prometheus http://127.0.0.1:1 2>&-"
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=bundle,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
        timeout=60,
    )

    assert (done.returncode, done.stdout) == (4, b"")


def test_one_bundle_of_several_is_compiled_by_its_file(tmp_path: Path) -> None:
    """--project writes below its own directory, and leaves the neighbour's output alone."""
    for name in ("eu", "us"):
        (tmp_path / name / "slo-specs").mkdir(parents=True)
        (tmp_path / name / "slokit.yaml").write_text(f"bundle: prod-{name}\nout: made\n")
        (tmp_path / name / "slo-specs/shop.yaml").write_text(GOOD)

    for name in ("eu", "us"):
        assert slokit(tmp_path, "compile", "--project", f"{name}/slokit.yaml").code == 0

    for name in ("eu", "us"):
        text = (tmp_path / name / "made/alert-rules/shop.rules.yaml").read_text()
        assert f"slokit:prod-{name}:ledger:shop" in text


def test_some_specs_are_compiled_without_the_others(bundle: Path) -> None:
    """Named specs are written with the bundle's own file; those of removed specs stay."""
    for name in ("till", "gone"):
        (bundle / f"slo-specs/{name}.yaml").write_text(GOOD.replace("shop", name))
    slokit(bundle, "compile")
    (bundle / "slo-specs/gone.yaml").unlink()
    for name in ("shop", "till"):
        path = bundle / f"slo-specs/{name}.yaml"
        path.write_text(path.read_text().replace("99%", "98%"))

    ran = slokit(bundle, "compile", "slo-specs/shop.yaml")

    assert ran.code == 0
    rules = {path.name: path.read_text() for path in (bundle / "alert-rules").glob("*.yaml")}
    assert 'objective: "98%"' in rules["shop.rules.yaml"]
    assert 'objective: "99%"' in rules["till.rules.yaml"]
    assert "gone.rules.yaml" in rules
    assert slokit(bundle, "compile").code == 0
    assert not (bundle / "alert-rules/gone.rules.yaml").exists()


def test_an_error_elsewhere_in_the_bundle_costs_its_own_files_alone(bundle: Path) -> None:
    """The bundle's own rules serve all SLOs: they are not written without the others."""
    (bundle / "slo-specs/till.yaml").write_text(BAD.replace("shop", "till"))

    ran = slokit(bundle, "compile", "slo-specs/shop.yaml")

    assert ran.code == 0
    assert "left alone the files of the bundle as a whole" in ran.out
    assert not list(bundle.glob("alert-rules/*.bundle.rules.yaml"))
    assert ran.err.startswith("1 error in 1 file that were not named")
