"""Latency: events within a limit, from a classic or a native histogram."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from pydantic import Field

from slokit.diagnostics import codes
from slokit.model.ledger import CountedIn, Ledger, Side, Terms, allowed_share
from slokit.model.live import Births, Bound, LiveQuestions, Pair
from slokit.promql import build
from slokit.promql.selector import Selector
from slokit.sli import expressions
from slokit.sli.base import Reader, SliType
from slokit.sli.sides import SideText, can_start_at_zero, read_side
from slokit.source.fields import LimitText, UnitText, Written

# Requests that may take so long are rare, milliseconds written without their unit are not.
_STRANGE_SECONDS = 20


class LatencyBody(Written):
    """A histogram and the limit that good events stay within."""

    histogram: SideText = Field(description="The histogram's name, without `_bucket`.")
    native: bool = Field(
        default=False, description="Whether it is a native histogram: any limit will do."
    )
    at_most: LimitText | None = Field(
        None,
        description="The limit, which must be the bound of a bucket unless native; itself good.",
    )
    unit: UnitText | None = Field(
        None, description="The unit, where the metric's suffix does not say."
    )
    starts_at_zero: bool = Field(
        default=False,
        description="Whether a counter that appears on a known target counts from zero.",
    )


@dataclass(frozen=True, slots=True)
class Latency:
    """A histogram and a limit in the histogram's own unit."""

    histogram: Side
    native: bool
    at_most: Fraction
    unit: str
    limit_text: str
    starts_at_zero: bool = False

    type = "latency"
    measure = "rate"
    counted_in = CountedIn.EVENTS

    @property
    def settings(self) -> Mapping[str, str]:
        """The kind of histogram, and what its first events count."""
        return {
            "native": str(self.native).lower(),
            "starts_at_zero": str(self.starts_at_zero).lower(),
        }

    def budget(self, objective: Decimal | None) -> Fraction:
        """Allowed slow events per event."""
        assert objective is not None
        return allowed_share(objective)

    def sides(self) -> Iterable[Side]:
        """The histogram as written."""
        return [self.histogram]

    def ledger(self, terms: Terms) -> Ledger:
        r"""Counts where the bucket exists, or the fraction that a native histogram gives.

        >>> ledger = ledger_of("latency", histogram="duration_seconds", at_most="1500ms")
        >>> print(ledger.total)
        sum((rate(duration_seconds_count[5m]) >= 0 < Inf)
        and ignoring (le) (rate(duration_seconds_bucket{le=~"1\\.50*"}[5m]) >= 0 < Inf))
        >>> print(ledger.bad)
        sum(clamp_min((rate(duration_seconds_count[5m]) >= 0 < Inf)
        - max without (le) (rate(duration_seconds_bucket{le=~"1\\.50*"}[5m]) >= 0 < Inf), 0))
        """
        return self._native(terms) if self.native else self._classic(terms)

    def _classic(self, terms: Terms) -> Ledger:
        # Series by series: in the middle of a rollout some members have other buckets, and what
        # has no bucket at the limit can be judged neither good nor bad. Nothing that one member
        # counts wrongly is taken from another: what is below zero is none of its own.
        known = self.counts() if self.starts_at_zero else None
        pairs = [
            expressions.slower(terms, count, bucket, known)
            for count, bucket in zip(self.counts().parts, self.buckets().parts, strict=True)
        ]
        totals = [expressions.fold(terms, "sum", total) for total, _ in pairs]
        bads = [expressions.fold(terms, "sum", bad) for _, bad in pairs]
        return Ledger(
            total=expressions.summed(terms, totals),
            bad=expressions.summed(terms, [expressions.per_second(terms, bad) for bad in bads]),
            present=expressions.present(terms, self.counts()),
        )

    def _native(self, terms: Terms) -> Ledger:
        # Series by series, too: one float among histograms would take the sum of its whole group.
        limit = build.number(self.at_most)
        totals, bads = [], []
        for histogram in expressions.histogram_rates(terms, self.histogram):
            count = f"histogram_count({histogram})"
            # the fraction of an idle histogram is NaN: `>= 0` drops it, and the zero stands in
            slow = f"{count} * (1 - histogram_fraction(-Inf, {limit}, {histogram})) >= 0"
            totals.append(expressions.fold(terms, "sum", f"{count} >= 0"))
            bads.append(expressions.fold(terms, "sum", slow))
        return Ledger(
            total=expressions.summed(terms, totals),
            bad=expressions.or_zero(terms, expressions.summed(terms, bads)),
            present=expressions.present(terms, self.histogram),
        )

    def live_questions(self, terms: Terms) -> LiveQuestions:
        """Whether the limit is a bucket, or the histogram a native one."""
        if self.native:
            return LiveQuestions((self.histogram,), native=self.histogram)
        parts = tuple(p.renamed("_bucket") for p in self.histogram.parts)
        bound = Bound(
            buckets=replace(self.histogram, parts=parts),
            limit=self.at_most,
            unit=self.unit,
            text=self.limit_text.removeprefix("at most "),
            matcher=build.bucket_bound(self.at_most).value,
        )
        counts = replace(self.counts(), role="counter")
        pair = Pair(self.buckets(), counts, is_complete=True)
        born = None if self.starts_at_zero else Births(counts, self.buckets(), counts)
        return LiveQuestions((counts,), bound=bound, pairs=(pair,), added=(counts,), born=born)

    def buckets(self) -> Side:
        """The side of the bucket at the limit."""
        bound = build.bucket_bound(self.at_most)
        parts = tuple(p.renamed("_bucket").inheriting([bound]) for p in self.histogram.parts)
        return replace(self.histogram, parts=parts)

    def counts(self) -> Side:
        """The side of all events."""
        parts = tuple(part.renamed("_count") for part in self.histogram.parts)
        return replace(self.histogram, parts=parts)


