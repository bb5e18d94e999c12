"""Ratio: an error ratio that is given, for those who have nothing else.

A ratio has lost its events: an idle minute counts as much as a busy one. So its total is 1 for as
long as it exists, and what it says is weighed by time. Where the two sides are counters, `events`
counts what really happened.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from pydantic import Field

from slokit.diagnostics import codes
from slokit.model.ledger import CountedIn, Facet, Ledger, Side, Terms, allowed_share
from slokit.model.live import LiveQuestions
from slokit.promql import build, variables
from slokit.sli import expressions, facets
from slokit.sli.base import Reader, SliType
from slokit.sli.side_checks import Absence
from slokit.sli.sides import SideText, keeps_names, read_side
from slokit.source.fields import Written


class RatioBody(Written):
    """A ratio from 0 to 1, of bad or of good events; one of the two."""

    bad: SideText | None = Field(None, description="The share of bad events, from 0 to 1.")
    good: SideText | None = Field(None, description="The share of good events, from 0 to 1.")


@dataclass(frozen=True, slots=True)
class Ratio:
    """A ratio of bad or of good events; its side's key says which."""

    share: Side

    type = "ratio"
    unit = ""
    limit_text = ""
    counted_in = CountedIn.TIME_OF_RATIO

    @property
    def measure(self) -> str:
        """With ``$window`` a mean over the ledger window, without it what holds at an instant."""
        used = variables.used(self.share.texts[0])
        return "rate" if used & {"window", "window_seconds"} else "level"

    @property
    def settings(self) -> Mapping[str, str]:
        """None."""
        return {}

    def failing(self, name: str) -> tuple[str, str]:
        """Whatever the ratio is of."""
        return "is bad", "may be"

    def budget(self, objective: Decimal | None) -> Fraction:
        """Allowed bad time per time."""
        assert objective is not None
        return allowed_share(objective)

    def facets(self, terms: Terms) -> Iterable[Facet]:
        """The ratio as it is given."""
        yield Facet(
            key="ratio",
            title=f"Share of {self.share.key} events as given",
            description=(
                "The ratio that this SLO reads, of the members where it is worst. A member that"
                " stands apart from the others is where to look first."
            ),
            unit="ratio",
            queries=facets.levels(terms, self.share, lowest=self.share.key == "good"),
        )

    def sides(self) -> Iterable[Side]:
        """The ratio as written."""
        return [self.share]

    def ledger(self, terms: Terms) -> Ledger:
        """1 where the ratio exists, and the mean of the group's ratios.

        >>> ledger = ledger_of("ratio", bad="error_ratio")
        >>> print(ledger.total)
        group(error_ratio <= Inf)
        >>> print(ledger.bad)
        avg(clamp(error_ratio <= Inf, 0, 1))
        >>> print(ledger_of("ratio", good="success_ratio").bad)
        1 - avg(clamp(success_ratio <= Inf, 0, 1))
        """
        # 0 / 0 is NaN: without traffic there is no ratio. Errors without a total are infinitely
        # many, which the clamp makes all of them.
        ratios = build.numbers_only(expressions.value(terms, self.share.parts[0]))
        # Each is clamped before the mean, so that a series beyond 1 outweighs no other one.
        mean = expressions.fold(terms, "avg", f"clamp({ratios}, 0, 1)")
        return Ledger(
            total=expressions.fold(terms, "group", ratios),
            bad=mean if self.share.key == "bad" else f"1 - {mean}",
        )

    def live_questions(self, terms: Terms) -> LiveQuestions:
        """Whether the ratio exists, and is one."""
        return LiveQuestions((self.share,), share=self.share)


def resolve(body: RatioBody, reader: Reader) -> Ratio | None:
    """The SLI that a body means; None, with the reasons noted, when it means none."""
    if (body.bad is None) == (body.good is None):
        reader.report(
            codes.SIDES,
            "good" if body.good else "",
            "a ratio is either of `bad` or of `good` events",
            "write one of them; events that are counted belong to `events`",
        )
        return None
    key = "bad" if body.bad else "good"
    texts = body.bad or body.good
    # no ratio may mean that nothing failed, or that all is gone: no constant can stand for both
    share = read_side(reader, key, texts, "gauge", Absence.AMBIGUOUS)
    # the clamp drops the name
    if share is None or not keeps_names(reader, share):
        return None
    if len(share.parts) > 1:
        reader.report(
            codes.SIDES,
            f"{key}.1" if texts and len(texts) > 1 else key,
            "a ratio is one expression: several have no sum",
            "write one expression, or an SLO for each",
        )
        return None
    return Ratio(share)


TYPE = SliType(
    name="ratio",
    body=RatioBody,
    has_objective=True,
    example="""\
bad: job:request_errors:ratio
""",
    resolve=resolve,
)
