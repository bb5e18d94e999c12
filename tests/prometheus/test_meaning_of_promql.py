"""What slokit says about an expression without asking a server is what a Prometheus says."""

from pathlib import Path

import pytest

from slokit.promql.expression import expression
from slokit.promql.name_pattern import names_lost
from slokit.promql.presence import fillers, given, without
from slokit.promql.rates import faulty_flows
from slokit.promql.variables import replaced
from tests.support.history.replay_output import ReplayFailedError
from tests.support.history.rule_replay import RuleReplay

pytestmark = pytest.mark.programs("promtool")

# Some series that nobody knows: presence is about what is given without any of these.
EXPRESSIONS = """
sum(rate(x[5m])) or vector(0)
sum(x) or on () vector(1)
sum(x or vector(0))
(sum(x) or vector(2)) * 3 - 1
absent(x)
absent(x{job="a"}) * 0
absent(absent(x))
absent_over_time(x[5m])
vector(scalar(sum(x)))
scalar(sum(x)) + vector(1)
x unless absent(y)
vector(1) unless x
vector(1) unless vector(0)
vector(1) and x
vector(1) and on () absent(x)
x or y
sum(x) / (sum(y) or vector(1))
(sum(x) or vector(0)) / (sum(y) or vector(4))
(sum(x) or vector(0)) / (sum(y) or vector(0))
(x or vector(0)) > 0
(x or vector(0)) >= 0
(x or vector(0)) > bool 0
0 <= (x or vector(7))
(x or vector(7)) != bool 7
vector(3) > vector(2)
vector(2) > vector(3)
count(x or vector(0))
group(x or vector(0))
avg(x or vector(4))
stddev(x or vector(4))
quantile(0.9, x or vector(4))
topk(2, x or vector(4))
count_values("v", x or vector(4))
label_replace(vector(5), "a", "b", "", "")
label_replace(x, "a", "b", "", "")
clamp_min(x or vector(0), 2)
clamp_max(x or vector(3), 2)
clamp(x or vector(3), 4, 5)
abs(vector(-3))
-vector(3)
ceil(vector(1.2))
floor(vector(1.7))
sgn(vector(-2))
sqrt(vector(9))
exp(vector(0))
ln(vector(-1))
round(vector(2.5))
round(vector(3.5))
round(vector(-2.5))
sum_over_time(vector(0)[5m:30s])
avg_over_time((x or vector(3))[5m:30s])
max_over_time(x[5m:30s])
last_over_time((x or vector(3))[5m:30s])
rate((x or vector(3))[5m:30s])
increase((x or vector(3))[5m:30s])
changes((x or vector(3))[5m:30s])
count_over_time((x or vector(3))[5m:30s])
histogram_quantile(0.9, x or vector(1))
hour() >= 0
time() - x
vector(time()) > 0
x and on () (hour() >= 0)
time() - (x or vector(0))
vector(2) ^ 3 ^ 2
vector(-2) ^ 2
-vector(2) ^ 2
2 ^ -vector(1)
(-vector(2)) ^ 2
-2 * vector(3) ^ 2
vector(7) % 4
vector(-7) % 4
vector(1) / 0
vector(1) atan2 vector(1)
1 + 2 * vector(3)
vector(1) + 2 > 2
vector(0x1F)
vector(Inf)
vector(pi())
vector(1) or vector(2)
vector(1) or label_replace(vector(2), "a", "b", "", "")
sort(x or vector(1))
timestamp(x or vector(1)) > 0
sum without (job) (x or vector(1))
sum by (job) (x) or 0 * up
(vector(1) == 1) * 2
vector(0) * absent(x)
X OR vector(1)
""".strip().splitlines()
FILLED = [e for e in EXPRESSIONS if (root := expression(e)) and fillers(root)]

COLLIDING = {
    'a_total{job="x"}': "0+1x40",
    'b_total{job="x"}': "0+2x40",
    'c{job="x"}': "1x40",
}
COLLISIONS = ("same labelset", "duplicate series", "multiple matches")
PATTERN = '{__name__=~"a_total|b_total"}'
NAMED = [
    f"sum(rate({PATTERN}[5m]))",
    f"rate({PATTERN}[5m])",
    f"max_over_time({PATTERN}[5m])",
    f"last_over_time({PATTERN}[5m])",
    f"label_replace({PATTERN}, 'x', '$1', 'job', '(.*)')",
    f"sort({PATTERN})",
    f"topk(2, {PATTERN})",
    f"abs({PATTERN})",
    f"-{PATTERN}",
    f"+{PATTERN}",
    f"2 * {PATTERN}",
    f"{PATTERN} > 1",
    f"1 < {PATTERN}",
    f"{PATTERN} > bool 1",
    f"{PATTERN} > scalar(c)",
    f"{PATTERN} and c",
    f"c and {PATTERN}",
    f"{PATTERN} or c",
    f"{PATTERN} unless on (job) (c > 5)",
    f"sum by (job) ({PATTERN})",
    f"2 * max({PATTERN})",
    f"max(2 * {PATTERN})",
    f"{PATTERN} * on (job) group_left () c",
    f"{PATTERN} > on (job) group_left () c",
    f"c < on (job) group_right () {PATTERN}",
    f"{PATTERN} > on (job) c",
    f"timestamp({PATTERN})",
    f"count_over_time({PATTERN}[5m])",
    f"clamp_min({PATTERN}, 3)",
    f"absent({PATTERN})",
    f"sum(clamp_min({PATTERN} > 0, 3))",
    f"max(last_over_time({PATTERN}[5m]) > 0)",
]

