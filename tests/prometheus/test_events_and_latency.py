"""Events and latency: what the ledger holds when a side, a bucket or a group is missing."""

import pytest

from tests.prometheus.ledger_cases import Case, Ledgers

pytestmark = pytest.mark.programs("promtool")


def per_second(rate: float) -> str:
    """A counter, scraped every 30 s, that grows by this many a second."""
    return f"1000+{30 * rate:g}x60"


def histogram(name: str, of: str, buckets: dict[str, float], count: float) -> dict[str, str]:
    """The series of a classic histogram; `buckets` maps bounds to rates, `+Inf` is added."""
    labels = of if of.startswith("group") else f'group="{of}"'
    bounds = {**buckets, "+Inf": count}
    rows = {f'{name}_bucket{{{labels},le="{le}"}}': per_second(r) for le, r in bounds.items()}
    return rows | {f"{name}_count{{{labels}}}": per_second(count)}


HISTOGRAMS = (
    histogram("http_seconds", "short", {"0.1": 5, "0.3": 8, "1": 9}, 10)
    | histogram("http_seconds", "long", {"0.10": 5, "0.30": 8, "1.0": 9}, 10)
    | histogram("http_seconds", "tiny", {"1e-05": 3, "1": 10}, 10)
    | histogram("http_seconds", "tiny-decimal", {"0.00001": 3, "1.0": 10}, 10)
    | histogram("http_seconds", "coarse", {"5": 10}, 10)
    | histogram("http_seconds", "idle", {"0.3": 0, "1": 0}, 0)
    | histogram("http_seconds", 'group="both",instance="0"', {"0.3": 8}, 10)
    | histogram("http_seconds", 'group="both",instance="1"', {"0.30": 9}, 10)
    | histogram("grpc_seconds", "short", {"0.3": 1}, 2)
    | histogram("grpc_seconds", "grpc", {"0.3": 1}, 2)
    | histogram("sent_bytes", "big", {"1.048576e+06": 4}, 5)
    | histogram("sent_bytes", "big-plain", {"1048576": 4}, 5)
    | histogram("sent_bytes", "mega", {"1e+06": 2}, 5)
)
COUNTERS = {
    'all_total{group="fine"}': per_second(10),
    'all_total{group="failing"}': per_second(10),
    'all_total{group="no-good"}': per_second(10),
    'all_total{group="ahead"}': per_second(10),
    'all_total{group="idle"}': per_second(0),
    'good_total{group="fine"}': per_second(10),
    'good_total{group="failing"}': per_second(7),
    'good_total{group="ahead"}': per_second(11),
    'good_total{group="no-total"}': per_second(5),
    'bad_total{group="failing"}': per_second(3),
    'bad_total{group="no-total"}': per_second(2),
    'dropped_total{group="failing"}': per_second(1),
    'dropped_total{group="dropped"}': per_second(1),
}
GAUGES = {
    'wanted{group="short"}': "3x60",
    'ready{group="short"}': "2x60",
    'wanted{group="down"}': "3x60",
    'wanted{group="above"}': "3x60",
    'ready{group="above"}': "4x60",
    'wanted{group="nan"}': " ".join(61 * ["NaN"]),
    'ready{group="nan"}': "1x60",
    'wanted{group="unknown"}': "3x60",
    'ready{group="unknown"}': " ".join(61 * ["NaN"]),
    'wanted{group="zero"}': "0x60",
    'ready{group="zero"}': "0x60",
}


def latency(name: str, limit: str, rows: str, of: str = "http_seconds") -> Case:
    return Case(name, f"latency: {{histogram: {of}, at_most: {limit}}}", rows)


def events(name: str, sides: str, rows: str) -> Case:
    return Case(name, f"events: {{{sides}}}", rows)


CASES = [
    latency("limit-300ms", "300ms", "short=2/10 long=2/10 both=3/20 idle=0/0 coarse=- tiny=-"),
    latency("limit-decimal", "0.3", "short=2/10 long=2/10 both=3/20 coarse=-"),
    latency("limit-one", "1s", "short=1/10 long=1/10 tiny=0/10 tiny-decimal=0/10 coarse=-"),
    latency("limit-tenth", "100ms", "short=5/10 long=5/10 both=-"),
    latency("limit-tiny", "10us", "tiny=7/10 tiny-decimal=7/10 short=-"),
    latency("no-bucket", "200ms", "short=- long=- both=- idle=- coarse=- tiny=-"),
    latency("size", "1MiB", "big=1/5 big-plain=1/5 mega=-", "sent_bytes"),
    latency("size-decimal", "1MB", "big=- big-plain=- mega=3/5", "sent_bytes"),
    latency(
        "list", "300ms", "short=3/12 long=2/10 grpc=1/2 coarse=-", "[http_seconds, grpc_seconds]"
    ),
    latency("matched", "300ms", "short=2/10 long=-", "'http_seconds{group=\"short\"}'"),
    events(
        "good-total",
        "good: good_total, total: all_total",
        "fine=0/10 failing=3/10 no-good=10/10 ahead=0/10 idle=0/0 no-total=-",
    ),
    events(
        "bad-total",
        "bad: bad_total, total: all_total",
        "fine=0/10 failing=3/10 no-good=0/10 idle=0/0 no-total=2/2",
    ),
    events(
        "good-bad",
        "good: good_total, bad: bad_total",
        "fine=0/10 failing=3/10 ahead=0/11 no-total=2/7 idle=-",
    ),
    events(
        "lists",
        "bad: [bad_total, dropped_total], total: [all_total, dropped_total]",
        "fine=0/10 failing=4/11 no-total=2/2 dropped=1/1",
    ),
    events(
        "no-good-anywhere",
        "good: never_total, total: all_total",
        "fine=10/10 failing=10/10 idle=0/0",
    ),
    events("no-bad-anywhere", "bad: never_total, total: all_total", "fine=0/10 idle=0/0"),
    events("nothing", "bad: never_total, total: neither_total", "fine=-"),
    events(
        "promql",
        "bad: 'sum by ($group_by) (increase(bad_total[$window])) / $window_seconds',"
        " total: 'sum by ($group_by) (rate(all_total{$selector}[$window]))'",
        "fine=0/10 failing=3/10 idle=0/0 no-total=2/2",
    ),
    events(
        "promql-nan",
        "bad: 'rate(bad_total[$window]) / 0', total: 'rate(all_total[$window]) / 0 * 0'",
        "fine=- failing=- idle=- no-total=-",
    ),
    events(
        "gauges-good-total",
        "of: gauges, good: ready, total: wanted",
        "short=1/3 down=3/3 above=0/3 unknown=- zero=0/0 nan=-",
    ),
    events(
        "gauges-good-bad",
        "of: gauges, good: ready, bad: wanted",
        "short=3/5 down=3/3 above=3/7 nan=0/1 unknown=3/3",
    ),
]


@pytest.fixture(scope="module")
def ledgers(tmp_path_factory: pytest.TempPathFactory) -> Ledgers:
    series = HISTOGRAMS | COUNTERS | GAUGES
    return Ledgers(tmp_path_factory.mktemp("events"), CASES, series, ["group"])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_ledger_of_events_is_what_a_person_counts(ledgers: Ledgers, case: Case) -> None:
    """Bad and total events a second of each group are those that the series were made with.

    Tolerance one part in 10^9, for rounding: all counters grow evenly.
    """
    rows = ledgers.rows(case)

    assert rows.keys() == case.expected.keys()
    for group, expected in case.expected.items():
        assert rows[group] == (expected and pytest.approx(expected, rel=1e-9)), group
