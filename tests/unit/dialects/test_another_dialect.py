"""A dialect that writes an SLI in one document and the SLO about it in another, to show it fits."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from slokit import api
from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding, Place
from slokit.dialects import DIALECTS
from slokit.dialects.base import Dialect, Reading, ServiceDraft, SloDraft
from slokit.model.ledger import Folding
from slokit.model.window import RollingWindow
from slokit.project import loading
from slokit.sli import events
from slokit.source.decode import decode
from slokit.source.tree import Document

INDICATOR = """\
kind: Indicator
name: errors
counts: {bad: http_errors_total, total: http_requests_total}
"""
PROMISE = """\
kind: Promise
about: errors
team: shop
target: "0.999"
"""


def matches(data: object) -> bool:
    return isinstance(data, dict) and data.get("kind") in ("Indicator", "Promise")


def read(documents: Sequence[Document]) -> Reading:
    """Each promise with the indicator that it names, in whichever document that stands."""
    read = [(document, data) for document in documents if isinstance(data := document.data, dict)]
    indicators = {data["name"]: document for document, data in read if "name" in data}
    for document, data in read:
        if data["kind"] == "Promise" and data["about"] in indicators:
            yield from _service(document, data, indicators[data["about"]])
        elif data["kind"] == "Promise":
            where = document.location.at("about")
            yield Finding(codes.BAD_VALUE, f"unknown indicator {data['about']!r}", where)


def _service(promise: Document, data: dict[str, Any], indicator: Document) -> Reading:
    assert isinstance(indicator.data, dict)
    here, counts = promise.location, indicator.location.at("counts")
    body = decode(events.TYPE.body, indicator.data["counts"], counts)
    yield from body.findings
    assert body.value is not None
    target = data.get("target")
    slo = SloDraft(
        name=data["about"],
        sli_type=events.TYPE,
        body=body.value,
        folding=Folding((), (), (), None),
        window=RollingWindow(Fraction(28 * 86_400)),
        location=here,
        sli_location=counts,
        settings={"name": here.at("about"), "service": here.at("team")},
        objective=Decimal(target) if target else None,
        body_faults=body.faulty,
        is_sound=not body.faulty,
    )
    yield ServiceDraft(data["team"], (slo,), here.at("team"))


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project in which this dialect is read beside slokit's own."""
    dialect = Dialect("promises", "kind: Promise", matches, read)
    monkeypatch.setattr(loading, "DIALECTS", (*DIALECTS, dialect))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "slokit.yaml").write_text("bundle: test\nspecs: [.]\n")
    return tmp_path


def load(directory: Path, indicator: str, promise: str) -> api.Loaded:
    (directory / "indicator.yaml").write_text(indicator)
    (directory / "promise.yaml").write_text(promise)
    return api.load()


def found(loaded: api.Loaded) -> list[tuple[str, str, Place | None]]:
    return [(f.code.number, f.message, f.place) for f in loaded.findings]


def test_two_documents_make_one_slo(directory: Path) -> None:
    """The SLO has its own meaning from one file and its SLI's from another, and compiles."""
    loaded = load(directory, INDICATOR, PROMISE)

    assert found(loaded) == []
    (slo,) = loaded.bundle.slos
    assert (slo.id, slo.objective_text, slo.window.name) == ("shop/errors", "99.9%", "28d")
    assert [str(part) for side in slo.sli.sides() for part in side.parts] == [
        "http_errors_total",
        "http_requests_total",
    ]
    assert loaded.place(slo.sli_location) == Place("indicator.yaml", 3, 9, 3, 61)
    assert loaded.place(slo.location_of("name")) == Place("promise.yaml", 2, 8, 2, 14)
    paths = [artifact.path for artifact in api.compile(loaded.bundle, ["prometheus"])]
    assert "alert-rules/shop.rules.yaml" in paths


def test_a_fault_of_the_sli_stands_in_its_own_document(directory: Path) -> None:
    """PromQL is checked as everywhere, and the carets are in the file that it is written in."""
    loaded = load(directory, INDICATOR.replace("http_errors_total", "'rat(x[$window])'"), PROMISE)

    (finding,) = loaded.findings
    assert finding.code is codes.PROMQL_SYNTAX
    assert finding.place == Place("indicator.yaml", 3, 16, 3, 19)
    assert loaded.bundle.slos == ()


def test_what_is_checked_for_all_dialects_is_checked(directory: Path) -> None:
    """A missing objective is found without a word about it in the dialect."""
    promise = PROMISE.replace('target: "0.999"\n', "")
    loaded = load(directory, INDICATOR, promise)

    assert found(loaded) == [
        ("SLK102", "'objective' is missing", Place("promise.yaml", 2, 8, 2, 14)),
    ]


def test_comments_silence_what_a_dialect_finds(directory: Path) -> None:
    """What the dialect itself finds is placed and silenced as everything else."""
    promise = PROMISE.replace("about: errors", "about: nothing")

    assert found(load(directory, INDICATOR, promise)) == [
        ("SLK211", "unknown indicator 'nothing'", Place("promise.yaml", 2, 8, 2, 15)),
    ]
    silenced = promise.replace("nothing\n", "nothing  # slokit: ignore[SLK211] planned\n")
    (directory / "other.yaml").write_text(INDICATOR + "---\n" + PROMISE)
    loaded = load(directory, "", silenced)
    assert found(loaded) == []


def test_where_it_is_written_is_no_part_of_an_slo(directory: Path) -> None:
    """The same SLO in another file is equal."""
    (one,) = load(directory, INDICATOR, PROMISE).bundle.slos
    (directory / "promise.yaml").rename(directory / "moved.yaml")
    (other,) = api.load().bundle.slos

    assert one.location != other.location
    assert one == other
