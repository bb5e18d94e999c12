"""How the live check writes groups and bounds."""

import pytest

from slokit.livecheck.engine import wording
from slokit.text.numbers import express


def test_groups_are_quoted_and_counted() -> None:
    """Quotes in values are escaped, and of many groups only the first are shown."""
    groups = [{"cluster": f'c"{n}'} for n in range(5)]
    assert wording.groups(groups) == (
        r'{cluster="c\"0"}, {cluster="c\"1"}, {cluster="c\"2"} and 2 more'
    )


@pytest.mark.parametrize(
    ("value", "unit", "like", "text"),
    [
        (0.25, "seconds", "300ms", "250ms"),
        (2.5, "seconds", "1s", "2.5s"),
        (250.0, "ms", "0.3s", "0.25s"),
        (0.7, "ratio", "80%", "70%"),
        (1073741824.0, "bytes", "2GiB", "1GiB"),
        (0.1, "messages", "3", "0.1"),
    ],
)
def test_a_bound_is_written_like_the_limit(value: float, unit: str, like: str, text: str) -> None:
    """A number of the metric's unit appears in the unit that the spec uses."""
    assert express(value, unit, like) == text
