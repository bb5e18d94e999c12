"""Rules run over a simulated history by promtool, with the values read back.

`promtool test rules` only compares; asking it for samples that never match makes it print what it
got, so that one run answers any number of questions.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import yaml

from tests.support.compile.promtool import test_rules as run_promtool
from tests.support.history.replay_output import (
    FiringAlert,
    ReplayFailedError,
    alerts_got,
    samples_got,
    seconds,
)
from tests.support.history.samples import Sample, only

NEVER = "never_recorded"
Answer = TypeVar("Answer")


@dataclass
class RuleReplay:
    """Rule files over a simulated history that starts at time 0.

    `series` maps an input series such as `up{job="a"}` to promtool's notation of its values
    (`0+1x20`, `1 _x5 2`), one every `interval`. promtool evaluates every group every
    `evaluation_interval`, whatever its own interval says; with `keep_group_intervals` the
    recording rules of slower groups record at multiples of their interval only, as in Prometheus.
    Groups are evaluated in the order of the files.
    """

    directory: Path
    rule_files: Sequence[Path]
    series: Mapping[str, str]
    interval: str = "30s"
    evaluation_interval: str = "30s"
    keep_group_intervals: bool = True
    _asked: list[tuple[str, str]] = field(default_factory=list, init=False)
    _asked_alerts: list[tuple[str, str]] = field(default_factory=list, init=False)
    _output: str | None = field(default=None, init=False)

    def ask(self, expr: str, *moments: str) -> "RuleReplay":
        """Ask for an expression at these moments (`5m`, `1h30m`); answered in one run."""
        self._asked += [(expr, at) for at in moments]
        self._output = None
        return self

    def ask_alerts(self, name: str, *moments: str) -> "RuleReplay":
        """Ask which alerts of this name fire at these moments."""
        self._asked_alerts += [(name, at) for at in moments]
        self._output = None
        return self

    def samples(self, expr: str, at: str) -> list[Sample]:
        """The samples of an expression at a moment, in promtool's order.

        Raises ReplayFailedError with promtool's words when a rule or the expression is refused.
        """
        if (expr, at) not in self._asked:
            self.ask(expr, at)
        return found(samples_got(self.output()), expr, at, self.output())

    def value(self, expr: str, at: str) -> float:
        """The value of an expression that has exactly one sample at that moment."""
        return only(self.samples(expr, at)).value

    def values(self, expr: str, *moments: str) -> list[float | None]:
        """The value at each moment, None where there is no sample; all in one run."""
        self.ask(expr, *moments)
        answers = [self.samples(expr, at) for at in moments]
        return [only(samples).value if samples else None for samples in answers]

    def alerts(self, name: str, at: str) -> list[FiringAlert]:
        """The alerts of this name that fire at a moment, with labels and annotations."""
        if (name, at) not in self._asked_alerts:
            self.ask_alerts(name, at)
        return found(alerts_got(self.output()), name, at, self.output())

    def output(self) -> str:
        """What promtool wrote; run once for all questions asked so far."""
        if self._output is None:
            self._output = run_promtool([self.write()]).output
        return self._output

    def write(self) -> Path:
        """Write the rule files as replayed and promtool's test file; returns the latter."""
        self.directory.mkdir(parents=True, exist_ok=True)
        documents = [yaml.safe_load(path.read_text()) for path in self.rule_files]
        copies = [self._write_rules(number, one) for number, one in enumerate(documents)]
        test = {
            "rule_files": [path.name for path in copies],
            "evaluation_interval": self.evaluation_interval,
            "group_eval_order": [group["name"] for one in documents for group in one["groups"]],
            "tests": [self._test()],
        }
        return dump(self.directory / "replay.test.json", test)

    def _write_rules(self, number: int, document: Any) -> Path:
        if self.keep_group_intervals:
            step = seconds(self.evaluation_interval)
            for group in document["groups"]:
                slow_down(group, step)
        return dump(self.directory / f"replay-{number}.rules.json", document)

    def _test(self) -> dict[str, Any]:
        return {
            "interval": self.interval,
            "input_series": [
                {"series": name, "values": values} for name, values in self.series.items()
            ],
            "promql_expr_test": [
                {"expr": expr, "eval_time": at, "exp_samples": [{"labels": NEVER, "value": 0}]}
                for expr, at in distinct(self._asked)
            ],
            "alert_rule_test": [
                {"alertname": name, "eval_time": at, "exp_alerts": [{"exp_labels": {NEVER: at}}]}
                for name, at in distinct(self._asked_alerts)
            ],
        }


def slow_down(group: dict[str, Any], step: float) -> None:
    """Make a group's recording rules record at multiples of the group's interval only."""
    interval = seconds(group.get("interval", "0s"))
    if interval <= step:
        return
    for rule in group["rules"]:
        if "record" in rule:
            rule["expr"] = f"({rule['expr']}) and on () (vector(time()) % {interval:g} == 0)"


def distinct(asked: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The questions without repetition, in their order."""
    return list(dict.fromkeys(asked))


def dump(path: Path, content: Any) -> Path:
    """Write a document as JSON, which is YAML too and keeps every string as it is."""
    path.write_text(json.dumps(content, indent=1))
    return path


def found(
    answers: Mapping[tuple[str, float], list[Answer]], name: str, at: str, output: str
) -> list[Answer]:
    """The answer to one question; without it promtool's whole output says why."""
    answer = answers.get((name, seconds(at)))
    if answer is None:
        raise ReplayFailedError(f"promtool did not answer {name} at {at}:\n{output}")
    return answer
