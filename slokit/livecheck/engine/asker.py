"""Many small queries in few requests, all at one moment; a faulty one does not hide the others."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from slokit.livecheck.engine import probes
from slokit.livecheck.engine.patience import Patience
from slokit.prometheus.errors import PrometheusError
from slokit.prometheus.types import MetricsSource, Sample, Vector

T = TypeVar("T")
MOST_CHARACTERS: Final = 12_000
"""Some servers take no query of more than 16 KiB."""
MOST_TOGETHER: Final = 60
HEAVY_REQUESTS: Final = 20
OUT_OF_REQUESTS: Final = "too many requests already"


@dataclass(frozen=True, slots=True)
class Answer:
    """What one query gave; ``refusal`` says why there is no answer, in the server's words."""

    samples: Vector = ()
    refusal: str = ""

    @property
    def value(self) -> float | None:
        """The only sample's value; None when there is none."""
        return self.samples[0].value if self.samples else None

    @property
    def is_empty(self) -> bool:
        """Whether the server answered that there is nothing."""
        return not self.samples and not self.refusal


class Asker:
    """Asks one server at one moment (Unix seconds) and keeps what it learnt.

    After ``most_requests`` requests every further question is left without an answer.
    """

    def __init__(self, source: MetricsSource, at: float, most_requests: int) -> None:
        self.source = source
        self.at = at
        self._answers: dict[str, Answer] = {}
        self._before = source.requests
        self._most = most_requests
        self._patience = Patience()

    @property
    def requests(self) -> int:
        """How many requests the questions took so far."""
        return self.source.requests - self._before

    @property
    def is_spent(self) -> bool:
        """Whether no further request may be made."""
        return self.requests >= self._most

    def ask(self, queries: Iterable[str]) -> None:
        """Learn the answers to these queries, as many as fit in a request.

        Raises a PrometheusError when the server cannot be talked to at all.
        """
        new = [q for q in dict.fromkeys(queries) if q not in self._answers]
        for chunk in _chunks(new):
            self._fill(chunk)

    def ask_heavy(self, queries: Iterable[str]) -> None:
        """Learn the answers to queries that read much: one a request, and only so many."""
        new = [q for q in dict.fromkeys(queries) if q not in self._answers]
        for query in new[:HEAVY_REQUESTS]:
            self._fill([query])
        for query in new[HEAVY_REQUESTS:]:
            self._answers[query] = Answer(refusal=OUT_OF_REQUESTS)

    def answer(self, query: str) -> Answer:
        """The answer to a query, which is asked now if it was not before."""
        if query not in self._answers:
            self.ask([query])
        return self._answers[query]

    def unanswered(self) -> Counter[str]:
        """How many queries have no answer, by the server's reason."""
        return Counter(a.refusal for a in self._answers.values() if a.refusal)

    def fetch(self, question: Callable[[MetricsSource], T]) -> T | None:
        """The answer to a question that is no query; None when the server has none."""
        if self.is_spent:
            return None
        try:
            found = question(self.source)
        except PrometheusError as fault:
            self._patience.bear_endpoint(fault)
            return None
        self._patience.renew()
        return found

    def _fill(self, chunk: Sequence[str]) -> None:
        if self.is_spent:
            self._answers |= dict.fromkeys(chunk, Answer(refusal=OUT_OF_REQUESTS))
            return
        query = chunk[0] if len(chunk) == 1 else probes.together(chunk)
        try:
            samples = self.source.instant(query, self.at)
        except PrometheusError as fault:
            self._patience.bear(fault)
            self._halve(chunk, fault)
            return
        self._patience.renew()
        self._answers |= _told_apart(chunk, samples)

    def _halve(self, chunk: Sequence[str], fault: PrometheusError) -> None:
        if len(chunk) == 1:
            self._answers[chunk[0]] = Answer(refusal=_words(fault))
            return
        middle = len(chunk) // 2
        self._fill(chunk[:middle])
        self._fill(chunk[middle:])


def _words(fault: PrometheusError) -> str:
    """The server's own words, without our query before them."""
    return fault.what.split("`: ", 1)[-1]


def _chunks(queries: Sequence[str]) -> Iterable[Sequence[str]]:
    chunk: list[str] = []
    length = 0
    for number, query in enumerate(queries):
        size = len(probes.marked(query, number).encode()) + 4
        if chunk and (length + size > MOST_CHARACTERS or len(chunk) == MOST_TOGETHER):
            yield chunk
            chunk, length = [], 0
        chunk.append(query)
        length += size
    if chunk:
        yield chunk


def _told_apart(chunk: Sequence[str], samples: Vector) -> dict[str, Answer]:
    if len(chunk) == 1:
        return {chunk[0]: Answer(samples)}
    found: dict[str, list[Sample]] = {str(number): [] for number in range(len(chunk))}
    for sample in samples:
        labels = dict(sample.labels)
        number = labels.pop(probes.MARKER, "")
        if number in found:
            found[number].append(Sample(labels, sample.value, sample.at, sample.histogram))
    return {query: Answer(tuple(found[str(n)])) for n, query in enumerate(chunk)}
