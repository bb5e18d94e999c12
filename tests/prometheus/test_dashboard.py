"""The executive dashboard on a real Prometheus: what is shown, against what was simulated."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import numpy as np
import pytest
import yaml

from slokit import api
from tests.support.history.history import Floats, History, every, history, server_with_history
from tests.support.history.recorded_history import Span, record
from tests.support.history.samples import Sample, Series
from tests.support.servers import grafana
from tests.support.servers.prometheus_server import PrometheusServer

MINUTE, HOUR, DAY = 60, 3600, 86_400
END = 1_767_225_600.0
START = END - 16 * DAY
BEGUN = START + HOUR  # of the ledger
PER_SECOND, BAD_PER_SECOND = 10.0, 4.0
ODD = r"c.*|\d"  # a cluster's name that is a pattern, too
CHANGED = END - 3 * HOUR  # a version and a Deployment
BUDGETS, FIRING = "Error budgets, worst first", "Firing alerts"
PAGE_GRAPH = "Burn rate over 1h and 5m: page above 14.4"
RUNBOOK = "https://docs.example.com/runbooks/SLOBudgetBurn.md#what-to-do"
SPEC = """\
apiVersion: slokit/v1
service: api
owner: team-web
runbook: https://docs.example.com/runbooks/SLOBudgetBurn.md#what-to-do
defaults: {selector: {job: api}}
slos:
  - name: availability
    objective: 99.9%
    group_by: [cluster]
    sli: {events: {bad: 'http_requests_total{code="500"}', total: http_requests_total}}
  - name: everywhere
    objective: 90%
    sli: {events: {bad: 'http_requests_total{code="500"}', total: http_requests_total}}
---
apiVersion: slokit/v1
service: db
slos:
  - name: failovers
    category: election-rate
    group_by: [cluster, region]
    sli: {rate: {counter: failovers_total, counted_by: one_member, at_most: 1/d}}
  - name: quiet
    objective: 99.9%
    sli: {events: {bad: quiet_errors_total, total: quiet_total}}
  - name: gone
    objective: 99.9%
    sli: {events: {bad: gone_errors_total, total: gone_total}}
  - name: mute
    objective: 99.9%
    sli: {events: {bad: no_such_errors_total, total: no_such_total}}
  - name: young
    objective: 99.9%
    sli: {events: {bad: young_errors_total, total: young_total}}
---
apiVersion: slokit/v1
service: contract
slos:
  - name: weekly
    objective: 99%
    window: {calendar: week}
    sli: {events: {bad: 'http_requests_total{code="500"}', total: http_requests_total}}
"""

pytestmark = pytest.mark.programs("prometheus", "promtool")


@dataclass(frozen=True)
class Opened:
    """The executive dashboard beside the server that it is opened on, at END."""

    server: PrometheusServer
    dashboard: dict[str, Any]
    others: dict[str, dict[str, Any]]
    rules: dict[str, Any]

    def on(self, name: str) -> "Opened":
        """Another dashboard, on the same server."""
        return replace(self, dashboard=self.others[name])

    def panel(self, title: str) -> dict[str, Any]:
        """The panel of that title."""
        (panel,) = (p for p in grafana.panels(self.dashboard) if p["title"] == title)
        return panel

    def answers(self, title: str, **chosen: str | list[str]) -> dict[str, list[Sample]]:
        """What the queries of a panel answer, also a graph's."""
        return {
            target["refId"]: self.server.query(
                grafana.asked(self.dashboard, target["expr"], chosen), END
            )
            for target in self.panel(title)["targets"]
        }

    def rows(self, title: str, **chosen: str | list[str]) -> dict[str, grafana.Row]:
        """The rows of a table by service, SLO and group."""
        rows = grafana.table(self.panel(title), self.answers(title, **chosen))
        return {_name(row): row for row in rows}

    def lines(self, title: str, hours: float, **chosen: str | list[str]) -> list[Series]:
        """The lines of a graph over the hours before END, a minute apart."""
        (target,) = self.panel(title)["targets"]
        expr = grafana.asked(self.dashboard, target["expr"], chosen)
        return self.server.query_range(expr, END - hours * HOUR, END, MINUTE)

    def number(self, title: str, **chosen: str | list[str]) -> float:
        """The one number of a panel."""
        (sample,) = self.answers(title, **chosen)["A"]
        return sample.value


