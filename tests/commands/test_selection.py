"""What files, services, SLOs and owners select: the same for every command that takes them."""

from pathlib import Path
from typing import Any

import pytest

from slokit import api
from slokit.diagnostics.errors import UsageError
from tests.security.projects import put
from tests.support.command_here import slokit

SPEC = """\
apiVersion: slokit/v1
service: {0}
owner: team-{0}
slos:
  - {{name: one, objective: 99%, sli: {{ratio: {{bad: r}}}}}}
  - {{name: two, owner: team-two, objective: 99%, sli: {{ratio: {{bad: r}}}}}}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "slokit.yaml").write_text("bundle: test\n")
    (tmp_path / "slo-specs").mkdir()
    for name in ("shop", "till"):
        (tmp_path / "slo-specs" / f"{name}.yaml").write_text(SPEC.format(name))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("given", "slos"),
    [
        ([], ["shop/one", "shop/two", "till/one", "till/two"]),
        (["slo-specs/till.yaml"], ["till/one", "till/two"]),
        (["till"], ["till/one", "till/two"]),
        (["till/two"], ["till/two"]),
        (["till/two", "shop"], ["shop/one", "shop/two", "till/two"]),
        (["slo-specs/shop.yaml", "till/one"], ["shop/one", "shop/two", "till/one"]),
    ],
)
def test_files_services_and_slos_may_be_named(
    project: Path, given: list[str], slos: list[str]
) -> None:
    """Alone and together; a service is all of its SLOs."""
    assert [slo.id for slo in api.load(given).slos] == slos


def test_a_file_goes_before_a_service_of_its_name(project: Path) -> None:
    """A directory that is called like a service is the directory."""
    (project / "till").mkdir()
    (project / "till" / "more.yaml").write_text(SPEC.format("more"))

    assert [slo.id for slo in api.load(["till"]).slos] == ["more/one", "more/two"]


def test_a_service_goes_before_a_directory_without_specs(project: Path) -> None:
    """The program of a service often stands in a directory of its name; with a slash it is that."""
    put(project, {"till/deploy.yaml": "kind: Deployment\n", "till/two/main.py": "", "other/x": ""})

    assert [slo.id for slo in api.load(["till"]).slos] == ["till/one", "till/two"]
    assert [slo.id for slo in api.load(["till/two"]).slos] == ["till/two"]
    assert slokit(project, "explain", "till").out.startswith("till: 2 SLOs")
    assert slokit(project, "explain", "till/two").out.startswith("till/two: ")
    assert slokit(project, "report", "--plan", "till/two").code == 0
    for path in ("till/", "./till", "other"):
        assert slokit(project, "explain", path).code == 3


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("til", "no such file, service or SLO 'til': did you mean till?"),
        ("till/tow", "no such file, service or SLO 'till/tow': did you mean till/two"),
        ("specs/x.yaml", "no such file, service or SLO 'specs/x.yaml'"),
    ],
)
def test_what_is_neither_is_wrong_usage(project: Path, name: str, message: str) -> None:
    """Exit code 2, with the nearest name."""
    ran = slokit(project, "validate", name)

    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"slokit: {message}")


def test_an_owner_selects_her_slos(project: Path) -> None:
    """Across services; an SLO's own owner counts before that of its service."""
    loaded = api.load()

    assert [slo.id for slo in loaded.owned_by("team-two").slos] == ["shop/two", "till/two"]
    assert [slo.id for slo in api.load(["till"]).owned_by("team-till").slos] == ["till/one"]
    with pytest.raises(UsageError, match="no SLO of the owner 'x': choose team-shop, team-till or"):
        loaded.owned_by("x")


def test_a_report_is_about_what_is_selected(project: Path) -> None:
    """Its plan asks about these SLOs alone."""
    plan = slokit(project, "report", "--plan", "--source", "raw", "till/one").out
    owned = slokit(project, "report", "--plan", "--source", "raw", "--owner", "team-two").out

    assert "till/one" in plan
    assert "till/two" not in plan
    assert "shop/two" in owned
    assert "shop/one" not in owned


def test_an_unknown_state_is_wrong_usage(project: Path) -> None:
    """It names the states that there are."""
    ran = slokit(project, "report", "--only", "burnt")

    assert ran.code == 2
    assert "no such state 'burnt': choose exhausted, burning," in ran.err


def test_an_slo_that_an_error_costs_is_no_unknown_name(project: Path) -> None:
    """Named, its error is shown, as that of its service is."""
    spec = project / "slo-specs" / "till.yaml"
    spec.write_text(spec.read_text().replace("objective: 99%", "objective: 99"))

    for name in ("till/one", "till"):
        ran = slokit(project, "validate", name)
        assert ran.code == 1
        assert "error[SLK211" in ran.out
    assert slokit(project, "validate", "shop/one").code == 0
    assert slokit(project, "validate", "shop/tow").code == 2


def test_explain_takes_owners_and_several_names(project: Path) -> None:
    """Of an owner the services with her SLOs, these alone; names one after another, each once."""
    owned = slokit(project, "explain", "--owner", "team-two").out
    named = slokit(project, "explain", "till", "--owner", "team-till").out
    several = slokit(project, "explain", "till/two", "shop", "till/two").out
    codes = slokit(project, "explain", "SLK211", "SLK205").out

    for service in ("shop", "till"):
        assert f"{service}/two, 99% over 30d" in owned
        assert f"{service}/one" not in owned
    assert "till/one" in named
    assert "till/two, 99%" not in named
    assert several.index("till/two") < several.index("shop/one")
    assert several.count("\ntill/two") + several.startswith("till/two") == 1
    assert "# SLK211" in codes
    assert "# SLK205" in codes
    assert slokit(project, "explain", "--owner", "nobody").code == 2
    assert slokit(project, "explain").code == 2


def test_a_file_that_is_named_to_explain_is_read_once(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bundle is loaded once, whatever is named."""
    loads: list[object] = []
    load = api.load

    def counting(*given: Any, **named: Any) -> api.Loaded:
        loads.append(given)
        return load(*given, **named)

    monkeypatch.setattr(api, "load", counting)

    ran = slokit(project, "explain", "slo-specs/till.yaml")

    assert ran.out.startswith("till: 2 SLOs")
    assert len(loads) == 1


def test_what_slokit_wrote_is_no_spec_that_was_skipped(project: Path) -> None:
    """Where specs and output share a directory, only YAML of others is named as skipped."""
    (project / "slokit.yaml").write_text("bundle: test\nspecs: .\n")
    targets = [f"--target={name}" for name in ("prometheus", "vmalert", "prometheus-operator")]
    assert slokit(project, "compile", *targets).code == 0
    (project / "chart.yaml").write_text("kind: Chart\n")

    ran = slokit(project, "validate")

    assert (ran.code, ran.err) == (0, "")
    assert "skipped 1 YAML document, no slokit specs: chart.yaml\n" in ran.out
    assert slokit(project, "validate", "alert-rules/shop.rules.yaml").code == 1
