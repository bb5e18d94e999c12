"""One check of some SLOs against one server: what all checks share, asked for once.

The context knows what the SLOs read, what of it is there now, and what the server says about
itself. It writes no finding: the checks do. A check that needs more asks ``batch``, with queries
that name their subject, so that a query that the server rejects always has an SLO and a location.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import isfinite
from typing import Final

from slokit.compiler import ledger, names
from slokit.deployed import Deviations, compare, compare_recorded
from slokit.livecheck.engine import probes
from slokit.livecheck.engine.batches import OUT_OF_REQUESTS, Answer, Query, QueryBatch, Subject
from slokit.livecheck.engine.measures import (
    HOUR,
    Group,
    Hours,
    Measured,
    measured,
    sampling_step,
    sides_of,
)
from slokit.livecheck.engine.measures import Side as MeasuredSide
from slokit.livecheck.engine.missing import MissingSeries
from slokit.livecheck.engine.series import INFO, InputSeries, live_questions, series_of
from slokit.livecheck.engine.server import ServerFacts
from slokit.model.bundle import Bundle
from slokit.model.live import LiveQuestions
from slokit.model.slo import Slo
from slokit.promql import build

MOST_GROUPS: Final = 1000
_MOST_SLOS = 100_000
_LASTING = "10m"


@dataclass(frozen=True, slots=True)
class Scope:
    """The SLOs of a bundle that are asked about.

    ``is_whole`` says that they are all, and ``is_complete`` that no spec of theirs has an error, so
    that what is not there was removed.
    """

    slos: tuple[Slo, ...]
    bundle: Bundle
    is_whole: bool = True
    is_complete: bool = True


class CheckContext:
    """The SLOs, the server, and what is known so far.

    ``is_read_for_server`` says that the SLOs were read for this server, not as slokit.yaml says.
    """

    def __init__(
        self, scope: Scope, batch: QueryBatch, *, is_read_for_server: bool = False
    ) -> None:
        self.scope = scope
        self.slos = scope.slos
        self.project = project = scope.bundle.project
        self.batch = batch
        self.is_read_for_server = is_read_for_server
        self.server = ServerFacts(batch)
        self._questions = {
            slo.id: live_questions(slo, ledger.terms(slo, project)) for slo in self.slos
        }
        self._series = {slo.id: series_of(slo, self.questions(slo)) for slo in self.slos}
        self.series = tuple(series for found in self._series.values() for series in found)
        self.missing = MissingSeries(self.series, self.labels, self.server, batch)

    def questions(self, slo: Slo) -> LiveQuestions:
        """What the SLO's SLI wants asked."""
        return self._questions[slo.id]

    def series_of(self, slo: Slo) -> tuple[InputSeries, ...]:
        """What one SLO reads."""
        return self._series[slo.id]

    def labels(self, series: InputSeries) -> Answer:
        """The combinations of the labels that a series needs, at most MOST_GROUPS + 1.

        Asked for all series together when the first of them is wanted.
        """
        return self._labels.get(series) or self.batch.answer(_needed(series))

    @cached_property
    def _labels(self) -> Mapping[InputSeries, Answer]:
        answers = self.batch.ask(map(_needed, self.series))
        return {series: answers[_needed(series)] for series in self.series}

    def widest(self, series: Iterable[InputSeries]) -> list[InputSeries]:
        """Of the selectors of each metric of a service the shortest, which finds the most."""
        found: dict[tuple[str, str], InputSeries] = {}
        for one in series:
            if one.is_selector and one.selectors[0][0].metric():
                key = (one.slo.service, one.name)
                found[key] = min(found.get(key, one), one, key=lambda s: len(s.promql))
        return list(found.values())

    def exists(self, series: InputSeries) -> bool:
        """Whether a series has any samples now."""
        return bool(self.labels(series).samples)

    def groups(self, series: Iterable[InputSeries]) -> dict[InputSeries, Answer]:
        """The groups of each series under their source labels, at most MOST_GROUPS + 1."""
        wanted = list(series)
        answers = self.batch.ask(map(_grouped, wanted))
        return {one: answers[_grouped(one)] for one in wanted}

    def evaluation(
        self, slo: Slo, promql: str, *, ago: float = 0.0, back: float = 0.0, step: float = 0.0
    ) -> Query:
        """A query that evaluates something of an SLO's SLI, to be asked of ``batch``.

        At the check's moment less ``ago`` seconds, or over the ``back`` seconds before that, every
        ``step`` seconds. When it fails, the SLO is named, and the location of its SLI.
        """
        return Query(promql, _subject(slo), ago, back, step)

    @cached_property
    def rejections(self) -> Mapping[Subject, str]:
        """What the rules of the SLOs would fail on, with the server's words.

        A series that cannot be read is rejected for certain, and so is a query that is like the
        rules. Any other query, such as one about the past, may be rejected for reasons of its own:
        it counts unless the SLO's ledger, over the same raw series, is evaluated without an error.
        To be read when all other checks have asked what they ask.
        """
        found: dict[Subject, str] = {}
        for series in self.series:
            failure = self.labels(series).failure
            if failure and failure != OUT_OF_REQUESTS:
                found[series.subject] = failure
        rejected = [failed for failed in self.batch.failures() if failed.answer.is_rejected]
        for failed in rejected:
            if failed.query.is_like_rules:
                found |= dict.fromkeys(failed.subjects, failed.answer.failure)
        certain = {subject.slo_id for subject in found}
        suspects = {
            subject: failed.answer.failure
            for failed in rejected
            for subject in failed.subjects
            if subject.slo_id not in certain
        }
        slos = {subject.slo_id: subject.slo for subject in suspects}
        self.batch.ask(query for slo in slos.values() for query in self._ledger(slo))
        sound = {
            slo.id
            for slo in slos.values()
            if not any(self.batch.answer(query).failure for query in self._ledger(slo))
        }
        return found | {s: words for s, words in suspects.items() if s.slo_id not in sound}

    @cached_property
    def deployed(self) -> Deviations:
        """How the rules that the server runs deviate from those of the bundle.

        By its rules, or by what they have recorded where the server holds none of the bundle.
        """
        found = compare(self.scope.bundle, self.server.rule_groups or ())
        if found.is_there:
            return found
        recorded, lasting = (
            [sample.labels for sample in self.batch.answer(query).samples]
            for query in self.info_queries
        )
        return compare_recorded(self.scope.bundle, recorded, lasting)

    @property
    def info_queries(self) -> tuple[Query, Query]:
        """The info series of the bundle; and those of SLOs that have two of them for long.

        An edit leaves two for five minutes.
        """
        info = build.series(names.INFO, {names.BUNDLE: self.project.bundle})
        lasting = f"{info} and {info} offset {_LASTING}"
        several = f"count {build.BY} ({info}) > 1"
        return (
            Query(f"topk({_MOST_SLOS}, {info})"),
            Query(f"topk({_MOST_SLOS}, ({lasting}) and {build.ON} ({several}))"),
        )

    @cached_property
    def measured(self) -> Mapping[str, tuple[Measured, ...]]:
        """What each SLO's SLI is worth now, by its id; nothing of what cannot be measured."""
        measurable = [slo for slo in self.slos if self._is_measurable(slo)]
        step = sampling_step(measurable, self.project)
        sides = {slo.id: sides_of(slo, self.project, _subject(slo), step) for slo in measurable}
        queries = [q for found in sides.values() for side in found for q in side.hourly]
        answers = self.batch.ask_while_quick(queries)
        return {
            slo.id: tuple(
                measured(slo, {s.name: _by_hour(s, answers, self.batch.at) for s in sides[slo.id]})
            )
            for slo in self.slos
            if slo.id in sides
            and not any(answers[q].failure for side in sides[slo.id] for q in side.hourly)
        }

    def _is_measurable(self, slo: Slo) -> bool:
        """Whether it has any series, none that is rejected, and groups that can be listed.

        What is made of other SLOs has theirs, as far as they are checked too.
        """
        if slo.members:
            return all(m.id not in self._series or self._is_measurable(m) for m in slo.members)
        answers = [self.labels(s) for s in self.series_of(slo) if s.side.role != INFO]
        return any(answer.samples for answer in answers) and not any(
            answer.failure or len(answer.samples) > MOST_GROUPS for answer in answers
        )

    def _ledger(self, slo: Slo) -> tuple[Query, Query]:
        raw = ledger.raw_ledger(slo, self.project)
        return self.evaluation(slo, raw.total), self.evaluation(slo, raw.bad)