def _name(row: grafana.Row) -> str:
    return f"{row['Service']}/{row['SLO']} {row['Group'].strip()}".strip()


def _counter(name: str, times: Floats, per_second: float | Floats, **labels: str) -> History:
    grown = np.cumsum(np.broadcast_to(per_second, times.shape)) * MINUTE
    return history({"__name__": name, **labels}, times, grown)


def _past() -> list[History]:
    """Sixteen days: cluster b fails in the last half hour, ODD failed for an hour, a week ago."""
    times = every(START, END + 1, MINUTE)
    lately = np.where(times > END - HOUR / 2, BAD_PER_SECOND, 0.0)
    once = (times > END - 7 * DAY) & (times <= END - 7 * DAY + HOUR)
    web = {"job": "api"}
    failing = {"a": np.zeros(len(times)), "b": lately, ODD: np.where(once, BAD_PER_SECOND, 0.0)}
    requests = [
        _counter("http_requests_total", times, rate, cluster=cluster, code=code, **web)
        for cluster, bad in failing.items()
        for code, rate in (("200", PER_SECOND - bad), ("500", bad))
    ]
    failovers = (times > END - 10 * HOUR).astype(float)
    labels = {"__name__": "failovers_total", "cluster": "a", "region": "eu"}
    young = every(END - 2 * DAY, END + 1, MINUTE)
    old, new = every(START, CHANGED, MINUTE), every(CHANGED, END + 1, MINUTE)
    build = {"__name__": "shop_build_info", "job": "api", "instance": "api-1"}
    deployed = {"__name__": "kube_deployment_status_observed_generation"}
    deployed |= {"namespace": "shop", "deployment": "api"}
    return [
        *requests,
        history({**build, "version": "1.0"}, old, np.ones(len(old))),
        history({**build, "version": "1.1"}, new, np.ones(len(new))),
        history(deployed, times, np.where(times < CHANGED, 3.0, 4.0)),
        history(labels, times, failovers),
        _counter("quiet_total", times, 0.0),
        _counter("gone_total", every(START, END - 2 * HOUR, MINUTE), PER_SECOND),
        _counter("young_total", young, PER_SECOND),
        _counter("young_errors_total", young, PER_SECOND / 10),
    ]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    """A Prometheus that holds what slokit's own rules record of these sixteen days."""
    directory = tmp_path_factory.mktemp("dashboard")
    project: dict[str, Any] = {"bundle": "shop", "specs": "specs", "interval": "1m"}
    links = {"grafana": "https://grafana.example.com", "docs": "https://docs.example.com"}
    project |= {"scrape_interval": "1m", "links": links}
    (directory / "slokit.yaml").write_text(yaml.safe_dump(project))
    (directory / "specs").mkdir()
    (directory / "specs" / "shop.yaml").write_text(SPEC)
    loaded = api.load(project=str(directory / "slokit.yaml"))
    rules = []
    for artifact in api.compile(loaded.bundle, ["prometheus"]):
        rules.append(directory / Path(artifact.path).name)
        rules[-1].write_text(artifact.text)
    made = {
        artifact.path.split(".", 1)[1].removesuffix(".json"): grafana.read(artifact.text)
        for artifact in api.compile(loaded.bundle, ["dashboards"])
    }
    (of_bundle,) = (file for file in rules if file.name == "shop.bundle.rules.yaml")
    late = r"slokit:burn:.+|slokit:budget_remaining:ratio"
    with server_with_history(directory / "server", _past()) as server:
        record(server, rules, Span(BEGUN, END, END - 26 * HOUR, late))
        yield Opened(server, made["executive"], made, yaml.safe_load(of_bundle.read_text()))


