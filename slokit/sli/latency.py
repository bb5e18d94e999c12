"""Latency: events within a limit, from a classic or a native histogram.

The limit may differ by labels: then each series has the limit of the first entry that it matches,
so that each event is judged once.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Annotated

from pydantic import Field

from slokit.diagnostics import codes
from slokit.model.ledger import CountedIn, Facet, Ledger, Side, Terms, allowed_share
from slokit.model.live import Births, Bound, LiveQuestions, Pair
from slokit.promql import build
from slokit.promql.selector import Selector, matcher_list
from slokit.sli import expressions, facets
from slokit.sli.base import Reader, SliType
from slokit.sli.limits import LimitMatch, split
from slokit.sli.nouns import noun
from slokit.sli.sides import SideText, can_start_at_zero, read_side
from slokit.source.fields import LimitText, UnitText, Written

# Requests that may take so long are rare, milliseconds written without their unit are not.
_STRANGE_SECONDS = 20


class LimitWritten(Written):
    """A limit for the series that match, unless they match an entry before it."""

    match: LimitMatch = Field(
        description='Matchers on labels of the histogram, such as `verb="LIST"`.'
    )
    at_most: LimitText = Field(description="Their limit; itself good.")


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
    limits: Annotated[list[LimitWritten], Field(min_length=1)] | None = Field(
        None,
        description="Limits that differ by labels, `{match, at_most}` each: the first entry that a"
        " series matches counts, and `at_most` for the rest, which is left out without.",
    )
    unit: UnitText | None = Field(
        None, description="The unit, where the metric's suffix does not say."
    )
    starts_at_zero: bool = Field(
        default=False,
        description="Whether a counter that appears on a known target counts from zero.",
    )


@dataclass(frozen=True, slots=True)
class WrittenLimit:
    """A limit as text, the key path at which it is written, and its value in the unit."""

    text: str
    key: tuple[str | int, ...]
    value: Fraction


@dataclass(frozen=True, slots=True)
class Latency:
    """A histogram and a limit for each of its parts, in the histogram's own unit.

    Parts of different limits have no series in common. ``bounds`` are the limits as written.
    """

    histogram: Side
    native: bool
    limits: tuple[Fraction, ...]
    bounds: tuple["WrittenLimit", ...]
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

    def failing(self, name: str) -> tuple[str, str]:
        """Requests that take too long."""
        limit = f"over {self.bounds[0].text}" if len(self.bounds) == 1 else "too long"
        return f"of {noun([self.histogram])} take {limit}", "may"

    def budget(self, objective: Decimal | None) -> Fraction:
        """Allowed slow events per event."""
        assert objective is not None
        return allowed_share(objective)

    def facets(self, terms: Terms) -> Iterable[Facet]:
        """Quantiles, the heat map, and what each member is asked."""
        parts = self.histogram.parts
        if not self.native:
            parts = tuple(dict.fromkeys(part.renamed("_bucket") for part in parts))
        # entries of `limits` split one histogram: the whole of it is looked at once
        sums = [facets.buckets(terms, part, native=self.native) for part in parts]
        yield Facet(
            key="quantiles",
            title="Latency: P50, P95 and P99",
            description=(
                f"Half, 95 % and 99 % of events are faster than this; good is {self.limit_text}."
                " P99 alone rising is a slow member or a slow kind of request; all three rising is"
                " saturation."
            ),
            unit=self.unit,
            queries=tuple(
                (f"histogram_quantile({quantile}, {one})", f"P{name}")
                for one in sums
                for quantile, name in (("0.5", "50"), ("0.95", "95"), ("0.99", "99"))
            ),
            limits=tuple(dict.fromkeys(self.limits)),
        )
        yield Facet(
            key="heat",
            title="Latency heat map",
            description=(
                "How many events a second fall into each bucket. Two bands are two kinds of"
                " request, or a fast and a slow member."
            ),
            unit=self.unit,
            queries=((sums[0], "{{le}}"),),
            form="native" if self.native else "buckets",
        )
        yield Facet(
            key="slow",
            title="Slow events by member",
            description=(
                f"Events a second that are not {self.limit_text}. One member that stands apart is"
                " slow by itself; all together, look at what they share."
            ),
            unit="per second",
            queries=tuple(self._slow_by_member(terms)),
        )
        if not self.native:
            yield Facet(
                key="requests",
                title="Events by member",
                description=(
                    "What each member is asked a second. One that is asked far more than the others"
                    " is a hot shard; one that is asked nothing has dropped out."
                ),
                unit="per second",
                queries=facets.rates(terms, self.counts()),
            )

    def _slow_by_member(self, terms: Terms) -> Iterable[tuple[str, str]]:
        by = facets.labels(terms)
        if self.native:
            for part, limit in zip(self.histogram.parts, self.limits, strict=True):
                yield facets.slow_native(terms, by, part, build.number(limit)), facets.legend(by)
            return
        for count, bucket in zip(self.counts().parts, self.buckets().parts, strict=True):
            if isinstance(count, Selector) and isinstance(bucket, Selector):
                yield facets.slow(terms, by, count, bucket), facets.legend(by)

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
        totals, bads = [], []
        rates = expressions.histogram_rates(terms, self.histogram)
        for histogram, limit in zip(rates, map(build.number, self.limits), strict=True):
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
        counts = replace(self.counts(), role="counter")
        pair = Pair(self.buckets(), counts, is_complete=True)
        born = None if self.starts_at_zero else Births(counts, self.buckets(), counts)
        bounds = tuple(self._live_bounds())
        return LiveQuestions((counts,), bounds=bounds, pairs=(pair,), added=(counts,), born=born)

    def _live_bounds(self) -> Iterator[Bound]:
        parts = tuple(p.renamed("_bucket") for p in self.histogram.parts)
        buckets = replace(self.histogram, parts=parts)
        for written in self.bounds:
            yield Bound(
                buckets=buckets,
                limit=written.value,
                unit=self.unit,
                text=written.text,
                matcher=build.bucket_bound(written.value).value,
                numbers=frozenset(
                    number for number, limit in enumerate(self.limits) if limit == written.value
                ),
                key=written.key,
            )

    def buckets(self) -> Side:
        """The side of the buckets at the limits."""
        parts = tuple(
            part.renamed("_bucket").inheriting([build.bucket_bound(limit)])
            for part, limit in zip(self.histogram.parts, self.limits, strict=True)
        )
        return replace(self.histogram, parts=parts)

    def counts(self) -> Side:
        """The side of all events."""
        parts = tuple(part.renamed("_count") for part in self.histogram.parts)
        return replace(self.histogram, parts=parts)


def resolve(body: LatencyBody, reader: Reader, below: str = "") -> Latency | None:
    """The SLI that a body means; None, with the reasons noted, when it means none.

    ``below`` is the key with a dot that the body stands below, where it is a part of another one.
    """
    key = f"{below}histogram"
    side = read_side(reader, key, body.histogram, "counter" if body.native else "histogram")
    if side and side.is_promql and not body.native:
        reader.report(
            codes.NOT_A_SELECTOR,
            key,
            "a classic histogram is named, not computed: slokit reads its _bucket and _count",
            "write the histogram's name and matchers, or set `native: true`",
        )
        return None
    if side and not side.is_promql:
        _check_names(side, reader, needs_name=not body.native)
    unit = reader.unit(body.unit, [side])
    bounds = _bounds(body, reader, unit, below)
    if side is None or unit is None or not bounds or len(bounds) < _number_of_limits(body):
        return None
    if body.starts_at_zero and body.native:
        message = "a native histogram is one series for good and bad events: nothing is born"
        at = f"{below}starts_at_zero"
        reader.report(codes.SIDES, at, message, "leave `starts_at_zero` out")
        return None
    if body.starts_at_zero and not can_start_at_zero(reader, [side]):
        return None
    split = _split(side, body, bounds, reader, below) if body.limits else None
    if body.limits and split is None:
        return None
    side, limits = split or (side, (bounds[0].value,) * len(side.parts))
    text = _limit_text(body)
    return Latency(side, body.native, limits, bounds, unit, text, body.starts_at_zero)


def _number_of_limits(body: LatencyBody) -> int:
    return len(body.limits or ()) + (body.at_most is not None)


def _limit_text(body: LatencyBody) -> str:
    entries = [
        f"at most {entry.at_most} for {matcher_list(entry.match)}" for entry in body.limits or ()
    ]
    if body.at_most is not None:
        entries.append(f"at most {body.at_most}{' for the rest' if entries else ''}")
    return ", ".join(entries)


def _bounds(
    body: LatencyBody, reader: Reader, unit: str | None, below: str
) -> tuple[WrittenLimit, ...]:
    """The limits that can be read, in the order in which they count; what is wrong is noted."""
    written: list[tuple[str, str]] = [
        (f"limits.{number}.at_most", entry.at_most)
        for number, entry in enumerate(body.limits or ())
    ]
    written += [("at_most", body.at_most)] if body.at_most is not None else []
    if not written:
        reader.report_absence(codes.LIMITS, below, "latency needs a limit", "add `at_most: 300ms`")
    found = []
    for key, text in written:
        limit = reader.limit(f"{below}{key}", text, unit)
        if unit == "seconds":
            reader.bare_number(f"{below}{key}", text, unit, _STRANGE_SECONDS)
        if limit is not None and limit < 0:
            message, hint = "a latency limit cannot be negative", "write it like 300ms"
            reader.report(codes.LIMITS, f"{below}{key}", message, hint)
        elif limit is not None:
            path = tuple(
                int(part) if part.isdigit() else part for part in f"{below}{key}".split(".")
            )
            found.append(WrittenLimit(text, path, limit))
    return tuple(found)


def _split(
    side: Side, body: LatencyBody, bounds: tuple[WrittenLimit, ...], reader: Reader, below: str
) -> tuple[Side, tuple[Fraction, ...]] | None:
    """The side in parts that have one limit each and no series in common, and those limits."""
    matches = [entry.match for entry in body.limits or ()]
    found = split(side, matches, reader, below, has_rest=len(bounds) > len(matches))
    return found and (found[0], tuple(bounds[entry].value for entry in found[1]))


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