def _subject(slo: Slo) -> Subject:
    return Subject(slo.id, f"the SLI '{slo.sli.type}'", slo, slo.sli_location)


def _by_hour(side: MeasuredSide, answers: Mapping[Query, Answer], at: float) -> dict[Group, Hours]:
    """What a side amounts to by group, and by how many hours ago an hour ended."""
    found: dict[Group, Hours] = {}
    for query, factor in zip(side.hourly, side.factors, strict=True):
        answer = answers[query]
        for sample in filter(lambda s: isfinite(s.value), answer.samples):
            found.setdefault(_group(sample.labels), {})[0] = sample.value * factor
        for series in answer.series:
            hours = found.setdefault(_group(series.labels), {})
            for moment, value in filter(lambda point: isfinite(point[1]), series.points):
                hours[round((at - moment) / float(HOUR))] = value * factor
    return found


def _group(labels: Mapping[str, str]) -> Group:
    return tuple(sorted(labels.items()))


def _needed(series: InputSeries) -> Query:
    promql = probes.groups(series.promql, series.needed_labels, MOST_GROUPS + 1)
    return Query(promql, series.subject)


def _grouped(series: InputSeries) -> Query:
    promql = probes.groups(series.promql_with_join, series.group_labels, MOST_GROUPS + 1)
    return Query(promql, series.subject)
