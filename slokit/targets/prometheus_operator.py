"""PrometheusRule objects for the Prometheus operator: one for each service, one for the bundle.

A service too large for one object has several: its rules are cut between SLOs, which do not read
each other's series, so that the parts may be evaluated apart.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from slokit.compiler import names
from slokit.compiler.rules import Program, Rule, RuleGroup
from slokit.diagnostics import codes
from slokit.model.bundle import Bundle
from slokit.model.slo import Service
from slokit.source.fields import Name, Written, fault
from slokit.targets.base import Artifact, Target, bundle_source, source_line
from slokit.targets.rule_yaml import dump, groups_data, rule_data
from slokit.text.words import clip

# `kubectl apply` keeps the object as JSON in an annotation, and Kubernetes takes 256 KiB of
# annotations; the operator itself takes half a MiB, Kubernetes one and a half.
LARGEST = 240_000

_LABEL_VALUE = re.compile(r"(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")
_LABEL_KEY = re.compile(
    r"(?:[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
)


def _label_key(key: str) -> str:
    if not _LABEL_KEY.fullmatch(key):
        hint = "such as release or example.com/team"
        raise fault(codes.BAD_LABEL, f"{clip(key)!r} is no label of Kubernetes", hint)
    return key


def _label_value(value: str) -> str:
    if not _LABEL_VALUE.fullmatch(value):
        hint = "letters, digits, dashes, dots and underscores, at most 63"
        raise fault(codes.BAD_LABEL, f"{clip(value)!r} is no label value of Kubernetes", hint)
    return value


LabelKey = Annotated[str, AfterValidator(_label_key)]
LabelValue = Annotated[str, AfterValidator(_label_value)]


class Options(Written):
    """Where the objects go, and how the operator finds them."""

    namespace: Name | None = Field(None, description="The namespace of the objects.")
    labels: dict[LabelKey, LabelValue] = Field(
        {}, description="Labels of the objects: those that the operator's `ruleSelector` wants."
    )


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of Kubernetes object that holds rule groups."""

    api_version: str
    name: str


PROMETHEUS_RULE = Kind("monitoring.coreos.com/v1", "PrometheusRule")


def emit(program: Program, options: Options, kind: Kind = PROMETHEUS_RULE) -> list[Artifact]:
    """The objects."""
    bundle = program.bundle
    artifacts = []
    for service, group in program.ledgers:
        for number, part in enumerate(_objects(group, program.causes_of(service)), 1):
            name = names.operator_object(bundle.name, service.name, number)
            text = dump(object_of(kind, name, groups_data(part), options))
            artifacts.append(file_of(service, bundle, kind, text, number))
    data = groups_data(program.groups)
    whole = dump(object_of(kind, names.operator_object(bundle.name), data, options))
    source = source_line(bundle, bundle_source(bundle))
    path = names.operator_file(f"{bundle.name}.bundle", kind=kind.name)
    return [*artifacts, Artifact(path, f"# {source}\n{whole}")]


def _objects(ledger: RuleGroup, others: Iterable[RuleGroup]) -> Iterator[tuple[RuleGroup, ...]]:
    """The groups of each object: the cause alerts stand in the last one, where there is room."""
    *full, last = [*_parts(ledger)]
    yield from ((part,) for part in full)
    together = (last, *others)
    if len(json.dumps(groups_data(together)).encode()) <= LARGEST:
        yield together
        return
    yield (last,)
    for group in others:
        yield from ((part,) for part in _parts(group))


def _parts(group: RuleGroup) -> Iterator[RuleGroup]:
    """The group, or groups of its name that hold its rules in order, each small enough."""
    rules: list[Rule] = []
    size = 0
    # Rules of one SLO stay together: the bad side reads the total that its group has just recorded.
    for _, own in groupby(group.rules, key=lambda rule: rule.labels.get(names.SLO)):
        together = list(own)
        # as JSON, which is how Kubernetes stores it, each with the comma behind it
        texts = (json.dumps(rule_data(rule), separators=(",", ":")) for rule in together)
        more = sum(len(text.encode()) + 1 for text in texts)
        if rules and size + more > LARGEST:
            yield replace(group, rules=tuple(rules))
            rules, size = [], 0
        rules += together
        size += more
    yield replace(group, rules=tuple(rules))


def file_of(service: Service, bundle: Bundle, kind: Kind, text: str, number: int = 1) -> Artifact:
    """The file of a service with objects of a kind; ``number`` counts them from 1."""
    path = names.operator_file(names.file_stem(service.name, bundle.project), number, kind.name)
    source = source_line(bundle, service.file)
    return Artifact(path, f"# {source}\n{text}", frozenset({service.name}))


def object_of(kind: Kind, name: str, spec: Mapping[str, Any], options: Options) -> dict[str, Any]:
    """An object of Kubernetes with the namespace and the labels of the options."""
    metadata: dict[str, Any] = {"name": name}
    if options.namespace:
        metadata["namespace"] = options.namespace
    # Sorted, and the operator's own first: the same bytes whatever the order in slokit.yaml.
    own = dict(sorted(options.labels.items()))
    metadata["labels"] = {"app.kubernetes.io/managed-by": "slokit", **own}
    return {
        "apiVersion": kind.api_version,
        "kind": kind.name,
        "metadata": metadata,
        "spec": dict(spec),
    }


TARGET = Target(
    name="prometheus-operator",
    title="PrometheusRule objects for the Prometheus operator",
    is_default=False,
    owns=(f"{names.KUBERNETES_DIRECTORY}/*.prometheusrule.yaml",),
    options=Options,
    emit=emit,
    of_bundle=(f"{names.KUBERNETES_DIRECTORY}/*.bundle*.prometheusrule.yaml",),
)
