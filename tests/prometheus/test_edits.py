"""A spec is edited while its alerts fire; Prometheus reloads its rules, or is restarted."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import pytest

from tests.prometheus.live_edits import (
    EDITS,
    MOVING,
    WRITTEN,
    Scene,
    Step,
    edit_all,
    failing_shop,
)
from tests.support.servers.prometheus_server import PrometheusServer

pytestmark = pytest.mark.programs("prometheus", "prometheus-alertmanager")


@dataclass(frozen=True)
class Story:
    """How one way of taking edits went; its servers still run."""

    scene: Scene
    steps: dict[str, Step]
    started: float


@pytest.fixture(
    scope="module",
    params=[PrometheusServer.reload, PrometheusServer.restart],
    ids=["reload", "restart"],
)
def story(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Story]:
    """All edits, one at a time, each of them taken in the same way."""
    with failing_shop(tmp_path_factory.mktemp("edits")) as scene:
        started = scene.server.value("time()")
        yield Story(scene, edit_all(scene, request.param), started)


def test_no_rule_fails(story: Story) -> None:
    """No rule evaluation fails because of an edit."""
    assert {key: step.failures for key, step in story.steps.items()} == dict.fromkeys(EDITS, 0)


@pytest.mark.parametrize("key", [key for key in EDITS if key not in MOVING])
def test_an_alert_that_goes_on_is_not_told_again(story: Story, key: str) -> None:
    """Nothing resolves and nobody is paged twice when a window, objective or text is edited."""
    assert story.steps[key].sent == []


@pytest.mark.parametrize("key", MOVING)
def test_an_edit_of_an_alert_label_moves_the_alert_once(story: Story, key: str) -> None:
    """Under the new label each alert fires once, and the old ones end; no other alert moves."""
    label, ended, began = MOVING[key]
    counts = Counter((status, dict(labels).get(label)) for status, labels in story.steps[key].sent)
    alerts = len({labels for status, labels in story.steps[key].sent if status == "resolved"})
    # a label that is lifted was not there before
    before, after = (None, EDITS["criticality"]) if key == "labels" else (WRITTEN[key], EDITS[key])

    assert alerts == ended
    assert counts == {("resolved", before): ended, ("firing", after): began}


def test_what_alerts_show_changes_in_place(story: Story) -> None:
    """The annotation of a spec appears on the alerts that fire already, and so does its edit."""
    notes = {key: step.notes for key, step in story.steps.items()}

    assert notes["criticality"] == {""}
    assert notes["annotations"] == {WRITTEN["note"]}
    assert notes["note"] == notes["alert_policy"] == {EDITS["note"]}


@pytest.mark.parametrize("side", ["total", "bad"])
def test_the_history_of_the_budget_goes_on(story: Story, side: str) -> None:
    """One series of counts holds all the time, without a gap, over all edits."""
    server = story.scene.server
    now = server.value("time()")
    (series,) = server.raw_points(f"slokit:{side}:events10s[{now - story.started:.0f}s]", at=now)
    times = [at for at, _ in series.points]
    gaps = [after - before for before, after in pairwise(times)]

    assert max(gaps) < 21
    assert min(value for _, value in series.points) > 0
    assert len(times) > 0.9 * (now - story.started) / 10 - 1
