"""Rules that are changed in one place: the generated unit tests go red, whatever it is."""

import re
from pathlib import Path

import pytest
import yaml

from tests.support.compile import promtool
from tests.support.compile.generated_tests import generated_tests
from tests.support.compile.mutated_rules import Mutant, Sources

pytestmark = pytest.mark.programs("promtool")

BUNDLE = "mut"
SPECS = r"""
apiVersion: slokit/v1
service: bad-of-total
owner: team-a
defaults: {group_by: [{cluster: scope}], selector: {job: api}}
slos:
  - name: requests
    objective: 99.9%
    sli: {events: {bad: 'requests_total{code=~"5.."}', total: requests_total}}
---
apiVersion: slokit/v1
service: good-of-total
defaults: {group_by: [cluster, region], join: {info: node_info, by: [instance], labels: [region]}}
slos:
  - name: replicas
    objective: 99%
    window: 7d
    sli: {events: {of: gauges, good: ready, total: wanted}}
---
apiVersion: slokit/v1
service: good-and-bad
defaults: {group_by: []}
slos:
  - name: messages
    objective: 99.5%
    alert_policy: page-only
    sli: {events: {good: [kept_total, sent_total], bad: lost_total}}
---
apiVersion: slokit/v1
service: latency
defaults: {group_by: [cluster]}
slos:
  - name: fast
    objective: 95%
    alert_policy: ticket-only
    sli: {latency: {histogram: request_duration_seconds, at_most: 300ms}}
---
apiVersion: slokit/v1
service: threshold
defaults: {group_by: [cluster]}
slos:
  - name: worst
    objective: 99.9%
    sli: {threshold: {metric: lag_seconds, at_most: 200ms, expected: up}}
  - name: band
    objective: 99.9%
    sli: {threshold: {metric: level_ratio, at_least: 20%, at_most: 80%}}
  - name: best
    objective: 99.95%
    sli: {threshold: {metric: has_leader, at_least: 1, aggregate: best, remember: 1h}}
  - name: each
    objective: 99%
    alert_policy: none
    sli: {threshold: {metric: healthy, at_least: 1, aggregate: each, expected: up}}
  - name: sum
    objective: 99%
    no_data: ignore
    sli: {threshold: {metric: queued, at_most: 10, aggregate: sum}}
  - name: ratio
    objective: 99%
    sli: {threshold: {ratio: {of: used_bytes, to: size_bytes}, at_most: 70%}}
  - name: silent-good
    objective: 99%
    no_data: good
    sli: {threshold: {metric: pending, at_most: 0, expected: up, aggregate: each}}
---
apiVersion: slokit/v1
service: rate
defaults: {group_by: [cluster]}
slos:
  - name: elections
    min_bad_events: 10
    sli: {rate: {counter: elections_total, counted_by: every_member, at_most: 2/d}}
  - name: restarts
    sli: {rate: {counter: restarts_total, counted_by: one_member, at_most: 20/d}}
  - name: timeline
    sli: {rate: {epoch: timeline, at_most: 2/30d}}
---
apiVersion: slokit/v1
service: ratio
defaults: {group_by: [cluster]}
slos:
  - name: given-bad
    objective: 99%
    sli: {ratio: {bad: "job:errors:ratio"}}
  - name: given-good
    objective: 99%
    sli: {ratio: {good: success_ratio}}
---
apiVersion: slokit/v1
service: journey
defaults: {group_by: [cluster]}
slos:
  - {name: pay, objective: 99%, sli: {events: {good: paid_total, total: payments_total}}}
  - {name: any, objective: 99%, sli: {composite: {of: [&one threshold/worst, pay], method: worst}}}
  - {name: every, objective: 99%, sli: {composite: {of: [*one, pay], method: all}}}
  - {name: mean, objective: 99%, sli: {composite: {of: [*one, pay], method: weighted}}}
  - name: weighed
    objective: 99%
    sli: {composite: {of: [*one, pay], method: weighted, weights: {pay: 3}}}
---
apiVersion: slokit/v1
service: named
owner: team-b
routing: {team: b}
slos:
  - name: sales
    alert_name: NamedBurn
    annotations: {note: Call us}
    objective: 99.9%
    sli: {events: {bad: sales_failed_total, total: sales_total}}
"""
ALERTS = {"severities": {"page": {"labels": {"pager": "yes"}}}, "annotations": ["note"]}


