"""Whether the series have the labels that the SLO is grouped and joined by."""

from collections import defaultdict
from collections.abc import Iterator

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding, Severity
from slokit.diagnostics.location import Location
from slokit.livecheck.checks import matchers
from slokit.livecheck.engine import places, wording
from slokit.livecheck.engine.inquiry import Inquiry
from slokit.livecheck.engine.parts import INFO, Part
from slokit.livecheck.engine.question import Question


def find(inquiry: Inquiry) -> Iterator[Finding]:
    """A finding for each label that all or some of the series lack."""
    lacking = [part for part in inquiry.parts if any(_absent(inquiry, part, n) for n in part.needs)]
    inquiry.asker.ask(matchers.one_series(part.text) for part in lacking)
    by_label: dict[tuple[str, str], list[Part]] = defaultdict(list)
    for part in lacking:
        for label in part.needs:
            if _absent(inquiry, part, label):
                by_label[part.slo.id, label].append(part)
    for (_, label), parts in by_label.items():
        yield from _of_label(inquiry, label, parts)


def _of_label(inquiry: Inquiry, label: str, parts: list[Part]) -> Iterator[Finding]:
    none = [part for part in parts if _absent(inquiry, part, label) == 1]
    place, why = _role(label, parts[0])
    if none:
        names = ", ".join(dict.fromkeys(part.name for part in none))
        has = sorted({n for p in none for n in matchers.labels_of(inquiry.asker, p.text)})
        hint = wording.did_you_mean(label, has) or f"they have {wording.quoted(has, 8)}"
        message = f"no series of {names} has the label '{label}', {why}"
        yield Finding(codes.NO_GROUP_LABEL, message, place, hint)
        return
    share = max(_absent(inquiry, part, label) for part in parts)
    names = ", ".join(dict.fromkeys(part.name for part in parts))
    message = f"some series of {names} lack the label '{label}', {why}"
    hint = f"{share:.0%} of the label combinations: they fall into a group without a name"
    yield Finding(codes.NO_GROUP_LABEL, message, place, hint, severity=Severity.WARNING)


def _role(label: str, part: Part) -> tuple[Location, str]:
    slo = part.slo
    join = slo.folding.join
    if part.side.role == INFO and join is not None:
        does = "adds" if label in join.labels else "matches by"
        return places.of_setting(slo, "join"), f"which the join {does}"
    if join is not None and label in join.by and label not in slo.folding.sources:
        return places.of_setting(slo, "join"), "which the join matches by"
    return places.of_setting(slo, "group_by"), "which the SLO is grouped by"


def _absent(inquiry: Inquiry, part: Part, label: str) -> float:
    """The share of what is there that lacks a label: 0 none, 1 all."""
    rows = inquiry.presence.labels(part).samples
    lacking = sum(1 for row in rows if not row.labels.get(label))
    return lacking / len(rows) if rows else 0.0


QUESTION = Question(
    "Do the series have the labels that the SLO is grouped and joined by?",
    (codes.NO_GROUP_LABEL,),
    find,
)
