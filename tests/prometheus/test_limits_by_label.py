"""Limits that differ by labels, errors and slowness in one SLI: by hand, and as a mixin does."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.prometheus.ledger_cases import Case, Ledgers
from tests.support.command_here import slokit
from tests.support.compile.compiled import compiled
from tests.support.history.history import History, every, history, server_with_history
from tests.support.history.rule_replay import RuleReplay
from tests.support.servers.prometheus_server import PrometheusServer

pytestmark = pytest.mark.programs("prometheus", "promtool")


def per_second(rate: float) -> str:
    """A counter, scraped every 30 s, that grows by this many a second."""
    return f"1000+{30 * rate:g}x60"


def histogram(name: str, labels: str, buckets: dict[str, float], count: float) -> dict[str, str]:
    """The series of a classic histogram; `buckets` maps bounds to rates, `+Inf` is added."""
    bounds = {**buckets, "+Inf": count}
    rows = {f'{name}_bucket{{{labels},le="{le}"}}': per_second(r) for le, r in bounds.items()}
    return rows | {f"{name}_count{{{labels}}}": per_second(count)}


TIMED = (
    histogram("h_seconds", 'group="api",verb="LIST",scope="all"', {"1": 1, "5": 4}, 5)
    | histogram("h_seconds", 'group="api",verb="LIST",scope="one"', {"1": 2, "5": 4}, 5)
    | histogram("h_seconds", 'group="api",verb="POST",scope="one"', {"1": 8, "5": 9}, 10)
    | histogram("h_seconds", 'group="one",verb="POST",scope="one"', {"1": 8}, 10)
    | histogram("h_seconds", 'group="other",verb="GET",scope="one"', {"2": 8}, 10)
)
REQUESTS = {"fine": 10, "both": 10, "worse": 10, "no-hist": 10, "silent": 10, "idle": 0}
FAILED = {"both": 3, "worse": 8, "no-hist": 3, "silent": 0, "alone": 2, "idle": 0}
WITHIN = {"fine": (8, 10), "both": (6, 10), "worse": (5, 10), "timed": (5, 10), "idle": (0, 0)}
COUNTED = {
    **{f'r_total{{group="{group}"}}': per_second(rate) for group, rate in REQUESTS.items()},
    **{f'e_total{{group="{group}"}}': per_second(rate) for group, rate in FAILED.items()},
}
for _group, (_fast, _all) in WITHIN.items():
    COUNTED |= histogram("d_seconds", f'group="{_group}"', {"1": _fast}, _all)


def limits(name: str, body: str, rows: str) -> Case:
    return Case(name, f"latency: {{histogram: h_seconds, {body}}}", rows)


LIST = "{match: 'verb=\"LIST\"', at_most: 5s}"
DISKS = {
    'used{group="a",device="/data",instance="1"}': "0.85x60",
    'used{group="a",device="/",instance="1"}': "0.75x60",
    'used{group="a",device="/",instance="2"}': "0.5x60",
    'used{group="b",device="/data",instance="1"}': "0.95x60",
    'used{group="b",device="/",instance="1"}': "0.2x60",
    'used{group="c",device="/",instance="1"}': "0.65x60",
    'used{group="d",device="/data",instance="1"}': "0.02x60",
}
DATA = "{match: 'device=\"/data\"', at_most: 0.9, at_least: 0.1}"


def disks(name: str, body: str, rows: str) -> Case:
    return Case(name, f"threshold: {{metric: used, {body}}}", rows)


BOTH = "events: {bad: e_total, total: r_total, latency: {histogram: d_seconds, at_most: 1s}}"
CASES = [
    # 1 of 5 + 1 of 5 within 5 s, 2 of 10 within 1 s
    limits("and-the-rest", f"limits: [{LIST}], at_most: 1s", "api=4/20 one=2/10 other=-"),
    limits("without-the-rest", f"limits: [{LIST}]", "api=2/10 one=- other=-"),
    # LIST of one is judged by the first entry: 3 of 5, not 1 of 5
    limits(
        "first-wins",
        f"limits: [{{match: 'scope=\"one\"', at_most: 1s}}, {LIST}]",
        "api=6/20 one=2/10 other=-",
    ),
    limits(
        "two-labels",
        'limits: [{match: \'verb="LIST",scope="all"\', at_most: 5s}], at_most: 1s',
        "api=6/20 one=2/10",
    ),
    limits(
        "patterns",
        "limits: [{match: 'verb=~\"L.*\"', at_most: 5s}, {match: 'verb!=\"LIST\"', at_most: 1s}]",
        "api=4/20 one=2/10 other=-",
    ),
    # a: 0.85 of /data is within 0.9, 0.75 of / is beyond 0.7; b and d: /data is beyond
    disks("worst", f"limits: [{DATA}], at_most: 0.7", "a=1/1 b=1/1 c=0/1 d=1/1"),
    disks("data-only", f"limits: [{DATA}]", "a=0/1 b=1/1 c=- d=1/1"),
    disks("best", f"limits: [{DATA}], at_most: 0.7, aggregate: best", "a=0/1 b=0/1 c=0/1 d=1/1"),
    disks("each", f"limits: [{DATA}], at_most: 0.7, aggregate: each", "a=1/3 b=1/2 c=0/1 d=1/1"),
    disks(
        "first",
        f"limits: [{{match: 'group=\"b\"', at_most: 1}}, {DATA}], at_most: 0.7",
        "a=1/1 b=0/1 c=0/1 d=1/1",
    ),
    disks(
        "members-by-device",
        f"limits: [{DATA}], at_most: 0.7, expected: used, member: [instance, device]",
        "a=1/1 b=1/1 c=0/1 d=1/1",
    ),
    Case(
        "failed-or-slow",
        BOTH,
        # what failed and what was slow add up, to no more than all; without a histogram there is
        # a row where anything fails
        "fine=2/10 both=7/10 worse=10/10 no-hist=3/10 silent=- alone=2/2 timed=- idle=0/0",
    ),
]


@pytest.fixture(scope="module")
def ledgers(tmp_path_factory: pytest.TempPathFactory) -> Ledgers:
    return Ledgers(tmp_path_factory.mktemp("limits"), CASES, TIMED | COUNTED | DISKS, ["group"])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_event_is_judged_once_by_its_own_limit(ledgers: Ledgers, case: Case) -> None:
    """The ledger holds the bad and all events of each group, as counted by hand."""
    rows = ledgers.rows(case)

    assert {group for group, row in rows.items() if row} == {
        g for g, r in case.expected.items() if r
    }
    for group, row in case.expected.items():
        assert rows[group] == pytest.approx(row)


API = 'job="apiserver",cluster="a"'
READ, WRITE = 'verb=~"LIST|GET"', 'verb=~"POST|PUT|PATCH|DELETE"'
DURATION = "apiserver_request_sli_duration_seconds"
# verb, scope, subresource, requests a second, those that fail, and those within each bound
TRAFFIC = (
    ("GET", "resource", "", 40, 0.4, {"1": 39, "5": 40, "30": 40}),
    ("GET", "", "", 10, 0, {"1": 10, "5": 10, "30": 10}),
    ("LIST", "namespace", "", 20, 0.1, {"1": 12, "5": 19, "30": 20}),
    ("LIST", "cluster", "", 8, 0.2, {"1": 1, "5": 3, "30": 7.5}),
    ("GET", "resource", "log", 5, 0, {"1": 0, "5": 1, "30": 2}),
    ("POST", "resource", "", 12, 0.3, {"1": 11.5, "5": 12, "30": 12}),
    ("PATCH", "namespace", "", 6, 0, {"1": 5.8, "5": 6, "30": 6}),
)


def api_server() -> dict[str, str]:
    """The metrics of an API server under this traffic."""
    found: dict[str, str] = {}
    for verb, scope, subresource, all_of, failed, within in TRAFFIC:
        labels = f'{API},verb="{verb}",scope="{scope}",subresource="{subresource}"'
        found |= histogram(DURATION, labels, dict(within), all_of)
        for code, rate in (("200", all_of - failed), ("503", failed)):
            found[f'apiserver_request_total{{{labels},code="{code}"}}'] = per_second(rate)
    return found


STREAMS = 'subresource!~"proxy|attach|log|exec|portforward"'
API_SPEC = f"""\
apiVersion: slokit/v1
service: kube-apiserver
defaults: {{selector: {{job: apiserver}}, group_by: [cluster]}}
slos:
  - name: read
    objective: 99%
    sli:
      events:
        bad: 'apiserver_request_total{{{READ},code=~"5.."}}'
        total: 'apiserver_request_total{{{READ}}}'
        latency:
          histogram: '{DURATION}{{{READ},{STREAMS}}}'
          limits:
            - {{match: 'scope="namespace"', at_most: 5s}}
            - {{match: 'scope="cluster"', at_most: 30s}}
          at_most: 1s
  - name: write
    objective: 99%
    sli:
      events:
        bad: 'apiserver_request_total{{{WRITE},code=~"5.."}}'
        total: 'apiserver_request_total{{{WRITE}}}'
        latency: {{histogram: '{DURATION}{{{WRITE},{STREAMS}}}', at_most: 1s}}