def ledger(name: str, slo: str, side: str, old: str, new: str) -> Mutant:
    """A change in one side of an SLO's ledger, which what is expected of its own rows must see."""
    service, _, own = slo.partition("/")
    test, file = f"{service}: {RAW}", f"{service}.test.yaml"
    return Mutant(name, f"slokit:{side} {own}", old, new, test, file, asked=f'slo="{own}"')


RAW = "from raw series to the ledger"
TOTAL, BAD = "total:rate5m", "bad:rate5m"
OF_RATE, OF_LATENCY = "bad-of-total/requests", "latency/fast"
LEDGER = [
    ledger("per second to per window", OF_RATE, TOTAL, "/ 300", "/ 1"),
    ledger("window", OF_RATE, TOTAL, "[5m]", "[10m]"),
    ledger("difference over another time", OF_RATE, BAD, "offset 5m, 0)", "offset 10m, 0)"),
    ledger("sum to maximum", OF_RATE, BAD, "sum by", "max by"),
    ledger("selector lost", OF_RATE, BAD, ',job="api"', ""),
    ledger("matcher widened", OF_RATE, BAD, '"5.."', '".+"'),
    ledger("zero fill lost", OF_RATE, BAD, "or ignoring (bundle, service, slo) 0 *", "and on ()"),
    ledger("zero fill of ones", OF_RATE, BAD, "0 *", "1 *"),
    ledger("bad without total lost", OF_RATE, TOTAL, "\nor\n", "\nand\n"),
    ledger("another source label", OF_RATE, TOTAL, '"scope"', '"job"'),
    ledger("group label lost", OF_RATE, TOTAL, "sum by (cluster)", "sum"),
    ledger("total of another SLO", OF_RATE, BAD, ',slo="requests"', ""),
    ledger("total of another service", OF_RATE, BAD, ',service="bad-of-total"', ""),
    ledger("total of another bundle", OF_RATE, BAD, 'bundle="mut",', ""),
    ledger("no clamp", "good-of-total/replicas", BAD, ", 0)", ", -1e9)"),
    ledger("good to bad", "good-of-total/replicas", BAD, "} - ignoring", "} + ignoring"),
    ledger("no good series, all well", "good-of-total/replicas", BAD, "0 *", "1 *"),
    ledger("info series counted", "good-of-total/replicas", TOTAL, "group by", "count by"),
    ledger("join lost", "good-of-total/replicas", TOTAL, "group_left (region)", "group_left ()"),
    ledger("a side lost", "good-and-bad/messages", TOTAL, "lost_total", "absent_total"),
    ledger("sides not told apart", "good-and-bad/messages", TOTAL, '"1", "", ""', '"0", "", ""'),
    ledger("another bucket", OF_LATENCY, BAD, "0\\\\.30*", "[+]Inf"),
    ledger("no bucket, all well", OF_LATENCY, TOTAL, "unless ((", "or (("),
    ledger("latency without clamp", OF_LATENCY, BAD, ", 0)", ", -1e9)"),
    ledger("limit itself is bad", "threshold/worst", BAD, "> bool", ">= bool"),
    ledger("limit moved", "threshold/worst", BAD, "0.2", "0.25"),
    ledger("worst to best", "threshold/worst", BAD, "max by", "min by"),
    ledger(
        "silent members forgotten", "threshold/worst", BAD, "or on (cluster, instance)", "and on ()"
    ),
    ledger(
        "silent members not counted",
        "threshold/worst",
        TOTAL,
        "or on (cluster, instance)",
        "and on ()",
    ),
    ledger("members of no group", "threshold/worst", TOTAL, 'up{cluster!=""}', "up"),
    ledger("band moved", "threshold/band", BAD, "- 0.5", "- 0.4"),
    ledger("band widened", "threshold/band", BAD, "0.30000000000000004", "0.31"),
    ledger("best to worst", "threshold/best", BAD, "(has_leader", "(min by (cluster) (has_leader)"),
    ledger("memory lost", "threshold/best", TOTAL, "[1h]", "[1m]"),
    ledger("memory too long", "threshold/best", TOTAL, "[1h]", "[3h]"),
    ledger("each to any", "threshold/each", TOTAL, "count by", "group by"),
    ledger("good limit", "threshold/each", BAD, ">= 1", "> 1"),
    ledger("sum to average", "threshold/sum", BAD, "sum by", "avg by"),
    ledger("ratio turned over", "threshold/ratio", BAD, "/ (sum", "* (sum"),
    ledger(
        "ratio of the largest",
        "threshold/ratio",
        BAD,
        "(sum by (cluster, instance) (used",
        "(max by (cluster, instance) (used",
    ),
    ledger("median to maximum", "rate/elections", BAD, "0.5", "1"),
    ledger("per window to per second", "rate/elections", BAD, "/ 300", "/ 30"),
    ledger("restarted members outvote", "rate/elections", BAD, ">= 0 <", ">= -1e9 <"),
    ledger("offset", "rate/elections", BAD, "offset 5m", "offset 10m"),
    ledger("no first event", "rate/elections", BAD, "0 *", "1 *"),
    ledger("members do not add up", "rate/restarts", BAD, "sum by", "max by"),
    ledger("epoch may go down", "rate/timeline", BAD, ", 0)", ", -1e9)"),
    ledger("silence is bad", "threshold/silent-good", BAD, "0 * group", "1 * group"),
    ledger("silence has no sample", "threshold/silent-good", BAD, "\nor on (", "\nand on ("),
    ledger("one bad of several", "threshold/silent-good", BAD, "sum by", "max by"),
    ledger("mean to maximum", "ratio/given-bad", BAD, "avg by", "max by"),
    ledger("clamped above only", "ratio/given-bad", BAD, "0, 1)", "-1, 1)"),
    ledger("clamped below only", "ratio/given-bad", BAD, "0, 1)", "0, 2)"),
    ledger("series counted", "ratio/given-bad", TOTAL, "group by", "count by"),
    ledger("good taken for bad", "ratio/given-good", BAD, "1 - ", ""),
    ledger("budget", OF_RATE, "budget:ratio", "0.001", "0.01"),
    Mutant(
        "owner",
        "slokit:info requests",
        "team-a",
        "team-b",
        f"bad-of-total: {RAW}",
        "bad-of-total.test.yaml",
        "labels.owner",
        'slo="requests"',
    ),
    Mutant(
        "measure",
        "slokit:info requests",
        "rate",
        "level",
        f"bad-of-total: {RAW}",
        "bad-of-total.test.yaml",
        "labels.measure",
        'slo="requests"',
    ),
    Mutant(
        "another name",
        f"slokit:{BAD} requests",
        "requests",
        "request",
        f"bad-of-total: {RAW}",
        "bad-of-total.test.yaml",
        "labels.slo",
        'slo="requests"',
    ),
]