def test_every_query_runs_and_finds_what_there_is(opened: Opened) -> None:
    """Each query of each panel is accepted and answers with data."""
    empty = [
        (panel["title"], ref_id)
        for panel in grafana.panels(opened.dashboard)
        for ref_id, samples in opened.answers(panel["title"]).items()
        if not samples
    ]

    assert empty == []


def test_one_row_a_group_in_its_state_the_worst_first(opened: Opened) -> None:
    """The table has each group of each SLO once, with the state that was simulated for it."""
    rows = opened.rows(BUDGETS)
    state = grafana.words(opened.panel(BUDGETS), "State")

    assert {name: state[row["State"]] for name, row in rows.items()} == {
        "api/availability a": "ok",
        "api/availability b": "burning",
        f"api/availability {ODD}": "exhausted",
        "api/everywhere": "ok",
        "contract/weekly": "ok",
        "db/failovers a eu": "ok",
        "db/gone": "no data",
        "db/mute": "no data",
        "db/quiet": "idle",
        "db/young": "new",
    }
    assert len(rows) == len(grafana.table(opened.panel(BUDGETS), opened.answers(BUDGETS)))
    assert list(rows)[:2] == ["db/young", f"api/availability {ODD}"]


def test_budgets_are_those_of_the_simulation(opened: Opened) -> None:
    """Budget left, SLI and burn rates are what plain arithmetic makes of the events.

    Tolerance 0.2 % of what was spent: 14,400 bad requests within an hour, whose first and last
    five minutes are rated over scrapes a minute apart.
    """
    total, bad = PER_SECOND * (END - BEGUN), BAD_PER_SECOND * HOUR
    rows = opened.rows(BUDGETS)
    odd, failovers = rows[f"api/availability {ODD}"], rows["db/failovers a eu"]

    assert 1 - odd["Budget left"] == pytest.approx(bad / total / 0.001, rel=2e-3)
    assert 1 - odd["SLI"] == pytest.approx(bad / total, rel=2e-3)
    assert odd["Burn 3d"] == 0
    assert odd["Events, 1d"] == pytest.approx(PER_SECOND * DAY, rel=2e-3)
    assert (odd["Objective"], odd["Window"], odd["Measured"]) == ("99.9%", "30d", 1)
    assert (odd["Owner"], odd["Runbook"]) == ("team-web", RUNBOOK)
    assert failovers["Bad, 1d"] == pytest.approx(1, rel=2e-3)
    assert 1 - failovers["Budget left"] == pytest.approx(DAY / (END - BEGUN), rel=2e-3)
    assert "SLI" not in failovers
    assert rows["db/young"]["Burn 1d"] == pytest.approx(100, rel=2e-3)


def test_each_sli_now_over_a_day_and_over_its_window(opened: Opened) -> None:
    """Beside each other, of the cluster that fails since half an hour and of one that did once."""
    on_call = opened.on("on-call")
    rows = on_call.rows("Each SLI, now and over its window")
    failing, once = rows["api/availability b"], rows[f"api/availability {ODD}"]
    bad = BAD_PER_SECOND * HOUR / 2

    assert failing["SLI now"] == pytest.approx(1 - BAD_PER_SECOND / PER_SECOND, rel=2e-3)
    # the newest count ends an interval ago
    assert bad * 25 / 30 < failing["Bad, 1h"] <= bad
    assert bad * 25 / 30 < (1 - failing["SLI 1d"]) * PER_SECOND * DAY < bad * 1.01
    assert bad * 25 / 30 < (1 - failing["SLI, window"]) * PER_SECOND * (END - BEGUN) < bad * 1.01
    assert (once["SLI now"], once["SLI 1d"], once["Bad, 1h"]) == (1, 1, 0)
    assert once["SLI, window"] == opened.rows(BUDGETS)[f"api/availability {ODD}"]["SLI"]
    assert {"SLI now", "SLI 1d", "SLI, window"}.isdisjoint(rows["db/failovers a eu"])
    assert rows["db/failovers a eu"]["Bad, 1d"] == pytest.approx(1, rel=2e-3)


