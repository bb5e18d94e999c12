"""Checks of bundles that no document was read for: what they find has no location."""

from slokit.diagnostics import codes
from slokit.lint import lint
from slokit.model.bundle import Bundle, Project
from slokit.model.slo import Service
from slokit.source.places import Places


def test_a_duplicate_service_is_found_without_a_location() -> None:
    """Two services of one name are an error, wherever they come from."""
    twins = (Service("shop", (), "a.yaml", 0), Service("shop", (), "b.yaml", 0))
    bundle = Bundle(Project(bundle="test"), twins)

    (finding,) = Places({}).drawn(lint(bundle))

    assert finding.code is codes.DUPLICATE_SERVICE
    assert finding.place is None
    assert [related.place for related in finding.related] == [None]