def composite(name: str, slo: str, side: str, old: str, new: str) -> Mutant:
    """A change in one side of a composite, which what is expected of its own rows must see."""
    test = "journey: from the ledgers of members to the ledger"
    return Mutant(
        name, f"slokit:{side} {slo}", old, new, test, "journey.test.yaml", asked=f'slo="{slo}"'
    )


COMPOSITES = [
    composite(
        "worst member to best", "any", BAD, "max by (cluster) (clamp", "min by (cluster) (clamp"
    ),
    composite("a member forgotten", "any", BAD, 'service="threshold"', 'service="thresholds"'),
    composite("members of all bundles", "any", BAD, 'bundle="mut",', ""),
    composite(
        "a member for each group of its own", "any", BAD, "sum by (service", "max by (service"
    ),
    composite("members not told apart", "any", BAD, "service, slo, cluster", "cluster"),
    composite("members without traffic", "any", BAD, '"}) > 0)', '"}) >= 0)'),
    composite("more than all is bad", "any", BAD, ", 0, 1)", ", 0, 9)"),
    composite("no traffic, nothing bad", "any", BAD, "or ignoring", "and ignoring"),
    composite("total of idle members", "any", TOTAL, "> bool 0", ">= bool 0"),
    composite("any to all have traffic", "any", TOTAL, "max by", "min by"),
    composite("total of members added up", "any", TOTAL, "max by", "sum by"),
    composite("all to any", "every", BAD, "sum by (cluster) (ln", "min by (cluster) (ln"),
    composite("all to none", "every", BAD, "1 - exp", "exp"),
    composite("mean to sum", "mean", BAD, "avg by", "sum by"),
    composite("another weight", "weighed", BAD, "3 *", "2 *"),
]


