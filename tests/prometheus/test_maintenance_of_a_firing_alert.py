"""Maintenance that is added while alerts fire silences them, and changes nothing else."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.prometheus.live_edits import PATIENCE, Scene, failing_shop, labels_of

pytestmark = pytest.mark.programs("prometheus", "prometheus-alertmanager")

LASTS = 30


@dataclass(frozen=True)
class Night:
    """What became of a maintenance of half a minute: what was sent until its end, and after."""

    scene: Scene
    added: float
    sent: list[tuple[str, tuple[tuple[str, str], ...]]]
    after: list[tuple[str, tuple[tuple[str, str], ...]]]
    failures: float


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    """Alerts fire; a maintenance that began a moment ago is written, loaded and lived through."""
    directory: Path = tmp_path_factory.mktemp("night")
    with failing_shop(directory) as scene:
        before, failures = len(scene.webhook.notifications), scene.server.failures()
        added = time.time()
        start, end = (
            datetime.fromtimestamp(moment, UTC).isoformat(timespec="seconds")
            for moment in (added - 5, added + LASTS)
        )
        scene.edit(
            "maintenance",
            f'maintenance: [{{name: night, reason: Test, from: "{start}", to: "{end}"}}]',
        )
        scene.server.reload()
        scene.server.wait_until(lambda: not scene.burning(), "silent", PATIENCE)
        time.sleep(max(0.0, added + LASTS - time.time()))
        middle = len(scene.webhook.notifications)
        scene.server.wait_until(
            lambda: scene.burning() == scene.expected(), "alerting again", 2 * PATIENCE
        )
        time.sleep(3)
        sent, after = (
            [(n.status, labels_of(n.alerts[0]["labels"])) for n in notifications]
            for notifications in (
                scene.webhook.notifications[before:middle],
                scene.webhook.notifications[middle:],
            )
        )
        yield Night(scene, added, sent, after, failures + scene.server.failures())


def test_its_alerts_resolve_and_no_other_comes(night: Night) -> None:
    """Each alert that fired resolves once; nothing fires until the end, no missing data either."""
    assert sorted(night.sent) == sorted(("resolved", each) for each in night.scene.expected())


def test_afterwards_they_fire_again_once(night: Night) -> None:
    """The shop still fails: one page and one ticket, as before."""
    assert sorted(night.after) == sorted(("firing", each) for each in night.scene.expected())


def test_no_rule_fails(night: Night) -> None:
    """Neither by the new rules nor in between."""
    assert night.failures == 0


def test_nothing_was_counted_in_between(night: Night) -> None:
    """The ledger has no sample of it, of neither side, and metadata and budget go on."""
    end = night.added + LASTS - 2
    for side in ("total", "bad"):
        assert night.scene.server.query(f"slokit:{side}:rate10s", end) == []
    for series in ("slokit:budget:ratio", "slokit:info"):
        assert len(night.scene.server.query(series, end)) == 1
