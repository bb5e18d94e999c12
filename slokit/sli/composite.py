"""Composite: an SLO made of other SLOs, such as the steps of a user journey.

Its members' ledgers are read, whatever those count: at each evaluation every member has a share of
bad, and the method makes one share of them. Members count different things, queries and seconds, so
there is no common event to count: the total is time, for as long as any member has traffic.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Field

from slokit.diagnostics import codes
from slokit.model.ledger import (
    BAD,
    TOTAL,
    CountedIn,
    Facet,
    Ledger,
    Side,
    SidesApart,
    Terms,
    allowed_share,
)
from slokit.model.slo import Slo
from slokit.promql import build
from slokit.sli.base import Reader, SliType
from slokit.source.fields import Written
from slokit.text.numbers import format_number
from slokit.text.words import clip

_WEIGHTED = "weighted"
_FEWEST = 2
_OF = ("service", "slo")


class CompositeBody(Written):
    """The SLOs that it is made of, and what their shares of bad come down to."""

    of: Annotated[list[str], Field(min_length=1)] = Field(
        description="Its members, as `service/slo`; a name alone is one of this service."
    )
    method: Literal["worst", "weighted", "all"] = Field(
        description="`worst` (the member with the largest share of bad counts), `weighted` (the"
        " mean of the shares), or `all` (what passes every member, one after another, is good)."
    )
    weights: dict[str, Annotated[float, Field(gt=0, allow_inf_nan=False)]] = Field(
        {}, description="With `weighted`, how much a member weighs; 1 unless given."
    )


@dataclass(frozen=True, slots=True)
class Composite:
    """The ids of members, where each is written, and its weight.

    ``measure`` is ``level`` where any member's ledger says what held at an instant.
    """

    of: tuple[str, ...]
    of_keys: tuple[str, ...]
    method: str
    weights: tuple[Fraction, ...]
    measure: str = "rate"

    type = "composite"
    unit = ""
    limit_text = ""
    counted_in = CountedIn.TIME_OF_MEMBERS

    @property
    def settings(self) -> Mapping[str, str]:
        """The members, the method, and the weights that are not 1."""
        weights = [
            f"{name}: {format_number(weight)}"
            for name, weight in zip(self.of, self.weights, strict=True)
            if weight != 1
        ]
        return {
            "of": f"[{', '.join(self.of)}]",
            "method": self.method,
            "weights": f"{{{', '.join(weights)}}}" if weights else "",
        }

    def failing(self, name: str) -> tuple[str, str]:
        """The time, for members count different things."""
        return "of the time is bad", "may be"

    def budget(self, objective: Decimal | None) -> Fraction:
        """Allowed bad time per time."""
        assert objective is not None
        return allowed_share(objective)

    def facets(self, terms: Terms) -> Iterable[Facet]:
        """What each member takes part with."""
        yield Facet(
            key="members",
            title="Share of bad of each member",
            description=(
                "What the members' own ledgers say. The highest line is the member to look at: its"
                " own section, here or on its service's dashboard, has the series behind it."
            ),
            unit="ratio",
            queries=((self._shares(terms), "{{service}}/{{slo}}"),),
        )

    def sides(self) -> Iterable[Side]:
        """None of its own: it reads what is recorded."""
        return ()

    def over(self, members: Sequence[Slo]) -> "Composite":
        """The same, where it is known how the members' ledgers are to be read."""
        is_level = any(member.sli.measure == "level" for member in members)
        of = tuple(member.id for member in members)
        return replace(self, of=of, measure="level" if is_level else "rate")

    def ledger(self, terms: Terms) -> Ledger:
        """1 while any member has traffic, and what the method makes of their shares of bad.

        >>> ledger = ledger_of("composite", of=["web/up", "pay/up"], method="worst")
        >>> print(ledger.total)
        max(slokit:total:rate5m{service="web",slo="up"} > bool 0
        or slokit:total:rate5m{service="pay",slo="up"} > bool 0)
        >>> print(ledger.bad)
        max(clamp(
        sum by (service, slo) (slokit:bad:rate5m{service="web",slo="up"}
        or slokit:bad:rate5m{service="pay",slo="up"})
        / (sum by (service, slo) (slokit:total:rate5m{service="web",slo="up"}
        or slokit:total:rate5m{service="pay",slo="up"}) > 0), 0, 1))
        or ignoring (bundle, service, slo) 0 * R
        """
        groups = terms.folding.names
        active = _either([f"{terms.of_slo(name, TOTAL)} > bool 0" for name in self.of])
        # while none has traffic there is nothing to judge, and still something to see: 0 of 0
        idle = f"\nor {build.IGNORING} 0 * {terms.recorded_total}"
        total, bad = build.fold("max", groups, active), self._bad(terms)
        return Ledger(
            total=total,
            bad=f"{bad}{idle}",
            # the total is written once less
            apart=SidesApart(bad=bad, total=total, adds_up=True),
            # over a ledger window the shares of counters are shares of all that was in it
            is_whole=self.measure == "rate",
        )

    def _bad(self, terms: Terms) -> str:
        groups, shares = terms.folding.names, self._shares(terms)
        if self.method == "worst":
            return build.fold("max", groups, shares)
        if self.method == "all":
            # PromQL has no product: the logarithm of one is a sum. That of 0 is -Inf, and what
            # fails whole makes all of it bad.
            return f"1 - exp({build.fold('sum', groups, f'ln(1 - {shares})')})"
        if len(set(self.weights)) == 1:
            return build.fold("avg", groups, shares)
        # what has no traffic weighs nothing: the mean is of the others
        weighing = _either(
            [
                f"{build.number(weight)} * ({self._of_members(terms, TOTAL, [name])} > bool 0)"
                for name, weight in zip(self.of, self.weights, strict=True)
            ]
        )
        weighed = _either(
            [
                f"{build.number(weight)} * {self._share(terms, [name])}"
                for name, weight in zip(self.of, self.weights, strict=True)
            ]
        )
        return (
            f"{build.fold('sum', groups, weighed)}\n/ ({build.fold('sum', groups, weighing)} > 0)"
        )

    def _shares(self, terms: Terms) -> str:
        """The share of bad of each member with traffic."""
        return self._share(terms, self.of, "\n")

    def _share(self, terms: Terms, names: Sequence[str], begin: str = "") -> str:
        bad, total = (self._of_members(terms, side, names) for side in (BAD, TOTAL))
        # Two rules record the sides, and a reader in another group may come between them.
        return f"clamp({begin}{bad}\n/ ({total} > 0), 0, 1)"

    def _of_members(self, terms: Terms, side: str, names: Iterable[str]) -> str:
        """One side of members, each folded to the groups by itself."""
        vectors = _either([terms.of_slo(name, side) for name in names])
        return build.fold("sum", (*_OF, *terms.folding.names), vectors)