def shared(
    name: str, rule: str, old: str, new: str, test: str, part: str = "", field: str = "expr"
) -> Mutant:
    """A change in a rule that serves all SLOs, which a test of the bundle must see."""
    file = f"{BUNDLE}.bundle{part and '-'}{part}.test.yaml"
    return Mutant(name, rule, old, new, f"bundle {BUNDLE}: {test}", file, field)


FAST, SLOW = "a burst passes through the fast windows", "a burst passes through the slow windows"
NEIGHBOUR, ENDS = "another bundle's outage is none of ours", "alerts end one after another"
STORM, MONTH = "a short storm after a quiet time", "the budget of 30d"
GAPS = "gaps in the budget of 30d"
TOO_FAST = "slokit:burn_alert:ratio default"
PAGE_1H, PAGE_6H = (f"{TOO_FAST} {long} page" for long in ("1h", "6h"))
TICKET, TICKET_3D = (f"{TOO_FAST} {long} ticket" for long in ("1d", "3d"))
PAGE, ANY_TICKET = "SLOBudgetBurn default page", "SLOBudgetBurn default ticket"
NAMED, NO_DATA, FAILING = "NamedBurn default page", "SLONoData", "SlokitRulesFailing"
ABOVE = "a burn just above 14.4"
EXHAUSTED, REMAINING = "SLOBudgetExhausted", "slokit:budget_remaining:ratio 30d"
HISTORY = "slokit:history:bool 30d"
LEFT = f'slokit:budget_remaining:ratio{{bundle="{BUNDLE}"}}'
ENOUGH_LEFT, NEARLY_SPENT = (
    f"< {now}\n    and min_over_time({LEFT}[6h]) <= {then}"
    for now, then in ((0.05, 0), (0.35, 0.3))
)
SHARED = [
    shared("newest window weighs more", "slokit:burn:1h", "(10 *", "(13 *", FAST),
    shared("window of the earlier part", "slokit:burn:1h", "54m59s999ms", "44m59s999ms", FAST),
    shared("overlapping parts", "slokit:burn:30m", "offset 5m", "offset 3m", FAST),
    shared("gap between parts", "slokit:burn:30m", "offset 5m", "offset 10m", FAST),
    shared("mean of a level", "slokit:burn:5m", "[4m59s999ms]", "[14m59s999ms]", FAST),
    shared("levels not averaged", "slokit:burn:5m", 'measure="level"', 'measure="rate"', FAST),
    shared("budget left out", "slokit:burn:5m", "\n/ on (bundle", "\n* on (bundle", FAST),
    shared("slow window shorter", "slokit:burn:6h", "5h59m", "5h29m", SLOW, "slow"),
    shared("slow window longer", "slokit:burn:3d", "2d23h59m", "3d29m", SLOW, "slow"),
    shared("slow window of a day", "slokit:burn:1d", "23h59m", "22h59m", SLOW, "slow"),
    shared(
        "slow totals",
        "slokit:burn:2h",
        "slokit:total:events5m",
        "slokit:bad:events5m",
        SLOW,
        "slow",
    ),
    shared("fast rule of all bundles", "slokit:burn:5m", 'bundle="mut"', 'bundle=~".+"', NEIGHBOUR),
    shared("slow rule of all bundles", "slokit:burn:6h", 'bundle="mut"', 'bundle=~".+"', NEIGHBOUR),
    shared(
        "counts of all bundles", "slokit:bad:events5m", 'bundle="mut"', 'bundle=~".+"', NEIGHBOUR
    ),
    shared("budgets of all bundles", REMAINING, 'bundle="mut"', 'bundle=~".+"', NEIGHBOUR),
    shared("alert of all bundles", PAGE_1H, 'bundle="mut"', 'bundle=~".+"', NEIGHBOUR),
    shared("threshold a little higher", PAGE_1H, "> 14.4", "> 14.8", "a burn just above 14.4"),
    shared("threshold a little lower", PAGE_1H, "> 14.4", "> 14", "a burn just below 14.4"),
    shared("threshold of the other page", PAGE_6H, "> 6", "> 6.2", "a burn just above 6"),
    shared("threshold of a ticket", TICKET, "> 3", "> 2.9", "a burn just below 3"),
    shared("threshold of the last ticket", TICKET_3D, "> 1", "> 1.05", "a burn just above 1"),
    shared("severity", PAGE, "page", "ticket", "a burn just above 14.4", field="labels.severity"),
    shared("alerts on all bundles", PAGE, 'bundle="mut"', 'bundle=~".+"', NEIGHBOUR),
    shared("a ticket for each page", ANY_TICKET, 'severity="ticket"', 'severity="page"', ABOVE),
    shared("alerts of all policies", PAGE, 'alert_policy="default"', 'alert_policy=~".*"', ABOVE),
    shared("an alert for each burn alert", PAGE, ", long, short)", ")", ABOVE),
    shared(
        "label of the window", PAGE_1H, "1h", "2h", "a burn just above 14.4", field="labels.long"
    ),
    shared(
        "owner not carried", PAGE, "group_left (owner, ", "group_left (", "a burn just above 14.4"
    ),
    shared(
        "policy of others",
        PAGE_1H,
        'alert_policy="default"',
        'alert_policy=~".*"',
        "a burn just above 14.4",
    ),
    shared("short window lost", PAGE_1H, "slokit:burn:5m", "slokit:burn:1h", ENDS),
    shared("short window too long", PAGE_6H, "slokit:burn:30m", "slokit:burn:2h", ENDS),
    shared("short window of a ticket lost", TICKET, "slokit:burn:2h", "slokit:burn:1d", ENDS),
    shared("long window lost", PAGE_1H, "slokit:burn:1h", "slokit:burn:5m", STORM),
    shared(
        "long window of the other page lost", PAGE_6H, "slokit:burn:6h", "slokit:burn:30m", STORM
    ),
    shared("long window of a ticket lost", TICKET_3D, "slokit:burn:3d", "slokit:burn:6h", STORM),
    shared("older metadata wins", PAGE, "topk", "bottomk", "an edited owner counts at once"),
    shared("remaining budget", REMAINING, "1 -", "2 -", MONTH, "30d"),
    shared("budget over a shorter window", "slokit:burn:30d", "29d23h59m", "28d", MONTH, "30d"),
    shared(
        "budget of SLOs with another window", "slokit:burn:30d", 'window="30d"', "", MONTH, "30d"
    ),
    shared("spent a little too early", EXHAUSTED, ENOUGH_LEFT, NEARLY_SPENT, MONTH, "30d"),
    shared("budget of a young ledger", HISTORY, "offset 15d", "offset 14d", MONTH, "30d"),
    shared("budget of an old ledger only", HISTORY, "offset 15d", "offset 16d", MONTH, "30d"),
    shared("budget of who had data lately", HISTORY, "budget_remaining", "budget", GAPS, "30d"),
    shared("policies without an alert on it", EXHAUSTED, "none|page-only", "", MONTH, "30d"),
    shared(
        "silence that is meant",
        "SLONoData",
        'no_data=""',
        'no_data=~".*"',
        "no data any more",
    ),
    shared("silence where nothing alerts", "SLONoData", '!="none"', '!=""', "no data any more"),
    shared("silence soon forgotten", "SLONoData", "[1d:30m]", "[12h:30m]", "no data any more"),
    shared("silence alerts at once", "SLONoData", "10m", "0m", "no data any more", field="for"),
    shared("what was idle alerts", "SLONoData", "== 1", ">= 0", "idle when its data ended"),
    shared(
        "what is idle is active",
        "slokit:active:bool",
        "> bool 0",
        ">= bool 0",
        "idle when its data ended",
    ),
    shared(
        "failures of all rules",
        "SlokitRulesFailing",
        "slokit:mut",
        "slokit:.*",
        "rules of one group fail",
    ),
    shared("slow at a tenth", "SlokitRulesSlow", "0.5", "0.1", "rules of one group are slow"),
    shared(
        "all SLOs may be missing",
        "SlokitLedgerStale page",
        "or max(absent(",
        "unless max(absent(",
        "no SLO writes",
    ),
    shared(
        "late, but not that late",
        "SlokitLedgerStale page",
        "> 120",
        "> 200",
        "all SLOs write their ledger late",
    ),
    shared(
        "stuck, and nothing of it is seen",
        "SlokitLedgerStale page",
        ":ledger:.*",
        ":other:.*",
        "a ledger is not evaluated any more",
    ),
    shared(
        "a service that is gone is forgotten",
        "SlokitLedgerStale ticket",
        "offset 1h",
        "offset 1m",
        "one service writes no ledger any more",
    ),
    shared(
        "all services are gone",
        "SlokitLedgerStale ticket",
        "unless on",
        "and on",
        "one service writes no ledger any more",
    ),
    shared(
        "three owners are a crowd", "SlokitDuplicateSLO", "> 1", "> 2", "two owners write one SLO"
    ),
]


