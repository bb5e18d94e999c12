"""The figure of the concepts page shows what a real Prometheus says."""

from pathlib import Path

import pytest

from tests.docs.weighting import FIGURE, Day, drawn, measured

pytestmark = pytest.mark.programs("prometheus", "promtool")


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> list[Day]:
    """Both days, measured once."""
    return measured(tmp_path_factory.mktemp("weighting"))


def test_the_committed_figure_is_the_measured_one(days: list[Day]) -> None:
    """The numbers in the figure are those that this machine measures, as rounded there."""
    assert FIGURE.read_text(encoding="utf-8") == drawn(days)


def test_the_ledger_weighs_every_request(days: list[Day]) -> None:
    """The ledger agrees with raw increase(); the mean of ratios errs tenfold and more.

    Tolerance 1 %: the night has some hundred bad events, and the noise is 5 % of one event,
    shrinking with the root of their number.
    """
    for day in days:
        truth, ledger, mean = day.spent
        assert ledger == pytest.approx(truth, rel=1e-2)
        assert max(mean / truth, truth / mean) > 10


def test_the_concepts_page_shows_the_figure(tmp_path: Path) -> None:
    """The page holds the figure, and the figure is an image of its own."""
    page = FIGURE.parents[1] / "concepts.md"
    assert "images/weighting.svg" in page.read_text(encoding="utf-8")
