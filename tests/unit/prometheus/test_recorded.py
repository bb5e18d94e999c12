"""Recorded answers stand in for a server."""

import json
import time
from pathlib import Path

import pytest

from slokit.prometheus import errors
from slokit.prometheus.recorded import (
    SCHEMA,
    RecordedPrometheus,
    RecordingPrometheus,
    UnreadableRecordingError,
)
from slokit.prometheus.settings import PrometheusSettings
from slokit.prometheus.types import MetricsSource, Sample
from tests.support.prometheus_server import PrometheusServer
from tests.unit.prometheus.misbehaving import Caller, misbehaving


def recording(*answers: object) -> str:
    return json.dumps({"schema": SCHEMA, "answers": list(answers)})


def one_sample(value: str) -> object:
    return {"resultType": "vector", "result": [{"metric": {"a": "b"}, "value": [1, value]}]}


def test_a_recording_answers_like_the_server(prometheus: PrometheusServer) -> None:
    """Replayed answers equal the live ones, for every kind of question."""
    live = RecordingPrometheus(PrometheusSettings(prometheus.url))
    now = time.time()

    def ask(source: MetricsSource) -> list[object]:
        return [
            source.instant("up", now),
            source.range("up", now - 3, now, 1),
            source.series(["up", "up:copy"], now - 9, now),
            source.label_values("job", [], now - 9, now),
            source.label_names(["up"], now - 9, now),
            source.metadata("go_goroutines"),
            source.build_info(),
            source.runtime_info(),
            source.flags(),
            source.targets(),
            source.rules(),
        ]

    expected = ask(live)
    replayed = RecordedPrometheus(live.recording())

    assert ask(replayed) == expected
    assert replayed.requests == 11


def test_missing_endpoints_and_warnings_are_recorded() -> None:
    """A recording remembers what a server lacks and what it warned about."""

    def thanos(caller: Caller) -> None:
        if "flags" in caller.path:
            return caller.reply(404)
        return caller.reply_json(
            {"status": "success", "data": one_sample("1"), "warnings": ["store down"]}
        )

    with misbehaving(thanos) as server:
        live = RecordingPrometheus(PrometheusSettings(server.url))
        live.instant("up", 0)
        with pytest.raises(errors.MissingEndpointError):
            live.flags()
    replayed = RecordedPrometheus(live.recording())

    replayed.instant("up", 0)
    assert replayed.warnings == ("store down",)
    with pytest.raises(errors.MissingEndpointError):
        replayed.flags()


def test_an_answer_by_hand_may_leave_the_time_out() -> None:
    """An answer without a time serves every time; the one with the time wins at its time."""
    source = RecordedPrometheus(
        recording(
            {"endpoint": "query", "params": {"query": "up"}, "data": one_sample("1")},
            {"endpoint": "query", "params": {"query": "up", "time": "7"}, "data": one_sample("2")},
        )
    )

    assert source.instant("up", 3) == (Sample({"a": "b"}, 1.0, 1.0),)
    assert source.instant("up", 7) == (Sample({"a": "b"}, 2.0, 1.0),)


def test_an_unknown_question() -> None:
    """A question that was not recorded is a fault that quotes it."""
    with pytest.raises(errors.NotRecordedError, match="`sum"):
        RecordedPrometheus(recording()).instant("sum(up)", 0)
    with pytest.raises(errors.NotRecordedError, match="`status/flags`"):
        RecordedPrometheus(recording()).flags()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"schema": "other", "answers": []}',
        recording(1),
        recording({}),
        recording({"endpoint": "query"}),
        recording({"endpoint": "query", "params": [1], "data": 1}),
    ],
)
def test_what_is_no_recording(text: str, tmp_path: Path) -> None:
    """Another file is refused in one line, from a text and from a file."""
    path = tmp_path / "recording.json"
    path.write_text(text)

    with pytest.raises(UnreadableRecordingError, match=r"no recording \(slokit.recording/v1\)"):
        RecordedPrometheus.read(path)


def test_a_missing_recording(tmp_path: Path) -> None:
    """A file that is not there is named."""
    with pytest.raises(UnreadableRecordingError, match=r"none\.json cannot be read"):
        RecordedPrometheus.read(tmp_path / "none.json")