CARRIED = [
    shared(
        "named alerts have the usual name, too", PAGE, 'alert_name=""', 'alert_name!="x"', ABOVE
    ),
    shared("usual alerts have a name", NAMED, 'alert_name="NamedBurn"', 'alert_name!="x"', ABOVE),
    shared("route under another name", NAMED, '"team", "$1"', '"teams", "$1"', ABOVE),
    shared(
        "route under its own name",
        NAMED,
        '"routing__team", "", "", "")',
        '"routing__teams", "", "", "")',
        ABOVE,
    ),
    shared("route not joined", NO_DATA, ", routing__team)", ")", "no data any more"),
    shared("route not joined, later", EXHAUSTED, ", routing__team)", ")", MONTH, "30d"),
    shared("what is shown is a label", NAMED, "", "Call us", ABOVE, field="labels.note"),
    shared("label of pages", PAGE, "yes", "no", ABOVE, field="labels.pager"),
    shared(
        "label of pages on rules",
        FAILING,
        "yes",
        "no",
        "rules of one group fail",
        field="labels.pager",
    ),
]


def few(name: str, rule: str, old: str, new: str, test: str) -> Mutant:
    """A change in what a page waits for, which the tests of a service of rates must see."""
    return Mutant(name, rule, old, new, f"rate: {test}", "rate.burn.test.yaml")