def resolve(body: LatencyBody, reader: Reader) -> Latency | None:
    """The SLI that a body means; None, with the reasons noted, when it means none."""
    side = read_side(reader, "histogram", body.histogram, "counter" if body.native else "histogram")
    if side and side.is_promql and not body.native:
        reader.report(
            codes.NOT_A_SELECTOR,
            "histogram",
            "a classic histogram is named, not computed: slokit reads its _bucket and _count",
            "write the histogram's name and matchers, or set `native: true`",
        )
        return None
    if side and not side.is_promql:
        _check_names(side, reader, needs_name=not body.native)
    unit = reader.unit(body.unit, [side])
    if body.at_most is None:
        reader.report(codes.LIMITS, "", "latency needs a limit", "add `at_most: 300ms`")
    limit = reader.limit("at_most", body.at_most, unit)
    if unit == "seconds":
        reader.bare_number("at_most", body.at_most, unit, _STRANGE_SECONDS)
    if side is None or limit is None or unit is None or body.at_most is None:
        return None
    if limit < 0:
        message, hint = "a latency limit cannot be negative", "write it like 300ms"
        reader.report(codes.LIMITS, "at_most", message, hint)
        return None
    if body.starts_at_zero and body.native:
        message = "a native histogram is one series for good and bad events: nothing is born"
        reader.report(codes.SIDES, "starts_at_zero", message, "leave `starts_at_zero` out")
        return None
    if body.starts_at_zero and not can_start_at_zero(reader, [side]):
        return None
    text = f"at most {body.at_most}"
    return Latency(side, body.native, limit, unit, text, body.starts_at_zero)


def _check_names(side: Side, reader: Reader, *, needs_name: bool) -> None:
    for number, part in enumerate(side.parts):
        name = part.metric() if isinstance(part, Selector) else ""
        where = side.key_of(number)
        if not name and needs_name:
            message = "the histogram has no name, so its _bucket and _count cannot be known"
            reader.report(codes.SIDES, where, message, "write the name before its matchers")
        if (
            needs_name
            and isinstance(part, Selector)
            and any(m.label == "le" for m in part.matchers)
        ):
            message = "the bucket follows from the limit, and the count of all events has no `le`"
            reader.report(codes.SIDES, where, message, "leave `le` out")
        if name.endswith("_bucket"):
            reader.report(
                codes.SIDES,
                where,
                f"{name!r} are the buckets, not the histogram",
                f"write {name.removesuffix('_bucket')}: slokit adds _bucket and _count itself",
            )


TYPE = SliType(
    name="latency",
    body=LatencyBody,
    has_objective=True,
    example="""\
histogram: http_request_duration_seconds
at_most: 250ms
""",
    resolve=resolve,
)
