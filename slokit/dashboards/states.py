"""The state of a group as a number that a dashboard shows as a coloured word."""

from slokit.dashboards.panels import BLUE, GREEN, GREY, ORANGE, PURPLE, RED, Shown
from slokit.dashboards.queries import Ledger
from slokit.model.window import Window

STATES = Shown(
    words=(
        ("ok", GREEN),
        ("idle", GREY),
        ("burning", ORANGE),
        ("exhausted", RED),
        ("new", BLUE),
        ("no data", PURPLE),
    )
)
_OK, _IDLE, _BURNING, _EXHAUSTED, _NEW, _NO_DATA = range(len(STATES.words))


def state(ledger: Ledger, windows: tuple[Window, ...]) -> str:
    """A number for each group: the first that holds of no data, new, exhausted, burning, idle, ok.

    The same order as in a report. What has no data for half of its window is new, not exhausted.
    """
    now, burning = ledger.now(), ledger.burning()
    cases = (
        (ledger.silent(), _NO_DATA),
        (_any_window(ledger.young(windows)), _NEW),
        (f"{_any_window(ledger.left())} <= 0", _EXHAUSTED),
        (f"{now} and {ledger.on_group()} {burning}", _BURNING),
        (f"{now} == 0", _IDLE),
        (now, _OK),
    )
    return "\nor ".join(f"0 * ({vector}) + {number}" for vector, number in cases)


def _any_window(vector: str) -> str:
    return f"max without (window) ({vector})"