def test_the_numbers_at_the_top_agree_with_the_table(opened: Opened) -> None:
    """Spent, silent and measured groups are counted, and the lowest budget is the first row's."""
    rows = opened.rows(BUDGETS)
    left = [row["Budget left"] for row in rows.values() if "Budget left" in row]

    assert opened.number("Lowest budget left") == min(left)
    assert opened.number("Budgets spent") == sum(value <= 0 for value in left) == 2
    assert opened.number("Without data") == 2
    assert opened.number("Groups measured") == 8


def test_the_table_of_services_has_their_worst_budget(opened: Opened) -> None:
    """One row a service, with the lowest budget and how many of its budgets are spent."""
    title = "Services, worst first"
    rows = grafana.table(opened.panel(title), opened.answers(title))

    assert [(row["Service"], row["Spent"], row["Budgets"]) for row in rows] == [
        ("db", 1, 3),
        ("api", 1, 4),
        ("contract", 0, 1),
    ]
    assert rows[1]["Budget left"] == opened.number("Lowest budget left", service="api")


def test_elections_are_counted_over_an_hour_a_day_and_the_window(opened: Opened) -> None:
    """One, ten hours ago; within 0.2 %, as its rate is over scrapes a minute apart."""
    on_call = opened.on("on-call")

    assert on_call.number("Elections in the last hour") == pytest.approx(0, abs=1e-6)
    assert on_call.number("Elections in the last day") == pytest.approx(1, rel=2e-3)
    assert on_call.number("Elections over 30d") == pytest.approx(1, rel=2e-3)


def test_a_calendar_window_is_shown_beside_what_passed_of_it(opened: Opened) -> None:
    """On a Thursday at midnight three days of seven have passed, with half an hour of failures.

    The budget is that of the whole week: of so much traffic, 7/3 of what there was so far. Of the
    failures the last minutes are in no count yet.
    """
    title = "Calendar windows so far, worst first"
    (row,) = grafana.table(opened.panel(title), opened.answers(title))
    spent = BAD_PER_SECOND * HOUR / 2 / (3 * PER_SECOND * 3 * DAY) / 0.01 * 3 / 7

    assert (row["Service"], row["SLO"], row["Window"]) == ("contract", "weekly", "week")
    # of what the counts hold, which end some minutes ago
    assert 3 / 7 - 3 * 300 / (7 * DAY) < row["Passed"] <= 3 / 7
    assert spent * 25 / 30 < 1 - row["Budget left"] < spent


def test_without_data_there_is_no_budget_and_all_else_is_shown(opened: Opened) -> None:
    """A group that is gone has a state, an objective and its events, and no budget nor SLI."""
    rows = opened.rows(BUDGETS)
    gone, mute = rows["db/gone"], rows["db/mute"]

    assert {"Budget left", "SLI"}.isdisjoint({*gone, *mute})
    assert (gone["Objective"], gone["Window"]) == (mute["Objective"], mute["Window"])
    assert (gone["Objective"], gone["Window"]) == ("99.9%", "30d")
    assert gone["Events, 1d"] == pytest.approx(PER_SECOND * 22 * HOUR, rel=0.01)
    (line,) = opened.lines("Budget left over time", 24, service="db", slo="gone")
    assert max(moment for moment, _ in line.points) < END - 1.8 * HOUR


