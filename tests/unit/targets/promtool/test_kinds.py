"""Scenarios of SLIs that are alike are made once: each SLO's tests are as if it were alone."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from slokit import api

# What may be confused with the texts of others, and with values that scenarios make up.
PAIRS = {
    "other texts": ("job='a',route='/x'", "job='b',route='/y'"),
    "the same text twice, and two texts": ("job='a',route='a'", "job='a',route='b'"),
    "texts such as those made up": ("job='job-1',route='route-2'", "job='job-2',route='route-1'"),
    "a text that another one begins with": ("job='a'", "job='ab'"),
    "a text of a group label": ("cluster='a'", "cluster='b'"),
    "an empty text": ("job='a'", "job=''"),
    "a pattern of the same label": ("job='a',job=~'.+'", "job='b',job=~'.+'"),
    "a text that another matcher forbids": ("job='a',job!='b'", "job='b',job!='b'"),
    "shards": ("shard='a'", "shard='shard-1'"),
    "bounds": ("le='0.3'", "le='0.5'"),
    "characters that are escaped": ("job='a'", "job='it\\\\'s \\\\\\\\ \\\"b\\\"'"),
}
SLIS = {
    "bad and total": """events: {bad: "bad_total{%s,code=~'5..'}", total: "all_total{%s}"}""",
    "good and bad": """events: {good: "good_total{%s}", bad: "bad_total{%s,code='x'}"}""",
    "lists": """events: {bad: ["a_total{%s}", "a_total{job='z'}"], total: "all_total{%s}"}""",
    "latency": """latency: {histogram: "request_seconds{%s}", at_most: 300ms}""",
    "threshold": """threshold: {metric: "lag_seconds{%s}", at_most: 2s, expected: "up{%s}"}""",
    "rate": """rate: {counter: "elections_total{%s}", counted_by: every_member, at_most: 1/d}""",
    "ratio": """ratio: {bad: "errors:ratio{%s}"}""",
}


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], dict[str, str]]:
    """The generated tests of the service beta that is alone in its project, by its SLI."""
    return cache(lambda sli: generated(tmp_path_factory.mktemp("alone") / "project", {"beta": sli}))


def generated(directory: Path, specs: dict[str, str]) -> dict[str, str]:
    """The generated tests of services, each of one SLO, by their paths."""
    directory.mkdir()
    (directory / "slokit.yaml").write_text("bundle: b\nspecs: '*.spec.yaml'\n")
    for service, sli in specs.items():
        objective = "" if sli.startswith("rate") else "objective: 99%, "
        (directory / f"{service}.spec.yaml").write_text(
            f"apiVersion: slokit/v1\nservice: {service}\ndefaults: {{group_by: [cluster]}}\n"
            f"slos:\n  - {{name: one, {objective}sli: {{{sli}}}}}\n"
        )
    loaded = api.load(project=str(directory / "slokit.yaml"))
    found = api.compile(loaded.bundle, ["tests"])
    return {a.path: a.text for a in found if a.services}


# A histogram's bounds are not for selectors to choose.
CASES = [(sli, texts) for sli in SLIS for texts in PAIRS if (sli, texts) != ("latency", "bounds")]


@pytest.mark.parametrize(("sli", "texts"), CASES)
def test_the_tests_of_a_service_are_those_of_it_alone(
    sli: str, texts: str, alone: Callable[[str], dict[str, str]], tmp_path: Path
) -> None:
    """Whatever texts its selectors ask for, and whichever service came before it."""
    first, second = (SLIS[sli].replace("%s", text) for text in PAIRS[texts])
    for n, (one, other) in enumerate([(first, second), (second, first)]):
        together = generated(tmp_path / f"both-{n}", {"alpha": one, "beta": other})
        assert alone(other).items() <= together.items()
