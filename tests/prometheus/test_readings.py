"""How often a ledger reads its raw series: the table of the concepts page is what is measured.

One reading of a selector is what `rate(x[5m])` reads of it.
"""

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import requests

from tests.support.compile.compiled import compiled, rules_of
from tests.support.history.history import every, history, server_with_history
from tests.support.servers.prometheus_server import PrometheusServer

pytestmark = pytest.mark.programs("prometheus", "promtool")

PAGE = Path(__file__).parents[2] / "docs" / "concepts.md"
END = 1_790_000_100
FAILED, FINE = 'x_total{code="500"}', 'x_total{code!="500"}'
COUNT, BUCKET = "h_count", 'h_bucket{le="0.3"}'
OF_RATE = "rate: {counter: x_total, at_most: 1/h, counted_by:"
# each row of the table: the SLI, and the selectors that it names
SLIS = {
    "events, bad and total": (f"events: {{bad: '{FAILED}', total: x_total}}", [FAILED, "x_total"]),
    "events, good and total of one metric": (
        f"events: {{good: '{FINE}', total: x_total}}",
        [FINE, "x_total"],
    ),
    "events, good and total of two metrics": (
        "events: {good: a_total, total: b_total}",
        ["a_total", "b_total"],
    ),
    "events, good and bad": ("events: {good: a_total, bad: b_total}", ["a_total", "b_total"]),
    "latency": ("latency: {histogram: h, at_most: 0.3, unit: seconds}", [COUNT, BUCKET]),
    "rate, every member": (f"{OF_RATE} every_member}}", ["x_total"]),
    "rate, one member": (f"{OF_RATE} one_member}}", ["x_total"]),
}
NAMES: dict[str, list[dict[str, str]]] = {
    "x_total": [{"code": "200"}, {"code": "500"}],
    "a_total": [{}],
    "b_total": [{}],
    "h_count": [{}],
    "h_bucket": [{"le": "0.3"}],
}


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """The expressions over raw series of each SLI, by its row."""
    slos = "".join(
        f"  - name: slo-{number}\n    sli: {{{sli}}}\n"
        + ("" if sli.startswith("rate") else "    objective: 99%\n")
        for number, (sli, _) in enumerate(SLIS.values())
    )
    spec = f"apiVersion: slokit/v1\nservice: shop\nslos:\n{slos}"
    made = compiled(tmp_path_factory.mktemp("readings"), spec)
    found = [rule for path in made.ledgers for rule in rules_of(path)]
    return {
        row: [r["expr"] for r in found if r["labels"]["slo"] == f"slo-{number}"]
        for number, row in enumerate(SLIS)
    }


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrometheusServer]:
    """Two hours of counters of ten instances, scraped between the evaluations."""
    times = every(END - 7200 - 10, END, 30)
    values = np.arange(len(times), dtype=float)
    series = [
        history({"__name__": name, "job": "shop", "instance": f"i{n}", **more}, times, values)
        for name, n in product(NAMES, range(10))
        for more in NAMES[name]
    ]
    with server_with_history(tmp_path_factory.mktemp("server"), series) as running:
        yield running


def samples(server: PrometheusServer, expr: str) -> int:
    """How many samples the server reads for an expression, by its own count."""
    answer = requests.post(
        f"{server.url}/api/v1/query", {"query": expr, "time": END, "stats": "all"}, timeout=60
    ).json()
    return int(answer["data"]["stats"]["samples"]["totalQueryableSamples"])


def shown() -> dict[str, float]:
    """The rows of the page's table."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)
    return {row[0]: float(row[1]) for row in rows if row[0] in SLIS}


@pytest.mark.parametrize("row", SLIS)
def test_the_concepts_page_shows_how_often_raw_series_are_read(
    server: PrometheusServer, rules: dict[str, list[str]], row: str
) -> None:
    """A tenth above or below, as ranges hold a sample more where scrapes and evaluations meet."""
    once = sum(samples(server, f"rate({selector}[5m])") for selector in SLIS[row][1])
    read = sum(samples(server, expr) for expr in rules[row])

    assert shown()[row] == pytest.approx(read / once, abs=0.11)