def test_alerts_are_shown_with_owner_and_runbook(opened: Opened) -> None:
    """The table has what Prometheus fires, since when, and who is to do what."""
    firing = opened.server.query('ALERTS{alertstate="firing"}', END)
    rows = grafana.table(opened.panel(FIRING), opened.answers(FIRING))
    pages = [row for row in rows if row["Severity"] == "page" and row["Service"] == "api"]

    assert (
        len(rows) == len(firing) == opened.number("Pages firing") + opened.number("Tickets firing")
    )
    assert [(row["SLO"], row["Group"].strip()) for row in pages] == [("availability", "b")]
    assert {(row["Owner"], row["Runbook"]) for row in pages} == {("team-web", RUNBOOK)}
    assert all(END - HOUR / 2 < row["Since"] / 1000 < END for row in pages)


def test_from_a_page_to_the_runbooks_heading(opened: Opened) -> None:
    """Each step of a person who is paged finds what the next one needs, with data in it."""
    # the page, and where its link leads
    (page,) = opened.server.query('ALERTS{alertstate="firing",severity="page",service="api"}', END)
    labels = {name: value for name, value in page.labels.items() if name != "alertstate"}
    url = urlsplit(_with_labels(_annotation(opened, "dashboard_url"), labels))
    asked = {name: values[0] for name, values in parse_qs(url.query).items()}
    chosen = {n.removeprefix("var-"): v for n, v in asked.items() if n.startswith("var-")}
    uid = url.path.split("/")[2]
    (name,) = (name for name, one in opened.others.items() if one["uid"] == uid)
    on_call = opened.on(name)

    assert name == "on-call"
    assert (asked["from"], asked["to"]) == ("now-6h", "now")
    assert chosen == {"bundle": "shop", "service": "api", "slo": "availability", "cluster": "b"}

    # the alert and the burn that it is about
    (row,) = on_call.rows(FIRING, **chosen).values()
    (line,) = on_call.lines(PAGE_GRAPH, 6, **chosen)
    assert (row["SLO"], row["Group"].strip()) == ("availability", "b")
    assert line.points[-1][1] > 14.4

    # the page of the SLO, one click from the line: its members in that group, and what it is
    slo_page = _page_of_line(on_call, line)
    linked = _assert_of_group_b(slo_page, {name: chosen[name] for name in ("slo", "cluster")})

    # the debug dashboard of the service is in a list that keeps what was chosen
    (link,) = (one for one in on_call.dashboard["links"] if one.get("tags") == ["slokit", "debug"])
    assert (link["keepTime"], link["includeVars"]) == (True, True)
    listed = {n: one for n, one in opened.others.items() if set(link["tags"]) <= set(one["tags"])}
    (name,) = (n for n, one in listed.items() if one["title"].startswith(f"Debug {row['Service']}"))
    debug = opened.on(name)
    assert f"](/d/{debug.dashboard['uid']}?" in linked
    known = {one["name"] for one in debug.dashboard["templating"]["list"]}
    assert set(chosen) <= known

    # its section of the SLO has the raw series of that group alone, which fail now
    section = next(one for one in debug.dashboard["panels"] if one["title"].startswith(row["SLO"]))
    panel = next(one for one in section["panels"] if one["title"] == "Bad events by member")
    expr = grafana.asked(debug.dashboard, panel["targets"][0]["expr"], chosen)
    (bad,) = opened.server.query(expr, END)
    assert bad.labels["cluster"] == "b"
    assert bad.value == pytest.approx(BAD_PER_SECOND, rel=1e-3)
    assert row["SLO"] in {one["title"].split(":")[0] for one in debug.dashboard["panels"]}
    # and the row of the worst group, repeated by the variable that is chosen
    (repeated,) = (one for one in debug.dashboard["panels"] if one.get("repeat"))
    assert chosen[repeated["repeat"]] == "b"

    # the runbook: the same in the alert, in its row and above the debug dashboard
    (info,) = opened.server.query('slokit:info{service="api",slo="availability"}', END)
    known_of_slo = {**info.labels, **labels}  # while an alert is written it has these labels, too
    runbooks = {_with_labels(_annotation(opened, "runbook_url"), known_of_slo), row["Runbook"]}
    runbooks |= {one["url"] for one in debug.dashboard["links"] if one["title"] == "Runbook"}
    assert runbooks == {RUNBOOK}
    file, _, anchor = RUNBOOK.removeprefix("https://docs.example.com/").partition("#")
    headings = re.findall(r"^#+ (.+)$", (DOCS / file).read_text(encoding="utf-8"), re.MULTILINE)
    assert anchor in {heading.lower().replace(" ", "-") for heading in headings}


