"""Unit tests for promtool: of every service from raw series on and from its ledger on."""

from collections.abc import Iterable, Iterator
from fractions import Fraction

from slokit.compiler import names
from slokit.compiler.ledger import terms
from slokit.compiler.rules import Program
from slokit.compiler.windows import windows_in_use
from slokit.model.bundle import Bundle
from slokit.model.slo import Service, Slo
from slokit.targets.base import Artifact, NoOptions, Target, bundle_source, source_line
from slokit.targets.promtool.burns import burn_tests
from slokit.targets.promtool.few_events import few_event_tests
from slokit.targets.promtool.period import evaluation_order, period_pace, period_tests
from slokit.targets.promtool.scenarios import scenario_of
from slokit.targets.promtool.self_watch import self_watch_tests
from slokit.targets.promtool.setting import Setting
from slokit.targets.promtool.slow_windows import slow_pace, slow_window_tests
from slokit.targets.promtool.story import evaluation_interval, story
from slokit.targets.promtool.survival import survival_tests
from slokit.targets.promtool.unit_test import TestFile, UnitTest, text_of
from slokit.targets.promtool.windows import window_tests


def emit(program: Program, _: NoOptions) -> list[Artifact]:
    """The test files."""
    bundle = program.bundle
    setting = Setting(bundle.project, windows_in_use(bundle.slos))
    of_services = [
        make(service, bundle, setting) for service in bundle.services for make in (_stories, _burns)
    ]
    return [*of_services, *_bundle(bundle, setting)] if bundle.slos else of_services


def _stories(service: Service, bundle: Bundle, setting: Setting) -> Artifact:
    project = bundle.project
    scenarios = [(slo, scenario_of(slo.sli, terms(slo, project))) for slo in service.slos]
    path = names.service_test_file(service.name)
    file = TestFile(
        remarks=[
            source_line(bundle, service.file),
            *_how_to_run(path, "From raw series to the ledger, phase after phase"),
            *(_missing(slo) for slo, scenario in scenarios if scenario is None),
        ],
        rules=[_relative(names.service_rules_file(service.name))],
        interval=evaluation_interval(project),
        tests=[story(slo, project, scenario) for slo, scenario in scenarios if scenario],
    )
    return Artifact(path, text_of(file), frozenset({service.name}))


def _burns(service: Service, bundle: Bundle, setting: Setting) -> Artifact:
    path = names.burn_test_file(service.name)
    file = TestFile(
        remarks=[
            source_line(bundle, service.file),
            *_how_to_run(path, "From the ledger to burn rates and alerts"),
        ],
        rules=[_relative(names.bundle_rules_file(bundle.name))],
        interval=setting.project.ledger_window,
        order=evaluation_order(bundle),
        tests=[*burn_tests(service, setting), *few_event_tests(service, setting)],
    )
    return Artifact(path, text_of(file), frozenset({service.name}))


def _bundle(bundle: Bundle, setting: Setting) -> Iterator[Artifact]:
    """The rules that serve all SLOs: a file for each pace at which they are evaluated."""
    makers = (window_tests, survival_tests, self_watch_tests)
    tests = [test for make in makers for test in make(bundle, setting)]
    title = "The rules that serve all SLOs of the bundle"
    yield _of_bundle(bundle, "", title, setting.project.ledger_window, tests)
    if setting.windows.slow and (pace := slow_pace(setting)):
        title = "Burn rates over hours and days, in fast motion"
        yield _of_bundle(bundle, "slow", title, pace, slow_window_tests(bundle, setting))
    for window in setting.windows.period:
        if pace := period_pace(window, setting):
            title = f"What is left of the budgets of {window.name}, in fast motion"
            period = period_tests(bundle, setting, window)
            yield _of_bundle(bundle, window.name, title, pace, period)


def _of_bundle(
    bundle: Bundle, part: str, title: str, pace: Fraction, tests: Iterable[UnitTest]
) -> Artifact:
    path = names.bundle_test_file(bundle.name, part)
    file = TestFile(
        remarks=[source_line(bundle, bundle_source(bundle)), *_how_to_run(path, title)],
        rules=[_relative(names.bundle_rules_file(bundle.name))],
        interval=pace,
        order=evaluation_order(bundle),
        tests=tests,
    )
    return Artifact(path, text_of(file))


def _how_to_run(path: str, title: str) -> tuple[str, str]:
    return f"{title}. Run it with:", f"    promtool test rules {path}"


def _missing(slo: Slo) -> str:
    path = names.burn_test_file(slo.service).rpartition("/")[2]
    return f"Only from the ledger on, in {path}: {slo.name} (its series cannot be written down)"


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
)