FEW = [
    few("one event less", PAGE_1H, "< 9.5", "< 8.5", "one event too few to page"),
    few("one event more", PAGE_1H, "9.5", "10.5", "just enough events to page"),
    few("samples for too long", PAGE_1H, "* 30 <", "* 300 <", "one event too few to page"),
    few("a longer ledger window", PAGE_1H, "* 300\n", "* 3000\n", "one event too few to page"),
    few(
        "a young ledger counts as an old one",
        PAGE_1H,
        "* 30 <",
        "* 3600 <",
        "a young ledger, too few",
    ),
    few(
        "events of SLOs that wait for fewer",
        PAGE_1H,
        'min_bad_events="10"',
        "",
        "just enough events to page",
    ),
    few(
        "waiting of no SLO",
        PAGE_1H,
        'min_bad_events="10"',
        'min_bad_events="11"',
        "one event too few to page",
    ),
]


MUTANTS = [*LEDGER, *COMPOSITES, *SHARED, *CARRIED, *FEW]


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Sources:
    """A bundle with SLIs of every type, compiled with its unit tests."""
    directory = tmp_path_factory.mktemp("mutants")
    (directory / "specs.yaml").write_text(SPECS)
    project = {"bundle": BUNDLE, "specs": "specs.yaml", "alerts": ALERTS}
    (directory / "slokit.yaml").write_text(yaml.safe_dump(project))
    return Sources(generated_tests(directory / "slokit.yaml"))


def test_unchanged_rules_pass(sources: Sources) -> None:
    """From raw series of every SLI type to alerts; tests of long windows pass below, cut."""
    long = re.compile(r"\.bundle-\w+\.test")
    outcome = promtool.test_rules([f for f in sources.bundle.files if not long.search(f.name)])

    assert outcome.ok, outcome.output


def test_unchanged_rules_pass_without_those_that_a_test_does_not_look_at(
    sources: Sources, tmp_path: Path
) -> None:
    """Whatever is red below is so because of the change."""
    outcome = sources.unchanged(MUTANTS, tmp_path)

    assert outcome.ok, outcome.output


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_changed_rule_fails_its_test(sources: Sources, tmp_path: Path, mutant: Mutant) -> None:
    """One factor, label, window, clamp or fill is wrong, and a generated test says so."""
    outcome = sources.changed(mutant, tmp_path)

    assert not outcome.ok
    assert "FAILED" in outcome.output
    assert "could not parse" not in outcome.output, outcome.output
