"""Unit tests for promtool: of every service from raw series on and from its ledger on."""

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction

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
    slow_window_test,
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
    of_services = [
        artifact
        for service in bundle.services
        for artifact in (
            _from_raw_series(service, bundle, raw_tests),
            _from_ledger(service, bundle, context),
        )
    ]
    samples = sample_bundle(bundle)
    return [*of_services, *_of_bundle(samples, context)] if bundle.slos else of_services


def _from_raw_series(service: Service, bundle: Bundle, raw_tests: RawTests) -> Artifact:
    tests, without = raw_tests.of(service)
    stem = names.file_stem(service.name, bundle.project)
    path = names.service_test_file(stem)
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
    return Artifact(path, text_of(file), frozenset({service.name}))


def _from_ledger(service: Service, bundle: Bundle, context: BundleContext) -> Artifact:
    path = names.burn_test_file(names.file_stem(service.name, bundle.project))
    title = "From the ledger to burn rates and alerts"
    tests = service_tests(service, context)
    text = _with_bundle_rules(bundle, service.file, path, title, context.ledger_window, tests)
    return Artifact(path, text, frozenset({service.name}))


def _of_bundle(bundle: Bundle, context: BundleContext) -> Iterator[Artifact]:
    """The rules that serve all SLOs: a file for each pace at which they are evaluated."""

    def artifact(part: str, title: str, pace: Fraction, tests: Iterable[UnitTest]) -> Artifact:
        path = names.bundle_test_file(bundle.name, part)
        source = bundle_source(bundle)
        return Artifact(path, _with_bundle_rules(bundle, source, path, title, pace, tests))

    tests = [*burn_tests(bundle, context), *survival_tests(bundle, context)]
    title = "The rules that serve all SLOs of the bundle"
    yield artifact("", title, context.ledger_window, tests)
    if context.windows.slow and (pace := slow_pace(context)):
        title = "Burn rates over hours and days, with few samples"
        yield artifact("slow", title, pace, [slow_window_test(bundle, context, pace)])
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
