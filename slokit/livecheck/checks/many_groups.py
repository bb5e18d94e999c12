"""How many groups the SLO has."""

from collections.abc import Iterator

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding
from slokit.livecheck.engine import places, probes, wording
from slokit.livecheck.engine.inquiry import Inquiry
from slokit.livecheck.engine.parts import INFO, Part
from slokit.livecheck.engine.presence import MOST_GROUPS, with_join
from slokit.livecheck.engine.question import Question


def find(inquiry: Inquiry) -> Iterator[Finding]:
    """A finding for each SLO of more than MOST_GROUPS groups."""
    parts = [part for part in inquiry.parts if part.group_labels and part.side.role != INFO]
    answers = inquiry.presence.groups(parts)
    many = [part for part in parts if len(answers[part].samples) > MOST_GROUPS]
    inquiry.asker.ask(map(_count, many))
    for slo in {part.slo.id: part.slo for part in many}.values():
        counts = [inquiry.asker.answer(_count(p)).value or 0 for p in many if p.slo is slo]
        labels = wording.quoted(dict.fromkeys(slo.folding.sources))
        message = f"grouping by {labels} makes {wording.number(max(counts))} groups"
        hint = f"each has series of its own: keep below {wording.number(MOST_GROUPS)}"
        place = places.of_setting(slo, "group_by")
        yield Finding(codes.MANY_GROUPS, message, place, hint)


def _count(part: Part) -> str:
    return probes.how_many(with_join(part), part.group_labels)


QUESTION = Question("How many groups does the SLO have?", (codes.MANY_GROUPS,), find)
