"""`slokit maintenance list`, `diff` and `explain` on planned times."""

import json
from pathlib import Path

import pytest

from tests.support.command_here import slokit

PROJECT = """\
bundle: test
maintenance:
  - {name: racks, reason: Move, services: [shop], from: "2026-12-05T22:00:00+01:00",
     to: "2026-12-06T04:00:00+01:00"}
  - {name: patches, reason: Updates, match: 'cluster=~"eu-.*"', applies: [alerts],
     when: {weekdays: [sunday], times: [{start_time: "02:00", end_time: "04:00"}],
            location: Europe/Berlin}}
  - {name: agreed, reason: Provider, from: "2026-11-01T00:00:00Z", to: "2026-11-01T01:00:00Z",
     applies: [report]}
"""
SPEC = """\
apiVersion: slokit/v1
service: shop
defaults: {group_by: [cluster]}
slos: [{name: a, objective: 99%, sli: {events: {bad: b, total: t}}}]
"""


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "slokit.yaml").write_text(PROJECT)
    (tmp_path / "slo-specs").mkdir()
    (tmp_path / "slo-specs" / "shop.yaml").write_text(SPEC)
    return tmp_path


def test_what_is_on_and_next_as_text(directory: Path) -> None:
    """Each with its times, its reason and what it is for."""
    ran = slokit(directory, "maintenance", "list", "--at", "2026-12-05T23:00:00Z")

    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (
        "On now:\n"
        "  racks  until Sun 2026-12-06 03:00 UTC, for 4h more: Move\n"
        "         shop\n"
        "Next:\n"
        "  patches  from Sun 2026-12-06 01:00 UTC, for 2h: Updates\n"
        '           cluster=~"eu-.*"; alerts only\n'
        "Over:\n"
        "  agreed  from Sun 2026-11-01 00:00 UTC, for 1h: Provider\n"
        "          all services; report only\n"
    )


def test_the_same_as_json(directory: Path) -> None:
    """For other programs, by Unix seconds as well."""
    ran = slokit(directory, "maintenance", "list", "--at", "1796511600", "--format", "json")
    found = json.loads(ran.out)

    assert [(each["name"], each["state"]) for each in found] == [
        ("racks", "on"),
        ("patches", "next"),
        ("agreed", "over"),
    ]
    assert found[0]["from"] == "2026-12-05T21:00:00Z"
    assert found[1]["match"] == ['cluster=~"eu-.*"']


def test_faults_are_shown_instead(directory: Path) -> None:
    """A list that has errors is none, and an unknown time is refused."""
    (directory / "slokit.yaml").write_text(PROJECT.replace("sunday", "sonntag"))
    ran = slokit(directory, "maintenance", "list")

    assert ran.code == 1
    assert "SLK501" in ran.err
    assert slokit(directory, "maintenance", "list", "--at", "soon").code == 2


def test_a_file_of_its_own_is_the_same(directory: Path) -> None:
    """The same list behind a path gives the same bundle."""
    whole = slokit(directory, "maintenance", "list", "--at", "1796511600").out
    first, _, rest = PROJECT.partition("\n")
    (directory / "planned.yaml").write_text(rest)
    (directory / "slokit.yaml").write_text(f"{first}\nmaintenance: planned.yaml\n")

    assert slokit(directory, "maintenance", "list", "--at", "1796511600").out == whole


def test_diff_says_what_a_maintenance_does(directory: Path) -> None:
    """One that is new, one that is gone, and one that is another."""
    old = directory / "old"
    (old / "slo-specs").mkdir(parents=True)
    (old / "slo-specs" / "shop.yaml").write_text(SPEC)
    (old / "slokit.yaml").write_text(
        PROJECT.replace("name: agreed", "name: gone").replace("applies: [alerts],", "")
    )
    out = slokit(directory, "diff", "old", ".").out

    assert "maintenance agreed: (none) -> all services; 2026-11-01T00:00:00Z" in out
    assert "reports leave out what was counted in it" in out
    assert "maintenance gone: all services" in out
    assert "while it is on alerts are silent; all is counted" in out
    assert "maintenance racks" not in out


def test_explain_names_what_touches_an_slo(directory: Path) -> None:
    """With its times and its groups, and what it does."""
    out = " ".join(slokit(directory, "explain", "shop/a").out.split())

    assert "racks, 2026-12-05T21:00:00Z to 2026-12-06T03:00:00Z: nothing is counted" in out
    assert 'of groups with cluster=~"eu-.*": alerts are silent (Updates)' in out
    assert "agreed" in out
