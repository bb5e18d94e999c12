"""Unit tests for promtool: of every service from raw series on and from its ledger on."""

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from functools import partial
from itertools import chain

from slokit.compiler import names
from slokit.compiler.rules import Program
from slokit.compiler.windows import windows_in_use
from slokit.model.alerting import SEVERITIES
from slokit.model.bundle import Bundle
from slokit.model.slo import Service
from slokit.targets.base import Artifact, NoOptions, Target, bundle_source, source_line
from slokit.targets.promtool.burn_tests import burn_tests
from slokit.targets.promtool.calendar_tests import calendar_tests
from slokit.targets.promtool.ledger_history import BundleContext
from slokit.targets.promtool.long_window_tests import (
    period_pace,
    period_tests,
    slow_pace,
    slow_window_tests,
)
from slokit.targets.promtool.raw_tests import RawTests, evaluation_interval
from slokit.targets.promtool.sample_slos import sample_bundle
from slokit.targets.promtool.service_tests import service_tests
from slokit.targets.promtool.survival_tests import survival_tests
from slokit.targets.promtool.unit_test import UnitTest, UnitTestFile, text_of


def emit(program: Program, _: NoOptions) -> list[Artifact]:
    """The test files."""
    bundle = program.bundle
    called = names.burn_alerts(bundle)
    timed = tuple(p.name for p in bundle.policies if any(any(p.times(s)) for s in SEVERITIES))
    context = BundleContext(bundle.project, windows_in_use(bundle.slos), called, timed)
    raw_tests = RawTests(context)
    artifacts = []
    for service in bundle.services:
        stem = names.file_stem(service.name, bundle.project)
        raw, ledger = names.service_test_file(stem), names.burn_test_file(stem)
        only = frozenset({service.name})
        artifacts += [
            Artifact(raw, partial(_from_raw_series, raw, service, bundle, raw_tests), only),
            Artifact(ledger, partial(_from_ledger, ledger, service, bundle, context), only),
        ]
    return [*artifacts, *_of_bundle(sample_bundle(bundle), context)] if bundle.slos else artifacts


def _from_raw_series(path: str, service: Service, bundle: Bundle, raw_tests: RawTests) -> str:
    tests, without = raw_tests.of(service)
    stem = names.file_stem(service.name, bundle.project)
    elsewhere = names.burn_test_file(stem).rpartition("/")[2]
    remarks = [
        f"Only from the ledger on, in {elsewhere}: {slo.name} (its series cannot be written down)"
        for slo in without
    ]
    file = UnitTestFile(
        remarks=[
            source_line(bundle, service.file),
            *_how_to_run(path, "From raw series to the ledger, phase after phase"),
            *remarks,
        ],
        rules=_relative(names.service_rules_file(stem)),
        interval=evaluation_interval(bundle.project),
        tests=tests,
    )
    return text_of(file)


def _from_ledger(path: str, service: Service, bundle: Bundle, context: BundleContext) -> str:
    title = "From the ledger to burn rates and alerts"
    tests = service_tests(service, context)
    return _with_bundle_rules(bundle, service.file, path, title, context.ledger_window, tests)


def _of_bundle(bundle: Bundle, context: BundleContext) -> Iterator[Artifact]:
    """The rules that serve all SLOs: a file for each pace at which they are evaluated."""

    def artifact(part: str, title: str, pace: Fraction, tests: Iterable[UnitTest]) -> Artifact:
        path = names.bundle_test_file(bundle.name, part)
        source = bundle_source(bundle)
        text = partial(_with_bundle_rules, bundle, source, path, title, pace, tests)
        return Artifact(path, text)

    tests = chain(burn_tests(bundle, context), survival_tests(bundle, context))
    title = "The rules that serve all SLOs of the bundle"
    yield artifact("", title, context.ledger_window, tests)
    if context.windows.slow and (pace := slow_pace(context)):
        title = "Burn rates over hours and days, with few samples"
        yield artifact("slow", title, pace, slow_window_tests(bundle, context, pace))
    for window in context.windows.period:
        if pace := period_pace(window, context):
            title = f"What is left of the budgets of {window.name}, with few samples"
            of_period = period_tests if window.is_rolling else calendar_tests
            yield artifact(window.name, title, pace, of_period(bundle, context, window, pace))


def _with_bundle_rules(
    bundle: Bundle, source: str, path: str, title: str, pace: Fraction, tests: Iterable[UnitTest]
) -> str:
    """The groups run in the order in which each finds what it reads, however rarely they run."""
    file = UnitTestFile(
        remarks=[source_line(bundle, source), *_how_to_run(path, title)],
        rules=_relative(names.bundle_rules_file(bundle.name)),
        interval=pace,
        tests=tests,
        order=[names.bundle_group(bundle.name, part) for part in ("slow", "period", "fast")],
    )
    return text_of(file)


def _how_to_run(path: str, title: str) -> Sequence[str]:
    return f"{title}. Run it with:", f"    promtool test rules {path}"


def _relative(path: str) -> str:
    """A rule file as the tests' directory sees it."""
    return path.replace(names.RULES_DIRECTORY, "..", 1)


TARGET = Target(
    name="tests",
    title="Unit tests for promtool",
    is_default=True,
    owns=(f"{names.TESTS_DIRECTORY}/*.test.yaml",),
    options=NoOptions,
    emit=emit,
    of_bundle=(names.bundle_test_file("*", "*"), names.bundle_test_file("*")),
)