def _page_of_line(on_call: Opened, line: Series) -> Opened:
    """The page that a line of the burn graph opens, for the SLO of the line."""
    (link,) = on_call.panel(PAGE_GRAPH)["fieldConfig"]["defaults"]["links"]
    url = link["url"]
    for label in ("service", "slo"):
        url = url.replace(f"${{__field.labels.{label}}}", line.labels[label])
    address = urlsplit(url)
    uid = address.path.removeprefix("/d/")
    (name,) = (name for name, one in on_call.others.items() if one["uid"] == uid)
    assert name == f"one-slo.{line.labels['service']}"
    assert f"var-slo={line.labels['slo']}" in address.query.split("&")
    return on_call.on(name)


def _assert_of_group_b(page: Opened, chosen: Mapping[str, str]) -> str:
    """The SLO's page has the members that fail, in their group alone; what its words link."""
    panels = grafana.panels(page.dashboard)
    (members,) = (p for p in panels if p["title"].startswith("Bad events by member"))
    exprs = [grafana.asked(page.dashboard, t["expr"], chosen) for t in members["targets"]]
    (bad,) = [sample for expr in exprs for sample in page.server.query(expr, END)]
    assert bad.labels["cluster"] == "b"
    assert bad.value == pytest.approx(BAD_PER_SECOND, rel=1e-3)
    texts = grafana.with_texts(page.dashboard, chosen, lambda query: page.server.query(query, END))
    assert f"- Runbook: {RUNBOOK}" in str(texts["measured"]).splitlines()
    (words,) = (p for p in panels if p["type"] == "text")
    return str(words["options"]["content"])


DOCS = Path(__file__).parents[2] / "docs"


def _annotation(opened: Opened, name: str) -> str:
    texts = {
        rule["annotations"][name]
        for group in opened.rules["groups"]
        for rule in group["rules"]
        if rule.get("alert") == "SLOBudgetBurn" and rule["labels"].get("severity") == "page"
    }
    (text,) = texts
    return str(text)


_EACH_LABEL = re.compile(
    r"\{\{ range \$name, \$value := \$labels \}\}"
    r'\{\{ if not \(match "(?P<less>[^"]+)" \$name\) \}\}(?P<body>.*?)\{\{ end \}\}\{\{ end \}\}'
)


def _with_labels(template: str, labels: Mapping[str, str]) -> str:
    """What Prometheus makes of an annotation that holds nothing but labels."""

    def of_each(found: re.Match[str]) -> str:
        written = (
            found["body"]
            .replace("$name", f"$labels.{name}_name")
            .replace("$value", f"$labels.{name}")
            for name in sorted(labels)
            if not re.search(found["less"], name)
        )
        return "".join(written)

    known = {**labels, **{f"{name}_name": name for name in labels}}
    return re.sub(
        r"\{\{ \$labels\.(\w+)( \| urlquery)? \}\}",
        lambda found: quote(known[found[1]]) if found[2] else known[found[1]],
        _EACH_LABEL.sub(of_each, template),
    )