def _either(vectors: Iterable[str]) -> str:
    """Several vectors in one: those of SLOs differ by the labels service and slo."""
    return "\nor ".join(vectors)


def resolve(body: CompositeBody, reader: Reader) -> Composite | None:
    """The SLI that a body means; None, with the reasons noted, when it means none.

    Whether its members exist is known when all of the bundle is read.
    """
    keys: dict[str, str] = {}
    for number, name in enumerate(body.of):
        if name in keys:
            message = f"the member {clip(name)!r} is given twice"
            reader.report(codes.COMPOSITE, f"of.{number}", message, "leave one out")
        keys.setdefault(name, f"of.{number}")
    if len(body.of) < _FEWEST:
        message, hint = "a composite is made of several SLOs", "name another one"
        reader.report(codes.COMPOSITE, "of", message, hint)
    if body.weights and body.method != _WEIGHTED:
        message = f"the method {body.method!r} takes no weights"
        hint = "leave them out, or use `method: weighted`"
        reader.report(codes.COMPOSITE, "weights", message, hint)
    for name in body.weights:
        if name not in keys:
            message = f"{clip(name)!r} has a weight, and is no member"
            hint = f"one of {', '.join(map(clip, keys))}"
            reader.report(codes.COMPOSITE, f"weights.{name}", message, hint)
    if reader.has_failed:
        return None
    weights = tuple(Fraction(str(body.weights.get(name, 1))) for name in keys)
    return Composite(tuple(keys), tuple(keys.values()), body.method, weights)


TYPE = SliType(
    name="composite",
    body=CompositeBody,
    has_objective=True,
    example="""\
of: [checkout/availability, payments/availability]
method: worst
""",
    resolve=resolve,
    reads_series=False,
)
