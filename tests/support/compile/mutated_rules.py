"""Generated unit tests beside rules that are changed in one place, and what promtool says to them.

What is generated is parsed once; of a test only what reads the changed rule is kept.
"""

import copy
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any

import yaml

from tests.support.compile.generated_tests import GeneratedTests
from tests.support.compile.promtool import Outcome, test_rules


@dataclass(frozen=True)
class Mutant:
    """A change in one rule, and the generated test that must see it, by its title.

    A rule is named by SLO and series, or by what it is called in the bundle's file and its labels.
    ``asked`` stands in the queries whose answers must be wrong, where a test asks for more.
    """

    name: str
    rule: str
    old: str
    new: str
    test: str
    file: str = ""
    field: str = "expr"
    asked: str = ""


@dataclass(frozen=True)
class Cut:
    """What a generated test says of one rule, beside the rules alone that this depends on.

    promtool evaluates every rule of the files that a test names, over all of its time: most would
    be spent on what the rule has no part in.
    """

    test: dict[str, Any]
    rules: dict[str, dict[str, Any]]

    def write(self, directory: Path, mutant: Mutant | None = None) -> Path:
        """The files as JSON, which is YAML, with the change of a mutant; answers the test's."""
        (directory / "tests").mkdir(parents=True)
        for name, rules in self.rules.items():
            written = _changed(copy.deepcopy(rules), mutant) if mutant else rules
            (directory / name).write_text(json.dumps(written))
        path = directory / "tests" / "test.yaml"
        path.write_text(json.dumps(self.test))
        return path


@dataclass(frozen=True)
class Sources:
    """What slokit generated for a bundle; its files are parsed once, and searched once a query."""

    bundle: GeneratedTests
    parsed: dict[str, dict[str, Any]] = field(default_factory=dict)
    read: dict[tuple[str, ...], list[dict[str, Any]]] = field(default_factory=dict)

    def cut(self, *mutants: Mutant) -> Cut:
        """What the one test that must see these mutants expects of their rules."""
        whole = self._file(f"tests/{mutants[0].file}")
        tests, needed = [], []
        for test in whole["tests"]:
            if not test["name"].startswith(mutants[0].test):
                continue
            expected = []
            for one in test["promql_expr_test"]:
                read = self._read_by(one["expr"], whole["rule_files"])
                names = {rule_name(rule) for rule in read}
                if any(mutant.asked in one["expr"] and mutant.rule in names for mutant in mutants):
                    expected.append(one)
                    needed += read
            tests.append({**test, "promql_expr_test": expected})
        assert any(test["promql_expr_test"] for test in tests), mutants
        files = {Path(name).name: self._file(Path(name).name) for name in whole["rule_files"]}
        return Cut({**whole, "tests": tests}, _only(needed, files))

    def cuts(self, mutants: Iterable[Mutant]) -> list[Cut]:
        """What is expected of the rules of all mutants, by test."""
        of = attrgetter("file", "test")
        return [self.cut(*group) for _, group in groupby(sorted(mutants, key=of), key=of)]

    def unchanged(self, mutants: Iterable[Mutant], directory: Path) -> Outcome:
        """What promtool says to what is expected of the rules of all mutants, left as they are."""
        cuts = enumerate(self.cuts(mutants))
        return test_rules([cut.write(directory / f"{number}") for number, cut in cuts])

    def changed(self, mutant: Mutant, directory: Path) -> Outcome:
        """What it says once the mutant is made."""
        return test_rules([self.cut(mutant).write(directory / "changed", mutant)])

    def _read_by(self, expr: str, files: Sequence[str]) -> list[dict[str, Any]]:
        """The rules whose series or alert an expression reads, itself or through other rules."""
        found = self.read.get((expr, *files))
        if found is None:
            groups = [group for name in files for group in self._file(Path(name).name)["groups"]]
            rules = [rule for group in groups for rule in group["rules"]]
            found = self.read[expr, *files] = _reached(expr, rules)
        return found

    def _file(self, name: str) -> dict[str, Any]:
        if name not in self.parsed:
            text = (self.bundle.directory / "alert-rules" / name).read_text()
            self.parsed[name] = yaml.safe_load(text)
        return self.parsed[name]


def _reached(expr: str, rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    texts = [expr]
    while texts:
        text = texts.pop()
        known = {id(rule) for rule in found}
        fresh = [rule for rule in rules if id(rule) not in known and _names(text, rule)]
        found += fresh
        texts += [rule["expr"] for rule in fresh]
    return found


def _names(text: str, rule: Mapping[str, Any]) -> bool:
    """Whether an expression may read a rule: by its name, with no other value of its labels."""
    if "alert" in rule and "ALERTS" in text and "alertname" not in text:
        return True
    own = rule.get("labels", {})
    selectors = re.findall(rf"(?<![\w:]){_called(rule)}(?![\w:])(?:{{([^}}]*)}})?", text)
    return any(
        all(own.get(label, value) == value for label, value in re.findall(r'(\w+)="(.*?)"', one))
        for one in selectors
    )


def _only(
    needed: list[dict[str, Any]], files: dict[str, dict[str, Any]]
) -> dict[str, dict[str, Any]]:
    """The groups with these rules alone."""
    kept = {id(rule) for rule in needed}
    return {
        name: {
            "groups": [
                {**group, "rules": rules}
                for group in file["groups"]
                if (rules := [rule for rule in group["rules"] if id(rule) in kept])
            ]
        }
        for name, file in files.items()
    }


def _called(rule: Mapping[str, Any]) -> str:
    return str(rule.get("record") or rule["alert"])


def _changed(rules: dict[str, Any], mutant: Mutant) -> dict[str, Any]:
    """The rules with the change, which is made in them."""
    (rule,) = [r for g in rules["groups"] for r in g["rules"] if rule_name(r) == mutant.rule]
    *path, last = mutant.field.split(".")
    for key in path:
        rule = rule[key]
    assert mutant.old in rule[last], rule[last]
    rule[last] = rule[last].replace(mutant.old, mutant.new)
    return rules


def rule_name(rule: Mapping[str, Any]) -> str:
    """As mutants call it: the series or alert, and its SLO, window, policy or severity."""
    labels = rule.get("labels", {})
    parts = [
        labels.get(key)
        for key in (
            "slo",
            "window" if "slo" not in labels else "",
            "alert_policy" if "alert" in rule or "long" in labels else "",
            "long",
            "severity"
            if ("alert_policy" in labels and ("alert" in rule or "long" in labels))
            or rule.get("alert") == "SlokitLedgerStale"
            else "",
        )
    ]
    return " ".join(filter(None, [rule.get("record") or rule["alert"], *parts]))
