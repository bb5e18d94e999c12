"""Rules of calendar windows pass their generated tests, and changed in one place they do not."""

from pathlib import Path

import pytest
import yaml

from tests.support.compile import promtool
from tests.support.compile.generated_tests import GeneratedTests, generated_tests
from tests.support.compile.mutated_rules import Mutant, Sources

pytestmark = pytest.mark.programs("promtool")

# Places on both sides of UTC, half an hour off, with half an hour of summer time, and beyond a day.
SPECS = """
apiVersion: slokit/v1
service: shop
defaults: {sli: {events: {bad: failed_total, total: all_total}}}
slos:
  - {name: a, objective: 99%, window: {calendar: week, timezone: America/New_York}}
  - {name: b, objective: 99%, window: {calendar: week, timezone: Australia/Lord_Howe}}
  - {name: c, objective: 99%, window: {calendar: month}}
  - {name: d, objective: 99%, window: {calendar: month, timezone: Etc/GMT+12}}
  - {name: e, objective: 99%, window: {calendar: quarter, timezone: Asia/Kolkata}}
  - {name: f, objective: 99%, window: {calendar: year, timezone: Pacific/Apia}}
  - {name: g, objective: 99%}
"""
FILES = ("week", "month", "quarter", "year")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> GeneratedTests:
    """A bundle with each unit, compiled with its unit tests."""
    directory = tmp_path_factory.mktemp("calendars")
    service = yaml.safe_load(SPECS)
    sli = service.pop("defaults")["sli"]
    service["slos"] = [{**slo, "sli": sli} for slo in service["slos"]]
    (directory / "specs.yaml").write_text(yaml.safe_dump(service))
    (directory / "slokit.yaml").write_text("bundle: cal\nspecs: specs.yaml\n")
    return generated_tests(directory / "slokit.yaml")


@pytest.mark.parametrize("unit", FILES)
def test_unchanged_rules_pass(bundle: GeneratedTests, unit: str) -> None:
    """In every time zone of the bundle there is a boundary in the test, and a budget is spent."""
    path = bundle.directory / f"alert-rules/tests/cal.bundle-{unit}.test.yaml"
    outcome = promtool.test_rules([path])

    assert outcome.ok, outcome.output
    text = path.read_text()
    zones = {w.get("timezone", "UTC") for w in windows() if w["calendar"] == unit}
    assert all(f"the first count of a {unit} in {zone}" in text for zone in zones)
    assert "ALERTS{alertname" in text


def windows() -> list[dict[str, str]]:
    """The calendar windows of the bundle."""
    return [slo["window"] for slo in yaml.safe_load(SPECS)["slos"] if "window" in slo]


def calendar(name: str, rule: str, old: str, new: str, unit: str) -> Mutant:
    """A change in a rule of calendar windows, which the test of a unit must see."""
    test = f"bundle cal: each {unit} has a budget of its own"
    file = f"cal.bundle-{unit}.test.yaml"
    return Mutant(name, rule, old, new, test, file, asked="budget_remaining")


WEEKS, BURN = "slokit:window_elapsed:ratio week", "slokit:burn:week"
MUTANTS = [
    calendar("weeks begin on Sunday", WEEKS, "+ 6) % 7", "+ 0) % 7", "week"),
    calendar("weeks of eight days", WEEKS, "/ 7)", "/ 8)", "week"),
    calendar("clocks of another place", WEEKS, "+ 6) % 7 * 86400", "+ 6) % 7 * 86000", "week"),
    calendar("every count, whatever its period", BURN, ", period) bottomk", ") bottomk", "week"),
    calendar("a shorter week", BURN, "[7d59m]", "[6d59m]", "week"),
    calendar(
        "counts of bad events alone", BURN, "slokit:total:events5m", "slokit:bad:events5m", "week"
    ),
    calendar(
        "what has passed is forgotten",
        "slokit:budget_remaining:ratio week",
        "* on",
        "- on",
        "week",
    ),
    calendar(
        "months of 31 days", "slokit:window_elapsed:ratio month", "day_of_month", "hour", "month"
    ),
    calendar(
        "a quarter more each quarter",
        "slokit:window_elapsed:ratio quarter",
        "- 1) % 3",
        "- 1) % 4",
        "quarter",
    ),
    calendar("a year that leaps", "slokit:window_elapsed:ratio year", "365 +", "360 +", "year"),
]


@pytest.fixture(scope="module")
def sources(bundle: GeneratedTests) -> Sources:
    """The bundle's files, to be cut to what a changed rule is read by."""
    return Sources(bundle)


def test_unchanged_rules_pass_without_those_that_a_test_does_not_look_at(
    sources: Sources, tmp_path: Path
) -> None:
    """Whatever is red below is so because of the change."""
    outcome = sources.unchanged(MUTANTS, tmp_path)

    assert outcome.ok, outcome.output


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_changed_rule_fails_its_test(sources: Sources, tmp_path: Path, mutant: Mutant) -> None:
    """Another first day, length, period or range, and the generated test says so."""
    outcome = sources.changed(mutant, tmp_path)

    assert "FAILED" in outcome.output
    assert "could not parse" not in outcome.output, outcome.output
