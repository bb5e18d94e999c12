"""The key ``alerts`` of slokit.yaml: what alerts are labelled with, and what they show.

It decides what may be written; how labels get onto alerts is the compiler's.
"""

from collections.abc import Iterator
from typing import Annotated

from pydantic import AfterValidator, Discriminator, Field, Tag

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding, Location
from slokit.model.alerting import PAGE, TICKET, AlertLabels, SeverityLabels
from slokit.source.fields import AlertLabelName, InfoLabel, Written, fault
from slokit.text.words import clip


def _kind(value: object) -> str:
    return "[mapping]" if isinstance(value, dict) else "[other]"


def _severity_name(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise fault(codes.BAD_VALUE, "a severity has a name", "such as critical or warning")
    return text


def _static_text(text: str) -> str:
    if not text:
        raise fault(
            codes.BAD_VALUE, "an empty label is no label", "give it a value, or leave it out"
        )
    return text


SeverityName = Annotated[str, AfterValidator(_severity_name)]
StaticLabels = dict[AlertLabelName, Annotated[str, AfterValidator(_static_text)]]


class SeverityWritten(Written):
    """One severity: what its alerts are labelled with."""

    name: SeverityName | None = Field(
        None, description="The value of the label `severity`; `page` or `ticket` unless given."
    )
    labels: StaticLabels = Field({}, description="Labels that all alerts of this severity have.")


Severity = Annotated[
    Annotated[SeverityName, Tag("[other]")] | Annotated[SeverityWritten, Tag("[mapping]")],
    Discriminator(_kind),
]


class SeveritiesWritten(Written):
    """What pages and tickets are called, and the labels that all of either have."""

    page: Severity = Field(
        SeverityWritten(), description="A name for `page`, or `{name: …, labels: {…}}`."
    )
    ticket: Severity = Field(
        SeverityWritten(), description="A name for `ticket`, or `{name: …, labels: {…}}`."
    )


class LiftedWritten(Written):
    """Metadata that alerts carry as labels, by severity."""

    page: list[InfoLabel] = Field(["owner"], description="Those of pages.")
    ticket: list[InfoLabel] = Field(["owner"], description="Those of tickets.")


Lifted = Annotated[
    Annotated[list[InfoLabel], Tag("[other]")] | Annotated[LiftedWritten, Tag("[mapping]")],
    Discriminator(_kind),
]


class AlertsWritten(Written):
    """What alerts carry."""

    severities: SeveritiesWritten = Field(
        SeveritiesWritten(), description="Names and labels of `page` and `ticket`."
    )
    labels: Lifted = Field(
        ["owner"],
        description=(
            "Labels of `slokit:info` that alerts carry: for all of them, or"
            " `{page: […], ticket: […]}`."
        ),
    )
    annotations: list[InfoLabel] = Field(
        [], description="Labels of `slokit:info` that alerts show as annotations."
    )


def alert_labels(written: AlertsWritten) -> AlertLabels:
    """What alerts carry, as it is written."""
    lifted = written.labels
    if isinstance(lifted, list):
        lifted = LiftedWritten(page=lifted, ticket=lifted)
    return AlertLabels(
        {
            PAGE: _severity(PAGE, written.severities.page, lifted.page),
            TICKET: _severity(TICKET, written.severities.ticket, lifted.ticket),
        },
        tuple(dict.fromkeys(written.annotations)),
    )


def _severity(severity: str, written: str | SeverityWritten, lifted: list[str]) -> SeverityLabels:
    given = SeverityWritten(name=written) if isinstance(written, str) else written
    return SeverityLabels(given.name or severity, given.labels, tuple(dict.fromkeys(lifted)))


def alert_faults(written: AlertsWritten, location: Location) -> Iterator[Finding]:
    """What does not go together, at the key's location: one label or name for two things."""
    found = alert_labels(written)
    page, ticket = found.of(PAGE), found.of(TICKET)
    if page.name == ticket.name:
        message = f"pages and tickets are both called {clip(page.name)!r}"
        where = location.at("severities", of_key=True)
        yield Finding(codes.BAD_VALUE, message, where, "give them different names")
    for severity, labels in found.severities.items():
        for label in labels.static:
            where = location.at("severities", severity, "labels", label, of_key=True)
            if label in labels.lifted or label in found.annotations:
                key = "labels" if label in labels.lifted else "annotations"
                message = f"the label {label!r} stands in `alerts: {{{key}: […]}}`, too"
                yield Finding(codes.BAD_LABEL, message, where, "keep one of them")
