"""What `slokit diff` says about cause alerts."""

from pathlib import Path

from slokit.diff.compare import compare
from slokit.diff.model import BundleDiff, Kind, summary
from tests.support.compile.loaded import loaded

SPEC = """
apiVersion: slokit/v1
service: db
owner: team-db
defaults: {group_by: [cluster], selector: {job: db}}
slos:
  - {name: a, objective: 99%, sli: {events: {bad: b_total, total: t_total}}}
cause_alerts:
  - {name: Lag, failure_mode: replica-lag, expr: "lag{$selector} > 60", for: 5m}
"""


def diff(directory: Path, *edits: tuple[str, str]) -> BundleDiff:
    """What changes when texts of the spec are replaced."""
    text = SPEC
    for old, new in edits:
        assert old in text
        text = text.replace(old, new, 1)
    before, after = loaded(directory / "old", SPEC), loaded(directory / "new", text)
    return compare(before.bundle, after.bundle)


def test_a_cause_alert_that_stays_is_no_difference(tmp_path: Path) -> None:
    """Nor is the order in which an SLO and it are written."""
    assert not diff(tmp_path)


def test_what_changes_about_a_cause_alert_is_said_by_key(tmp_path: Path) -> None:
    """Labels move an alert that fires; a condition, a time or a text does not."""
    found = diff(
        tmp_path,
        ("> 60", "> 90"),
        ("for: 5m", "for: 10m, severity: page, summary: Far behind"),
        ("replica-lag", "slow-node"),
    )
    (cause,) = found.causes

    assert (cause.kind, cause.old, cause.new) == (Kind.CHANGED, "db/Lag", "db/Lag")
    assert [(c.what, c.old, c.new, c.moves) for c in cause.changes] == [
        ("expr", "lag{$selector} > 60", "lag{$selector} > 90", False),
        ("for", "5m", "10m", False),
        ("summary", "", "Far behind", False),
        ("failure_mode", "replica-lag", "slow-node", True),
        ("severity", "ticket", "page", True),
    ]
    assert found.moves == 1
    assert summary(found) == (
        "SLOs: none by themselves; cause alerts: 1 changed; history breaks in none; "
        "alerts move in 1"
    )


def test_an_inherited_selector_changes_the_condition(tmp_path: Path) -> None:
    """The text is the same, what is evaluated is not: both expressions are shown."""
    (cause,) = diff(tmp_path, ("{job: db}", "{job: pg}")).causes
    (change,) = cause.changes

    assert 'lag{job="db"}' in change.old
    assert 'lag{job="pg"}' in change.new


def test_other_groups_move_what_fires(tmp_path: Path) -> None:
    """Alerts of other groups are other alerts."""
    (cause,) = diff(tmp_path, ("[cluster]", "[region]")).causes

    assert next((c.what, c.old, c.new, c.moves) for c in cause.changes) == (
        "group_by",
        "[cluster]",
        "[region]",
        True,
    )


def test_new_and_gone_cause_alerts_are_named(tmp_path: Path) -> None:
    """A rename is one that is gone and one that is new: labels of alerts are others."""
    found = diff(tmp_path, ("name: Lag", "name: Behind"))

    assert [(one.kind, one.old, one.new) for one in found.causes] == [
        (Kind.ADDED, "", "db/Behind"),
        (Kind.REMOVED, "db/Lag", ""),
    ]