def test_a_page_fires_exactly_while_its_line_is_above_the_threshold(opened: Opened) -> None:
    """At each minute of a day, the groups above 14.4 in the graph are those that page for it.

    But for a single failover, which does not page: the graph's description says so.
    """
    above = {
        (moment, line.labels["slo"], line.labels.get("cluster"))
        for line in opened.lines(PAGE_GRAPH, 24)
        for moment, value in line.points
        if value > 14.4
    }
    paged = {
        (moment, line.labels["slo"], line.labels.get("cluster"))
        for line in opened.server.query_range(
            'slokit:burn_alert:ratio{severity="page",long="1h"}',
            END - 24 * HOUR,
            END,
            MINUTE,
        )
        for moment, _ in line.points
    }

    assert {slo for _, slo, _ in above - paged} == {"failovers"}
    assert paged <= above
    assert {slo for _, slo, _ in paged} == {"availability", "young"}
    assert "a page also waits for a few bad events" in opened.panel(PAGE_GRAPH)["description"]


def test_a_group_is_one_line_in_each_graph(opened: Opened) -> None:
    """No graph has two lines with the labels that name them, over the whole day."""
    for panel in grafana.panels(opened.dashboard):
        if panel["type"] == "timeseries" and len(panel["targets"]) == 1:
            lines = opened.lines(panel["title"], 24)
            seen = [
                tuple(line.labels.get(n, "") for n in ("service", "slo", "cluster", "region"))
                for line in lines
            ]

            assert len(set(seen)) == len(seen) > 0, panel["title"]


def test_a_group_that_is_gone_keeps_its_lines(opened: Opened) -> None:
    """Who opens the SLO of a vanished service sees its past, not an empty graph."""
    chosen = {"service": "db", "slo": "gone"}

    for title in (PAGE_GRAPH, "SLI over time", "Events per hour", "Budget left over time"):
        assert len(opened.lines(title, 24, **chosen)) == 1, title


@pytest.mark.parametrize(
    ("chosen", "shown"),
    [
        ({"service": "api", "slo": "everywhere"}, {"api/everywhere"}),
        ({"slo": ["gone", "quiet"]}, {"db/gone", "db/quiet"}),
        ({"cluster": ODD}, {f"api/availability {ODD}"}),
        ({"cluster": [ODD, "b"]}, {f"api/availability {ODD}", "api/availability b"}),
        ({"service": "db", "region": "eu"}, {"db/failovers a eu"}),
    ],
)
def test_only_what_was_chosen_is_shown(
    opened: Opened, chosen: dict[str, str | list[str]], shown: set[str]
) -> None:
    """Service, SLO and group labels narrow every panel down, odd values to the letter."""
    rows = {
        name
        for name, row in opened.rows(BUDGETS, **chosen).items()
        if "Budget left" in row or "Events, 1d" in row
    }
    groups = {
        (s.labels["slo"], s.labels.get("cluster"))
        for title in (PAGE_GRAPH, "SLI over time", "Bad events per hour")
        for s in opened.answers(title, **chosen)["A"]
    }

    assert rows == shown
    assert len(groups) <= len(shown)


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("New versions", {"job": "api", "version": "1.1"}),
        ("Deployments", {"namespace": "shop", "deployment": "api"}),
    ],
)
def test_a_new_version_and_a_changed_deployment_are_marked_for_five_minutes(
    opened: Opened, name: str, labels: dict[str, str]
) -> None:
    """Of six hours there is a mark in the minutes after the change, and none at any other time."""
    (event,) = (e for e in opened.dashboard["annotations"]["list"] if e["name"] == name)
    (mark,) = opened.server.query_range(event["expr"], END - 6 * HOUR, END, MINUTE)
    moments = [moment for moment, _ in mark.points]

    assert mark.labels == labels
    assert CHANGED <= min(moments) <= CHANGED + MINUTE
    assert max(moments) <= CHANGED + 5 * MINUTE
    assert all(f"{{{{{label}}}}}" in event["titleFormat"] for label in labels)
