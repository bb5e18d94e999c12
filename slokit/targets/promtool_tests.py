"""Unit tests for promtool: of every service from raw series on and from its ledger on."""

from collections.abc import Mapping
from typing import Any

from slokit.compiler import names
from slokit.compiler.burn import windows_in_use
from slokit.compiler.ledger import terms
from slokit.compiler.rules import Program
from slokit.spec.bundle import Bundle, Project
from slokit.spec.model import Service, Slo
from slokit.spec.rehearsal import Rehearsal, Rehearsed
from slokit.targets.base import Artifact, Target, source_line
from slokit.targets.promtool.burns import burn_tests
from slokit.targets.promtool.few_events import few_event_tests
from slokit.targets.promtool.setting import Setting
from slokit.targets.promtool.story import evaluation_interval, story
from slokit.targets.promtool.unit_test import TestFile, text_of


def emit(program: Program, options: Mapping[str, Any]) -> list[Artifact]:
    """The test files; ``options`` are none."""
    bundle = program.bundle
    setting = Setting(bundle.project, windows_in_use(bundle.slos))
    return [
        make(service, bundle, setting) for service in bundle.services for make in (_stories, _burns)
    ]


def _stories(service: Service, bundle: Bundle, setting: Setting) -> Artifact:
    project = bundle.project
    played = [(slo, _rehearsal(slo, project)) for slo in service.slos]
    path = names.service_test_file(service.name)
    file = TestFile(
        remarks=[
            source_line(bundle, service.file),
            *_how_to_run(path, "From raw series to the ledger, act after act"),
            *(_missing(slo) for slo, rehearsal in played if rehearsal is None),
        ],
        rules=[_relative(names.service_rules_file(service.name))],
        interval=evaluation_interval(project),
        tests=[story(slo, project, rehearsal) for slo, rehearsal in played if rehearsal],
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
        tests=[*burn_tests(service, setting), *few_event_tests(service, setting)],
    )
    return Artifact(path, text_of(file), frozenset({service.name}))


def _how_to_run(path: str, title: str) -> tuple[str, str]:
    return f"{title}. Run it with:", f"    promtool test rules {path}"


def _rehearsal(slo: Slo, project: Project) -> Rehearsal | None:
    if not isinstance(slo.sli, Rehearsed):
        return None
    return slo.sli.rehearse(terms(slo, project))


def _missing(slo: Slo) -> str:
    path = names.burn_test_file(slo.service).rpartition("/")[2]
    return f"Only from the ledger on, in {path}: {slo.name} (promtool cannot play its series)"


def _relative(path: str) -> str:
    """A rule file as the tests' directory sees it."""
    return path.replace(names.RULES_DIRECTORY, "..", 1)


TARGET = Target(
    name="tests",
    title="Unit tests for promtool",
    is_default=True,
    owns=(f"{names.TESTS_DIRECTORY}/*.test.yaml",),
    emit=emit,
)
