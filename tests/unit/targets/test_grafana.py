"""The JSON is Grafana's own, slokit's by its first line, and made only when it is wanted."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from slokit import api
from slokit.dashboards.panels import NO_DATA
from slokit.model.bundle import Bundle
from slokit.project import output
from slokit.targets import targets_of
from slokit.targets.base import MARK
from tests.support.compile import grafana_schema
from tests.support.servers import grafana
from tests.unit.dashboards.bundles import bundle_of, executive_text, fleet_of, reference

SIZES = (1, 10, 500)
# The Prometheus data source reads these of an annotation; the schema of all sources lacks them.
_OF_SOURCE = re.compile(r"/annotations/list\[\d+\]/(step|titleFormat)").fullmatch
CURRENT = {"bargauge", "row", "stat", "state-timeline", "table", "text", "timeseries"}


@pytest.fixture(scope="module", params=["one", "500", "reference"])
def bundle(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """Bundles of one SLO, of 500, and of eight real systems."""
    directory = tmp_path_factory.mktemp("bundle")
    made: dict[str, Callable[[], Bundle]] = {
        "one": lambda: bundle_of(directory / "one"),
        "500": lambda: fleet_of(500),
        "reference": reference,
    }
    return made[request.param]()


def test_nothing_is_lost_on_the_way_through_grafanas_schema(bundle: Bundle) -> None:
    """Read and written again by Grafana's SDK, every key and value is there as it was.

    The SDK writes its defaults out; they may be added, and nothing else.
    """
    dashboard = grafana.read(executive_text(bundle))
    back = grafana_schema.written(grafana_schema.read(dashboard))

    assert [path for path in grafana_schema.lost(dashboard, back) if not _OF_SOURCE(path)] == []
    assert grafana_schema.written(grafana_schema.read(back)) == back


def test_a_key_of_old_versions_would_be_seen_as_lost(bundle: Bundle) -> None:
    """The schema knows no keys of old dashboards: the round trip would notice one."""
    dashboard = grafana.read(executive_text(bundle))
    dashboard["panels"][1]["targets"][0]["intervalFactor2"] = 2
    dashboard["hideControls"] = False
    back = grafana_schema.written(grafana_schema.read(dashboard))

    assert [path for path in grafana_schema.lost(dashboard, back) if not _OF_SOURCE(path)] == [
        "/panels[1]/targets[0]/intervalFactor2",
        "/hideControls",
    ]


def test_every_value_is_of_the_type_that_the_schema_says(bundle: Bundle) -> None:
    """Numbers are numbers and words are those that Grafana knows, in panels and variables too."""
    read = grafana_schema.read(grafana.read(executive_text(bundle)))

    assert list(grafana_schema.mistyped(read)) == []


def test_a_value_of_another_type_would_be_seen(bundle: Bundle) -> None:
    """A width in words or a colour mode that Grafana does not know is found where it stands."""
    dashboard = grafana.read(executive_text(bundle))
    dashboard["panels"][1]["gridPos"]["w"] = "4"
    dashboard["panels"][1]["fieldConfig"]["defaults"]["color"]["mode"] = "rainbow"
    found = list(grafana_schema.mistyped(grafana_schema.read(dashboard)))

    assert [where.split(":")[0] for where in found] == [
        ".panels[1].grid_pos[0].w",
        ".panels[1].field_config[0].defaults[0].color[0].mode",
    ]


def test_every_panel_says_what_it_shows(bundle: Bundle) -> None:
    """Each panel is of a type that lives, has a description, a unit, and words for no data."""
    for panel in grafana.panels(grafana.read(executive_text(bundle))):
        defaults = panel["fieldConfig"]["defaults"]

        assert panel["type"] in CURRENT
        assert len(panel["description"]) > 20, panel["title"]
        assert defaults["unit"] if panel["type"] != "table" else _units(panel), panel["title"]
        others = {"nothing is firing", "none of the chosen SLOs counts this"}
        assert defaults["noValue"] in {NO_DATA, *others}
        assert all(t["datasource"]["uid"] == "${datasource}" for t in panel["targets"])


def _units(panel: dict[str, object]) -> bool:
    """Whether each column of values has a unit or words."""
    overrides = json.loads(json.dumps(panel["fieldConfig"]))["overrides"]
    told = [o for o in overrides if any(p["id"] == "thresholds" for p in o["properties"])]
    return bool(told) and all(any(p["id"] == "unit" for p in o["properties"]) for o in told)


def test_the_file_is_marked_at_its_beginning(bundle: Bundle) -> None:
    """The source stands where a stale or foreign file is told by it, in the description."""
    text = executive_text(bundle)

    assert text.startswith(f'{{\n "description": "{MARK} ')
    assert f"(bundle {bundle.name})" in text[:600]
    assert json.loads(text)["description"].endswith("how fast it goes.")


def test_the_same_bundle_gives_the_same_bytes(bundle: Bundle) -> None:
    """Nothing in the file comes from a clock or from chance, and nothing is null but a minimum."""
    text = executive_text(bundle)

    (again, *_) = api.compile(bundle, ["dashboards"])

    assert again.text == text
    assert text.count("null") == text.count('"value": null')


def test_sizes_stay_small() -> None:
    """An executive dashboard has under 200 kB, whatever the number of SLOs."""
    sizes = [len(executive_text(fleet_of(slos))) for slos in (500, 100)]

    assert sizes[0] == sizes[1]
    assert max(*sizes, len(executive_text(reference()))) < 200_000


def test_a_dashboard_of_the_bundle_that_is_not_made_any_more_is_stale(tmp_path: Path) -> None:
    """Of the files in dashboards/, only those that carry the bundle's mark are removed."""
    bundle = bundle_of(tmp_path)
    artifacts = api.compile(bundle, ["dashboards"])
    (target,) = targets_of(bundle.project, ["dashboards"])
    folder = tmp_path / "dashboards"
    folder.mkdir()
    (folder / "test.old.json").write_text(artifacts[0].text)
    (folder / "b.other.json").write_text(artifacts[0].text.replace("(bundle test)", "(bundle b)"))
    (folder / "my.mine.json").write_text('{"title": "by hand"}')
    changes = output.plan_changes(artifacts, tmp_path, bundle.name, target.owns)

    assert changes.removed == ["dashboards/test.old.json"]
    assert changes.created == [
        "dashboards/test.executive.json",
        "dashboards/test.on-call.json",
        "dashboards/test.one-slo.api.json",
        "dashboards/test.debug.api.json",
    ]


def test_grafanalib_is_loaded_for_dashboards_only(tmp_path: Path) -> None:
    """Compiling rules alone does not pay for dashboards, nor do those who ask for paths alone."""
    bundle_of(tmp_path)
    code = (
        "import sys; from slokit import api; loaded = api.load(); "
        "rules = api.compile(loaded.bundle, ['prometheus', 'tests']); "
        "texts = [artifact.text for artifact in rules]; print('grafanalib' in sys.modules); "
        "made = api.compile(loaded.bundle, ['dashboards']); print('grafanalib' in sys.modules); "
        "made[0].text; print('grafanalib' in sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )

    assert run.stdout.split() == ["False", "False", "True"]