"""


def mixin(verbs: str, within: dict[str, str], window: str = "[5m]") -> str:
    """The share of bad requests as kubernetes-mixin reckons it: slow ones and errors, of all.

    Slow are those of the histogram, streams apart, less those within the bound of their scope.
    """
    timed = f'{DURATION}_count{{job="apiserver",{verbs},{STREAMS}}}'
    buckets = f'{DURATION}_bucket{{job="apiserver",{verbs},{STREAMS}'
    fast = " + ".join(
        f'sum(rate({buckets},scope=~"{scope}",le="{bound}"}}{window}))'
        for scope, bound in within.items()
    )
    errors = f'sum(rate(apiserver_request_total{{job="apiserver",{verbs},code=~"5.."}}{window}))'
    all_of = f'sum(rate(apiserver_request_total{{job="apiserver",{verbs}}}{window}))'
    return f"(sum(rate({timed}{window})) - ({fast}) + {errors}) / {all_of}"


SCOPES = {"resource|": "1", "namespace": "5", "cluster": "30"}


@pytest.mark.parametrize(
    ("slo", "verbs", "within", "bad", "total"),
    [
        # 2.5 are slow and 0.7 fail; the stream is in the total alone
        ("read", READ, SCOPES, 3.2, 83),
        # 0.7 are slow and 0.3 fail
        ("write", WRITE, {".*": "1"}, 1.0, 18),
    ],
)
def test_the_api_server_is_reckoned_as_its_mixin_does(
    tmp_path_factory: pytest.TempPathFactory,
    slo: str,
    verbs: str,
    within: dict[str, str],
    bad: float,
    total: float,
) -> None:
    """By hand, by the mixin's arithmetic and by the ledger: the same share on the same series."""
    made = compiled(tmp_path_factory.mktemp("api"), API_SPEC)
    replay = RuleReplay(tmp_path_factory.mktemp("replay"), made.ledgers, api_server())
    ledger = [f'slokit:{side}:rate5m{{slo="{slo}"}}' for side in ("bad", "total")]
    asked = [*ledger, mixin(verbs, within)]
    for expr in asked:
        replay.ask(expr, "20m")

    found = [sample.value for expr in asked for sample in replay.samples(expr, "20m")]

    assert found == pytest.approx([bad, total, bad / total])


