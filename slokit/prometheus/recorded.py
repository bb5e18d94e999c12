"""Recorded answers: a client that replays them offline, and one that records them.

A recording is JSON: ``{"schema": "slokit.recording/v1", "answers": [{"endpoint": "query",
"params": {"query": "up", "time": "1700000000"}, "data": …, "warnings": []}]}``, ``data`` as
Prometheus sends it, or ``"missing": true`` for an endpoint that the server lacks. An answer serves
every question that has its parameters, so one written by hand may leave ``time`` out; the one with
the most parameters wins.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from slokit.diagnostics.errors import BrokenEnvironmentError
from slokit.prometheus.client import MetricsClient, PrometheusClient
from slokit.prometheus.errors import (
    SHOWN_QUERY,
    MissingEndpointError,
    NotRecordedError,
    one_line,
)
from slokit.prometheus.questions import Question, flat
from slokit.prometheus.settings import PrometheusSettings
from slokit.prometheus.verdict import Envelope

SCHEMA: Final = "slokit.recording/v1"
REPLAY_URL: Final = "http://recording.invalid"


class UnreadableRecordingError(BrokenEnvironmentError):
    """A file that is no recording."""


@dataclass(frozen=True, slots=True)
class _Answer:
    question: Question
    envelope: Envelope | None

    def serves(self, question: Question) -> bool:
        same = self.question.endpoint == question.endpoint
        return same and set(self.question.params) <= set(question.params)


class RecordedPrometheus(MetricsClient):
    """Replays a recording; meets the MetricsSource protocol without any network.

    ``requests`` counts questions. A question without an answer raises NotRecordedError.
    Building one from another text than a recording raises UnreadableRecordingError.
    """

    def __init__(self, text: str) -> None:
        self._answers = _answers(text)
        self.requests = 0
        super().__init__(REPLAY_URL, self._replay)

    @classmethod
    def read(cls, path: Path) -> Self:
        """Reads the file. Raises UnreadableRecordingError."""
        try:
            return cls(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise UnreadableRecordingError(f"{path} cannot be read: {_why(error)}") from error

    def _replay(self, question: Question) -> Envelope:
        self.requests += 1
        found = [answer for answer in self._answers if answer.serves(question)]
        if not found:
            asked = one_line(question.query, SHOWN_QUERY) or question.endpoint
            raise NotRecordedError(
                REPLAY_URL, f"has no recorded answer to `{asked}`", "record it anew"
            )
        best = max(found, key=lambda answer: len(answer.question.params))
        if best.envelope is None:
            raise MissingEndpointError(REPLAY_URL, "lacks an endpoint that not every server has")
        return best.envelope


class RecordingPrometheus(PrometheusClient):
    """A live client that remembers every answer; ``recording()`` is the text to replay."""

    def __init__(self, settings: PrometheusSettings) -> None:
        super().__init__(settings)
        self._kept: dict[Question, Envelope | None] = {}

    def recording(self) -> str:
        """All answers so far, as JSON text."""
        answers = [_as_json(question, envelope) for question, envelope in self._kept.items()]
        return json.dumps({"schema": SCHEMA, "answers": answers}, indent=1) + "\n"

    def _answer(self, question: Question) -> Envelope:
        try:
            envelope = super()._answer(question)
        except MissingEndpointError:
            self._kept[question] = None
            raise
        self._kept[question] = envelope
        return envelope


def _as_json(question: Question, envelope: Envelope | None) -> dict[str, object]:
    params: dict[str, list[str]] = {}
    for name, value in question.params:
        params.setdefault(name, []).append(value)
    entry: dict[str, object] = {
        "endpoint": question.endpoint,
        "params": {name: many[0] if len(many) == 1 else many for name, many in params.items()},
    }
    if envelope is None:
        return {**entry, "missing": True}
    return {**entry, "data": envelope.data, "warnings": list(envelope.warnings)}


def _answers(text: str) -> list[_Answer]:
    try:
        content = json.loads(text)
        answers = [_answer(entry) for entry in content["answers"]]
        schema = content["schema"]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UnreadableRecordingError(f"this is no recording ({SCHEMA}): {_why(error)}") from error
    if schema != SCHEMA:
        raise UnreadableRecordingError(f"this is no recording ({SCHEMA}): another schema")
    return answers


def _answer(entry: dict[str, Any]) -> _Answer:
    question = Question(entry["endpoint"], flat(entry.get("params", {})))
    if entry.get("missing"):
        return _Answer(question, None)
    warnings = tuple(one_line(str(text)) for text in entry.get("warnings", ()))
    return _Answer(question, Envelope(entry["data"], warnings))


def _why(error: Exception) -> str:
    if isinstance(error, OSError):
        return one_line(error.strerror or type(error).__name__)
    return f"no {error}" if isinstance(error, KeyError) else one_line(str(error), 120)
