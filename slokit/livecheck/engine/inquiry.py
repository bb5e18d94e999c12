"""One check of some SLOs against one server: what all questions share, asked for once."""

from collections.abc import Sequence

from slokit.compiler import ledger
from slokit.livecheck.engine.asker import Asker
from slokit.livecheck.engine.history import History
from slokit.livecheck.engine.parts import Part, parts_of, questions_of
from slokit.livecheck.engine.presence import Presence
from slokit.livecheck.engine.server_facts import ServerFacts
from slokit.model.bundle import Project
from slokit.model.live import LiveQuestions
from slokit.model.slo import Slo


class Inquiry:
    """The SLOs, the server, and what is known so far."""

    def __init__(self, slos: Sequence[Slo], project: Project, asker: Asker) -> None:
        self.slos = tuple(slos)
        self.project = project
        self.asker = asker
        self.server = ServerFacts(asker)
        self._questions = {
            slo.id: questions_of(slo, ledger.terms(slo, project)) for slo in self.slos
        }
        self._parts = {slo.id: parts_of(slo, self.questions(slo)) for slo in self.slos}
        self.parts = tuple(part for parts in self._parts.values() for part in parts)
        self.presence = Presence(self.parts, asker)
        self.history = History(self.presence, self.server, asker)

    def questions(self, slo: Slo) -> LiveQuestions:
        """What the SLO's SLI wants asked."""
        return self._questions[slo.id]

    def parts_of(self, slo: Slo) -> tuple[Part, ...]:
        """What one SLO reads."""
        return self._parts[slo.id]