PER_SECOND = """
sum(rate(a_total[$window]))
irate(a_total[$window])
deriv(a_total[$window])
increase(a_total[$window]) / $window_seconds
sum(increase(a_total[$window]) + increase(b_total[$window])) / $window_seconds
increase(a_total[$window]) * (1 / $window_seconds)
delta(a_total[$window]) / $window_seconds
(a_total - a_total offset $window) / $window_seconds
sum(resets(saw[$window])) / $window_seconds
changes(saw[$window]) / $window_seconds
avg_over_time(c[$window])
avg_over_time(job:c:rate5m[$window])
rate(a_total[$window]) * (increase(b_total[$window]) > bool 0)
rate(a_total[$window]) and increase(b_total[$window]) > 0
increase(a_total[$window]) / increase(b_total[$window]) * rate(b_total[$window])
sum_over_time(c[$window]) / count_over_time(c[$window])
rate(a_total[$window]) * 100
rate(a_total[$window]) * on (job) group_left () group by (job) (c)
quantile(0.5, rate(a_total[$window]))
max_over_time(rate(a_total[$window])[10m:1m])
clamp_min(rate(a_total[$window]) - 0, 0)
sum(rate(a_total[$window])) / count(c)
""".strip().splitlines()
PER_WINDOW = """
sum(increase(a_total[$window]))
delta(a_total[$window])
a_total - a_total offset $window
sum(a_total) - sum(a_total offset $window)
resets(saw[$window])
changes(saw[$window])
sum_over_time(c[$window])
count_over_time(c[$window])
sum_over_time(job:c:rate5m[$window])
sum_over_time((c > 0)[$window:30s])
increase(sum(a_total)[$window:30s])
avg_over_time(increase(a_total[$window])[10m:1m])
rate(a_total[$window]) * $window_seconds
increase(a_total[$window]) / 2
increase(a_total[$window]) * on (job) group_left () group by (job) (c)
rate(none_total[$window]) or increase(a_total[$window])
label_replace(increase(a_total[$window]), "x", "y", "", "")
max(increase(a_total[$window] offset 1m)) > 0
""".strip().splitlines()


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> RuleReplay:
    """A Prometheus in which no series exists at all."""
    replay = RuleReplay(tmp_path_factory.mktemp("empty"), [], {})
    for expr in EXPRESSIONS:
        replay.ask(expr, "20m")
    return replay


@pytest.mark.parametrize("expr", EXPRESSIONS)
def test_what_is_given_without_series_is_what_prometheus_gives(
    empty: RuleReplay, expr: str
) -> None:
    """Whether there is a sample, and its value where slokit claims to know it."""
    root = expression(expr)
    assert root is not None
    claimed, samples = given(root), empty.samples(expr, "20m")

    assert bool(samples) is claimed.is_samples
    if samples and claimed.value is not None:
        (got,) = {sample.value for sample in samples}
        assert got == pytest.approx(claimed.value, nan_ok=True)


@pytest.mark.parametrize("expr", FILLED)
def test_what_is_left_of_a_filled_expression_is_absent(tmp_path: Path, expr: str) -> None:
    """Without its fillers an expression is still PromQL, and gives nothing without series."""
    root = expression(expr)
    assert root is not None
    rest = without(expr, fillers(root))

    assert RuleReplay(tmp_path / "r", [], {}).samples(rest, "20m") == []


@pytest.mark.parametrize("expr", NAMED)
def test_a_dropped_name_is_what_prometheus_fails_on(tmp_path: Path, expr: str) -> None:
    """Two counters that differ by their names alone collide exactly where slokit says so."""
    root = expression(expr)
    assert root is not None
    replay = RuleReplay(tmp_path / "r", [], COLLIDING)

    assert bool(list(names_lost(root))) is collides(replay, expr)


def collides(replay: RuleReplay, expr: str) -> bool:
    """Whether an expression fails, because two series are one."""
    try:
        replay.samples(expr, "15m")
    except ReplayFailedError as failed:
        if any(words in str(failed) for words in COLLISIONS):
            return True
        raise
    return False


@pytest.mark.parametrize("expr", [*PER_SECOND, *PER_WINDOW])
def test_events_per_second_do_not_depend_on_the_window(windows: RuleReplay, expr: str) -> None:
    """Of steady series, twice the window gives twice the amount; of a rate it gives the same."""
    once, twice = (windows.value(written(expr, minutes), "3h") for minutes in (10, 20))
    root = expression(written(expr, 10))
    assert root is not None

    is_amount = bool(list(faulty_flows(root, 600)))
    assert is_amount is (expr in PER_WINDOW)
    # the first sample of a range is beyond its edge on one version and within on the other
    assert twice == pytest.approx(once * (2 if is_amount else 1), rel=0.08)


@pytest.fixture(scope="module")
def windows(tmp_path_factory: pytest.TempPathFactory) -> RuleReplay:
    """Counters that grow evenly, a gauge and one that falls each two and a half minutes."""
    series = {
        'a_total{job="x"}': "0+3x720",
        'b_total{job="x"}': "0+6x720",
        'c{job="x"}': "1x720",
        'job:c:rate5m{job="x"}': "1x720",
        'saw{job="x"}': " ".join("1 1 1 1 1 0 0 0 0 0".split() * 72),
    }
    replay = RuleReplay(tmp_path_factory.mktemp("windows"), [], series, interval="15s")
    for expr in (*PER_SECOND, *PER_WINDOW):
        replay.ask(written(expr, 10), "3h").ask(written(expr, 20), "3h")
    return replay


def written(expr: str, minutes: int) -> str:
    """An expression with a ledger window of so many minutes."""
    values = {"window": f"{minutes}m", "window_seconds": str(60 * minutes)}
    return replaced(expr, values).text
