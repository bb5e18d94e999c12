"""What a dialect is: a way to write services, and the drafts that every dialect gives.

A dialect knows its own keys, how its documents go together, and its defaults. It checks nothing
that concerns all dialects: `slokit.dialects.resolve` does, and makes services and SLOs of drafts.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Code, Finding, KeyPath, Location, Related
from slokit.model.ledger import Folding
from slokit.model.time_slices import TimeSlices
from slokit.model.window import Window
from slokit.sli.base import SliType
from slokit.source.expansion import Value
from slokit.source.fields import Written
from slokit.source.tree import Document


@dataclass(frozen=True, slots=True)
class SloDraft:
    """One SLO as a dialect reads it: decoded values, its dialect's defaults, and where all stands.

    ``body`` is that of the SLI, ``sli_location`` its location, and ``body_faults`` are the key
    paths in it that could not be read. ``limits`` are of this SLO alone where several share the
    body: they go in place of the body's. ``settings`` says where each setting is written, on
    whichever level, among them ``name`` and ``service``, and ``routing.team`` for one label of
    ``routing``; ``objectives`` are all the levels that give an objective. ``unreadable`` names the
    settings that could not be read, ``is_sound`` says whether all around could, and
    ``is_folding_known`` whether it is known how the sides are selected and grouped: a finding says
    so already, and what follows from it is not reported. ``inherited`` are the settings that it
    shares with others, as they are written for all of them.
    """

    name: str
    sli_type: SliType
    body: Written
    folding: Folding
    window: Window
    location: Location
    sli_location: Location
    settings: Mapping[str, Location]
    limits: Mapping[str, str] = field(default_factory=dict)
    objective: Decimal | None = None
    objectives: tuple[Location, ...] = ()
    alert_policy: str = "default"
    min_bad_events: int | None = None
    no_data: str = "alert"
    no_data_for: Fraction | None = None
    budgeting_method: str = "occurrences"
    time_slices: TimeSlices | None = None
    category: str = ""
    formerly: tuple[str, ...] = ()
    description: str = ""
    owner: str = ""
    runbook: str = ""
    alert_name: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    routing: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    unreadable: frozenset[str] = frozenset()
    body_faults: frozenset[KeyPath] = frozenset()
    is_sound: bool = True
    is_folding_known: bool = True
    inherited: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class CauseDraft:
    """One cause alert as a dialect reads it, and where it stands; times are seconds.

    ``faulty`` names the keys that could not be read: what is wrong with them is reported already.
    ``is_folding_known`` says whether it is known how the expression is selected and grouped.
    """

    name: str
    failure_mode: str
    expr: str
    folding: Folding
    severity: str
    hold: Fraction
    keep_firing: Fraction
    summary: str
    runbook: str
    location: Location
    routing: Mapping[str, str] = field(default_factory=dict)
    faulty: frozenset[str | int] = frozenset()
    is_folding_known: bool = True


@dataclass(frozen=True, slots=True)
class ServiceDraft:
    """One service with the drafts of its SLOs, which may come from several documents.

    ``location`` is that of its name; without a name, which could not be read then, it is no service
    and only its findings count. ``labels`` go to all its SLOs.
    """

    name: str
    slos: tuple[SloDraft, ...]
    location: Location
    description: str = ""
    owner: str = ""
    runbook: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    causes: tuple[CauseDraft, ...] = ()


Reading = Iterator[ServiceDraft | Finding]
"""What comes of documents: drafts as soon as they are whole, and what is wrong, in any order."""


@dataclass(frozen=True, slots=True)
class Environment:
    """What slokit.yaml gives to the parameters of templates, in one of its environments.

    ``offered`` says for each parameter which environments have a value for it; ``name`` is empty
    where none was chosen.
    """

    name: str = ""
    values: Mapping[str, Value] = field(default_factory=dict)
    offered: Mapping[str, Sequence[str]] = field(default_factory=dict)


TemplateFiles = Callable[[Location, str], Sequence[Document] | Finding]
"""The documents of the file that a path leads to, which is written at a location."""

Expanding = Iterator[Document | Finding]
"""Documents, those of templates in the place of their uses, and what is wrong, in any order."""


def _as_written(
    documents: Sequence[Document], _files: TemplateFiles, _environment: Environment
) -> Expanding:
    return iter(documents)


@dataclass(frozen=True, slots=True)
class Dialect:
    """One input format.

    ``matches`` says whether a document is written in it, by its data. ``expand`` puts what stands
    for several services in their place, for dialects that know such a thing. ``read`` gets all
    documents of the bundle then, so that one SLO may be spread over several. ``mark`` is a text by
    which a file that is not even YAML is known to be meant for it.
    """

    name: str
    mark: str
    matches: Callable[[object], bool]
    read: Callable[[Sequence[Document]], Reading]
    expand: Callable[[Sequence[Document], TemplateFiles, Environment], Expanding] = _as_written


def name_taken(
    what: str, name: str, location: Location, taken: dict[str, Location], code: Code
) -> Iterator[Finding]:
    """A finding where a name is among those ``taken`` by now, to which it is added."""
    first = taken.setdefault(name, location)
    if first is not location:
        message, related = f"a second {what} named {name!r}", (Related(first, "first here"),)
        yield Finding(code, message, location, "rename one", related)


def left_out(what: str, location: Location, hint: str) -> Finding:
    """Says what is not compiled; it is shown only where the error behind that is ignored."""
    message = f"this {what} is left out: an error in it is ignored"
    return Finding(codes.LEFT_OUT, message, location, hint)
