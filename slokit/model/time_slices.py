"""Time slices: a budget of slices of time, each good or bad as a whole.

Whatever an SLI counts, its total and bad events are measured first, under names of their own. At
the end of each slice they say what the slice was, and that is the ledger while the next one lasts:
a level, whose budget is time. Nothing else knows of slices.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from slokit.model.ledger import (
    BAD,
    TOTAL,
    CountedIn,
    Facet,
    Ledger,
    Side,
    Sli,
    SupportingRule,
    Terms,
    allowed_share,
)
from slokit.model.live import HasLiveQuestions, LiveQuestions
from slokit.promql import build
from slokit.text.durations import format_duration, open_range
from slokit.text.numbers import format_percent

# What the names begin with under which the events of slices are measured.
MEASURED = "measured_"
# What a budget is counted in, as a spec calls it.
OCCURRENCES, SLICES, RATIO_SLICES = METHODS = ("occurrences", "time_slices", "ratio_time_slices")
# What a slice without traffic is.
SKIP, _, _BAD = IDLE_SLICES = ("skip", "good", "bad")
# A share of exactly what is allowed is good, and quotients of floats are a little off.
_NOISE = "1e-9"


@dataclass(frozen=True, slots=True)
class TimeSlices:
    """Slices of so many seconds, counted from 1970 on, so that those of 10m begin with the hour.

    ``target`` is the share of good with which a slice is good; without one the share itself counts
    as so much of the slice. ``idle`` is what a slice without traffic is; one without data is none.
    """

    seconds: Fraction
    target: Decimal | None
    idle: str = SKIP

    @property
    def allowed(self) -> Fraction:
        """The share of bad with which a slice is good still; 0 without a target."""
        return Fraction(0) if self.target is None else allowed_share(self.target)

    @property
    def method(self) -> str:
        """As the spec calls it."""
        return RATIO_SLICES if self.target is None else SLICES

    @property
    def described(self) -> str:
        """The slices, and what makes one good, in words.

        >>> TimeSlices(Fraction(600), Decimal("0.99")).described
        'slices of 10m, each good with 99% or more'
        """
        length = format_duration(self.seconds)
        if self.target is None:
            return f"slices of {length}, each by its own share"
        return f"slices of {length}, each good with {format_percent(self.target)} or more"


@dataclass(frozen=True, slots=True)
class TimeSliced:
    """An SLI of which slices count, not events; ``measured`` says what is in them."""

    measured: Sli
    slices: TimeSlices

    measure = "level"

    @property
    def type(self) -> str:
        """That of what is measured."""
        return self.measured.type

    @property
    def unit(self) -> str:
        """That of what is measured."""
        return self.measured.unit

    @property
    def limit_text(self) -> str:
        """That of what is measured."""
        return self.measured.limit_text

    @property
    def counted_in(self) -> CountedIn:
        """Time; without the idle slices where those are skipped."""
        if self.slices.idle == SKIP and not self.measured.counted_in.is_of_time:
            return CountedIn.TIME_OF_BUSY_SLICES
        return CountedIn.TIME_OF_SLICES

    @property
    def settings(self) -> Mapping[str, str]:
        """Those of what is measured, and the slices."""
        slices = self.slices
        target = "" if slices.target is None else format_percent(slices.target)
        return {
            **self.measured.settings,
            "budgeting_method": slices.method,
            "time_slice.window": format_duration(slices.seconds),
            "time_slice.target": target,
            "time_slice.idle": slices.idle,
        }

    def failing(self, _: str) -> tuple[str, str]:
        """The time of slices that are bad as a whole."""
        return "of the time lies in bad slices", "may"

    def budget(self, objective: Decimal | None) -> Fraction:
        """Allowed bad time per time."""
        assert objective is not None
        return allowed_share(objective)

    def ledger(self, terms: Terms) -> Ledger:
        """What the last whole slice was; see :meth:`of`."""
        return self.of(self.measured.ledger(self.terms_of_measured(terms)), terms)

    def measuring(self, measured: Sli) -> "TimeSliced":
        """The same slices of something else."""
        return replace(self, measured=measured)

    def terms_of_measured(self, terms: Terms) -> Terms:
        """The terms of what is in the slices: its sides have names of their own."""
        return replace(terms, prefix=MEASURED)

    def of(self, measured: Ledger, terms: Terms) -> Ledger:
        """1 while there was traffic in the last whole slice, and 1 or 0 whether it was bad.

        A subquery is evaluated at whole multiples of its step, whenever it is asked: a step of 10m
        finds the end of the last whole slice. A counter's samples are means over a ledger window,
        so those at the ends of ledger windows hold each event of the slice once; of a level every
        sample counts.

        >>> sli = TimeSliced(events, TimeSlices(Fraction(600), Decimal("0.99")))
        >>> ledger = sli.of(Ledger("T", "B"), terms)
        >>> print(ledger.total)
        last_over_time((
        sum_over_time(slokit:measured_total:rate5m[9m59s999ms:5m]) > bool 0
        )[9m59s999ms:10m])
        >>> print(ledger.bad)
        last_over_time((
        sum_over_time(slokit:measured_bad:rate5m[9m59s999ms:5m])
        / (sum_over_time(slokit:measured_total:rate5m[9m59s999ms:5m]) > 0)
        - 0.01 > bool 1e-9
        )[9m59s999ms:10m])
        or ignoring (bundle, service, slo) 0 * R
        """
        inner = self.terms_of_measured(terms)
        own = inner.named(TOTAL), inner.named(BAD)
        rules = (SupportingRule(own[0], measured.total), SupportingRule(own[1], measured.bad))
        total = self._events(own[0], terms)
        some = "> bool 0" if self.slices.idle == SKIP else ">= bool 0"
        share = self._share(terms)
        if self.slices.target is not None:
            allowed = build.number(self.slices.allowed)
            share = f"{share}\n- {allowed} > bool {_NOISE}"
        bad = self._at_end(f"\n{share}\n")
        # what has a total and no share was idle
        idle = terms.recorded_total if self.slices.idle == _BAD else None
        idle = idle or f"0 * {terms.recorded_total}"
        return Ledger(
            total=self._at_end(f"\n{total} {some}\n"),
            bad=f"{bad}\nor {build.IGNORING} {idle}",
            supporting=(*measured.supporting, *rules),
            # each moment says what a whole slice was, which is a number of ledger windows long
            is_whole=True,
        )

    def _share(self, terms: Terms) -> str:
        """The share of bad of the slice that ends now, where it had traffic."""
        inner = self.terms_of_measured(terms)
        total, bad = (self._events(inner.named(side), terms) for side in (TOTAL, BAD))
        share = f"{bad}\n/ ({total} > 0)"
        return share if self.slices.target is not None else f"clamp({share}, 0, 1)"

    def _events(self, name: str, terms: Terms) -> str:
        """What a side amounts to in the slice that ends now, but for a factor of both sides."""
        vector, length = terms.recorded(name), open_range(self.slices.seconds)
        if self.measured.measure != "level":
            return f"sum_over_time({vector}[{length}:{terms.window}])"
        step = f":{terms.interval}" if terms.is_written_out(name) else ""
        return f"sum_over_time({vector}[{length}{step}])"

    def _at_end(self, vector: str) -> str:
        """The vector as it was at the end of the last whole slice."""
        # a range that is closed on both ends holds two ends of slices at the moment of one: where
        # a slice had no data, the one before it would come back for that moment
        length, within = format_duration(self.slices.seconds), open_range(self.slices.seconds)
        return f"last_over_time(({vector})[{within}:{length}])"

    def facets(self, terms: Terms) -> Iterable[Facet]:
        """Those of what is measured, and the slices."""
        yield from self.measured.facets(terms)
        target = self.slices.target
        length = format_duration(self.slices.seconds)
        yield Facet(
            key="slices",
            title=f"Share of bad in each slice of {length}",
            description=(
                f"Each slice of {length} counts as a whole, while the next one lasts"
                + (": it is bad above the line." if target is not None else ".")
            ),
            unit="ratio",
            queries=((self._at_end(f"\n{self._share(terms)}\n"), _legend(terms)),),
            limits=() if target is None else (self.slices.allowed,),
        )

    def sides(self) -> Iterable[Side]:
        """Those of what is measured."""
        return self.measured.sides()

    def live_questions(self, terms: Terms) -> LiveQuestions:
        """What a live check asks about what is measured."""
        if isinstance(self.measured, HasLiveQuestions):
            return self.measured.live_questions(terms)
        return LiveQuestions(tuple(self.sides()))


def _legend(terms: Terms) -> str:
    return " ".join(f"{{{{{label}}}}}" for label in terms.folding.names) or "all"