END, HOUR = 1_767_225_600, 3600
LABEL = re.compile(r'(\w+)="([^"]*)"')


def varied() -> Iterator[History]:
    """The same requests with a pace of their own for each kind, a spell of failures, a restart."""
    times = every(END - 3 * HOUR, END + 1200, 30)
    since = times - times[0]
    for name, values in api_server().items():
        labels = dict(LABEL.findall(name))
        # one pace for all series of a kind of request, so that buckets stay below their count
        kind = (labels["verb"], labels["scope"], labels["subresource"])
        wave = 1 + 0.4 * np.sin(since / 900 + len(str(kind)))
        if labels.get("code") == "503":
            wave = wave * np.where((times > END - 2400) & (times < END - 1500), 20, 1)
        step = float(values.partition("+")[2].partition("x")[0]) * wave
        grown = 1000 + np.concatenate([[0], np.cumsum(step[1:])])
        grown = np.where(times > END - 1800, grown - grown[times <= END - 1800][-1], grown)
        labels["__name__"] = name.partition("{")[0]
        yield history(labels, times, grown)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrometheusServer]:
    """A Prometheus with three hours of them."""
    with server_with_history(tmp_path_factory.mktemp("api"), [*varied()]) as running:
        yield running


@pytest.mark.parametrize(
    ("slo", "verbs", "within"), [("read", READ, SCOPES), ("write", WRITE, {".*": "1"})]
)
def test_a_report_agrees_with_the_mixin_on_a_server(
    server: PrometheusServer, tmp_path: Path, slo: str, verbs: str, within: dict[str, str]
) -> None:
    """Of an hour in which requests come and fail unevenly, and the server began anew."""
    text = API_SPEC.replace("group_by: [cluster]}", "group_by: [cluster], window: 1h}")
    (tmp_path / "s.yaml").write_text(text)
    (tmp_path / "slokit.yaml").write_text("bundle: api\nspecs: s.yaml\n")
    options = ["--prometheus", server.url, "--at", str(END), "--source", "raw"]

    ran = slokit(tmp_path, "report", *options, "--format", "json")

    assert ran.code == 0, ran
    [row] = [row for row in json.loads(ran.out)["rows"] if row["slo"] == slo]
    assert row["group"] == {"cluster": "a"}
    expected = server.value(mixin(verbs, within, "[1h]"), END)
    assert row["window_measure"]["ratio_bad"] == pytest.approx(expected, rel=0.01)
    assert expected > 0.03
