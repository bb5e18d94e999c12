"""`slokit.load` and `slokit.write` where the command line is not between."""

from pathlib import Path

import pytest

import slokit
from tests.support.compile.loaded import written

SPEC = """
apiVersion: slokit/v1
service: shop
slos:
  - name: availability
    objective: 99.9%
    sli: {events: {bad: errors_total, total: requests_total}}
"""


def test_a_project_is_found_from_any_directory(tmp_path: Path) -> None:
    """`directory` stands for the working directory: slokit.yaml is sought upwards from it."""
    written(tmp_path, SPEC)
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "more.yaml").write_text(SPEC.replace("shop", "more"))

    whole = slokit.load(directory=tmp_path / "deep")
    some = slokit.load(["more.yaml"], directory=tmp_path / "deep")

    assert whole.bundle.name == "test"
    assert whole.root == tmp_path
    assert whole.selected == {"shop"}
    assert some.selected == {"more"}
    assert {service.name for service in some.bundle.services} == {"more", "shop"}


def test_specs_with_errors_are_not_written(tmp_path: Path) -> None:
    """The errors are in the exception, and no file is made."""
    written(tmp_path, SPEC.replace("99.9%", "high"))
    loaded = slokit.load(directory=tmp_path)

    with pytest.raises(slokit.InvalidSpecsError, match="SLK211") as refused:
        slokit.write(loaded)

    assert refused.value.findings == loaded.errors
    assert sorted(p.name for p in tmp_path.iterdir()) == ["slo-specs", "slokit.yaml"]


def test_a_dry_run_writes_nothing_and_tells_the_same(tmp_path: Path) -> None:
    """What would be done is what is done then, in the directory that was named."""
    written(tmp_path, SPEC)
    loaded = slokit.load(directory=tmp_path)

    would = slokit.write(loaded, ["prometheus"], tmp_path / "out", dry_run=True)
    assert not (tmp_path / "out").exists()
    done = slokit.write(loaded, ["prometheus"], tmp_path / "out")

    assert would == done
    assert [(tmp_path / "out" / path).is_file() for path in done.created] == [True, True]


def test_unknown_names_are_wrong_usage(tmp_path: Path) -> None:
    """Targets and formats that do not exist are refused with those that do."""
    written(tmp_path, SPEC)
    loaded = slokit.load(directory=tmp_path)

    with pytest.raises(slokit.UsageError, match="no such target 'graphite': choose prometheus"):
        slokit.write(loaded, ["graphite"])
    with pytest.raises(slokit.UsageError, match="no such format 'xml': choose text"):
        slokit.render(loaded, "xml")
