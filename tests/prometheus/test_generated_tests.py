"""The unit tests that slokit generates: promtool runs them, and the rules pass."""

import shutil
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import yaml

from slokit import api
from tests.support.compile.generated_tests import GeneratedTests, generated_tests

pytestmark = pytest.mark.programs("promtool")

SPECS = Path(__file__).parents[1] / "fixtures" / "specs"
SYSTEMS = sorted(path.stem for path in SPECS.glob("*.yaml") if path.stem != "slokit")


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> GeneratedTests:
    """The eight reference systems, compiled with their unit tests."""
    directory = tmp_path_factory.mktemp("reference") / "specs"
    shutil.copytree(SPECS, directory)
    return generated_tests(directory / "slokit.yaml")


@pytest.mark.parametrize("system", [*SYSTEMS, "reference"])
def test_rules_of_the_reference_systems_pass_their_own_tests(
    reference: GeneratedTests, system: str
) -> None:
    """From raw series to the ledger, from there to alerts, and the rules that serve all of them."""
    outcome = reference.run(system)

    assert outcome.ok, outcome.output
    assert len(reference.of(system)) == (2 if system in SYSTEMS else 4)


@pytest.mark.parametrize("memory", ["3m", "12m", "20m", "1h"])
def test_members_are_expected_as_long_as_they_are_remembered(tmp_path: Path, memory: str) -> None:
    """However short the memory is, a scenario expects what it holds, of each, all and one."""
    spec = "apiVersion: slokit/v1\nservice: shop\nslos:\n"
    for aggregate in ("each", "worst", "sum"):
        sli = f"{{metric: up, at_least: 1, aggregate: {aggregate}, remember: {memory}}}"
        spec += f"  - {{name: {aggregate}, objective: 99%, sli: {{threshold: {sli}}}}}\n"

    outcome = one_service(tmp_path, spec).run("shop")

    assert outcome.ok, outcome.output


JOINED = """
    apiVersion: slokit/v1
    service: shop
    defaults:
      group_by: [region]
      selector: {job: x}
      join: {info: shop_info, by: [instance], labels: [region]}
    slos:
      - name: joined
        objective: 99%
        sli: {threshold: {metric: lag, at_most: 5}}
      - name: joined-by-hand
        objective: 99%
        sli: {threshold: {metric: 'lag{$selector} $join', at_most: 5}}
      - name: labelled-itself
        objective: 99%
        sli: {threshold: {metric: 'primary{$selector} == bool 1', aggregate: sum, at_least: 1}}
      - name: one-of-each
        objective: 99%
        sli:
          events:
            bad: rate(errors_total{$selector}[$window])
            total: sum by ($group_by) (rate(requests_total{$selector}[$window]) $join)
      - name: bad-within-total
        objective: 99%
        sli: {events: {bad: 'rate(all_total{$selector,code="5"}[$window])', total: all_total}}
      - name: total-around-bad
        objective: 99%
        sli: {events: {bad: 'all_total{code="5"}', total: 'rate(all_total{$selector}[$window])'}}
      - name: two-counters
        sli: {rate: {counter: [a_total, b_total], counted_by: every_member, at_most: 2/d}}
      - name: two-epochs
        sli: {rate: {epoch: [a_term, b_term], at_most: 2/d}}
"""


def test_joins_expressions_and_lists_pass_their_own_tests(tmp_path: Path) -> None:
    """Joined labels are found, lists add up; an SLO with an expression starts at its ledger."""
    made = one_service(tmp_path, JOINED)
    outcome = made.run("shop")

    assert outcome.ok, outcome.output
    text = (made.directory / "alert-rules/tests/shop.test.yaml").read_text()
    slos = [slo["name"] for slo in yaml.safe_load(dedent(JOINED))["slos"]]
    from_raw_series = {slo for slo in slos if f": {slo}: total outage" in text}
    assert from_raw_series == {"joined", "two-counters", "two-epochs"}
    said = [line for line in text.splitlines() if line.startswith("# Only from the ledger on")]
    assert [line.split(": ")[1].split()[0] for line in said] == slos[1:-2]


SHARED = """
    apiVersion: slokit/v1
    service: shop
    defaults: {group_by: [cluster], selector: {job: x}}
    slos:
      - name: all
        objective: 99%
        sli: {events: {bad: 'requests_total{code=~"5.."}', total: requests_total}}
      - name: some
        objective: 99%
        sli: {events: {bad: 'requests_total{code="500"}', total: requests_total}}
      - {name: a, objective: 99%, sli: {threshold: {metric: a, at_most: 2, expected: up}}}
      - name: b
        objective: 99%
        sli: {threshold: {metric: b, at_most: 2, expected: up, aggregate: each}}
      - name: latency
        sli: {latency: {histogram: duration_seconds}}
        objectives:
          - {name: fast, at_most: 100ms, objective: 95%}
          - {name: slow, at_most: 1s, objective: 99%}
      - name: joined-a
        objective: 99%
        group_by: [region]
        join: {info: info, by: [instance], labels: [region]}
        sli: {threshold: {metric: lag, at_most: 5}}
      - name: joined-b
        objective: 99%
        group_by: [region]
        join: {info: info, by: [instance], labels: [region]}
        sli: {threshold: {metric: lag, at_most: 7, aggregate: sum}}
      - name: one-group-a
        objective: 99%
        group_by: []
        sli: {events: {bad: 'errors_total{code=~"5.."}', total: errors_total}}
      - name: one-group-b
        objective: 99%
        group_by: []
        sli: {events: {bad: 'errors_total{code=~"4.."}', total: errors_total}}
      - name: fixed-a
        sli: {rate: {counter: 'n_total{cluster="m"}', counted_by: every_member, at_most: 2/d}}
      - name: fixed-b
        sli: {rate: {counter: 'n_total{cluster="m"}', counted_by: one_member, at_most: 2/d}}
      - {name: few-a, objective: 99%, sli: {threshold: {metric: 'q{cluster=~"m|n"}', at_most: 1}}}
      - {name: few-b, objective: 99%, sli: {threshold: {metric: 'q{cluster=~"m|n"}', at_most: 2}}}
      - {name: few-c, objective: 99%, sli: {threshold: {metric: 'q{cluster=~"m|n"}', at_most: 3}}}
"""


def test_slos_with_the_same_metrics_are_tested_beside_each_other(tmp_path: Path) -> None:
    """In groups of their own; in a second test only where no label tells their series apart."""
    made = one_service(tmp_path, SHARED)
    outcome = made.run("shop")

    assert outcome.ok, outcome.output
    file = yaml.safe_load((made.directory / "alert-rules/tests/shop.test.yaml").read_text())
    first, second = (
        {slo_of(each["expr"]) for each in t["promql_expr_test"]} for t in file["tests"]
    )
    assert second == {"one-group-b", "fixed-b", "few-c"}
    assert len(first) == 13 - 1
    assert not first & second


def slo_of(query: str) -> str:
    """The SLO that a query asks for."""
    return query.partition('slo="')[2].partition('"')[0]


MEMBERS = """
    apiVersion: slokit/v1
    service: steps
    defaults: {group_by: [region, cluster]}
    slos:
      - {name: elsewhere, objective: 99%, sli: {events: {bad: far_bad_total, total: far_total}}}
    ---
    apiVersion: slokit/v1
    service: shop
    defaults: {group_by: [region], selector: {job: x}, offset: 7m}
    slos:
      - {name: bad, objective: 99%, sli: {events: {bad: 'a_total{code="5"}', total: a_total}}}
      - {name: good, objective: 99%, sli: {events: {good: 'a_total{code="2"}', total: a_total}}}
      - {name: both, objective: 99%, sli: {events: {good: b_good_total, bad: b_bad_total}}}
      - {name: levels, objective: 99%, sli: {events: {of: gauges, good: ready, total: wanted}}}
      - {name: fast, objective: 99%, sli: {latency: {histogram: d_seconds, at_most: 1s}}}
      - name: native
        objective: 99%
        sli: {latency: {histogram: n_seconds, at_most: 1s, native: true}}
      - name: failed-or-slow
        objective: 99%
        sli:
          events:
            bad: 'd_seconds_count{code="5"}'
            total: d_seconds_count
            latency: {histogram: d_seconds, at_most: 1s}
      - {name: worst, objective: 99%, sli: {threshold: {metric: lag, at_most: 5, expected: up}}}
      - {name: gone, objective: 99%, no_data: bad, sli: {threshold: {metric: lag, at_most: 5}}}
      - {name: gone-good, objective: 99%, no_data: bad, sli: {events: {good: g, total: h}}}
      - name: expression
        objective: 99%
        sli: {threshold: {metric: 'lag{$selector} - 1', at_most: 5, aggregate: sum}}
      - {name: given, objective: 99%, sli: {ratio: {good: ok_ratio}}}
SLICES
      - name: plain
        objective: 99%
        sli: {composite: {of: [bad, good, both, levels, steps/elsewhere], method: worst}}
      - name: plain-2
        objective: 99%
        sli: {composite: {of: [fast, native, failed-or-slow, worst], method: all}}
      - name: plain-3
        objective: 99%
        group_by: []
        sli:
          composite:
            of: [gone, gone-good, expression, given]
            method: weighted
            weights: {gone: 2, given: 0.3}
      - name: of-slices
        objective: 99%
        sli: {composite: {of: [sliced-skip, sliced-good, sliced-bad], method: weighted}}
      - name: in-slices
        objective: 99%
        budgeting_method: time_slices
        time_slice: {window: 10m, target: 80%, idle: bad}
        sli: {composite: {of: [bad, given], method: all}}
      - name: nested
        objective: 99%
        sli: {composite: {of: [plain, in-slices, plain-2], method: all}}
      - name: in-a-circuit
        objective: 99%
        sli: {composite: {of: [plain, bad], method: worst}}
""".replace(
    "SLICES\n",
    "".join(
        f"""      - name: sliced-{idle}
        objective: 99%
        budgeting_method: time_slices
        time_slice: {{window: 10m, target: 90%, idle: {idle}}}
        sli: {{events: {{good: s_good_total, total: s_total}}}}
"""
        for idle in ("skip", "good", "bad")
    ),
)


def test_composites_pass_their_own_tests(tmp_path: Path) -> None:
    """Over members of any type beside them, of other services, of slices and of composites."""
    made = one_service(tmp_path, MEMBERS)
    outcome = made.run("shop")

    assert outcome.ok, outcome.output
    text = (made.directory / "alert-rules/tests/shop.test.yaml").read_text()
    slos = [slo["name"] for slo in list(yaml.safe_load_all(dedent(MEMBERS)))[1]["slos"]]
    without = [slo for slo in slos if f": {slo}: total outage" not in text]
    # a member that is made of another one is reckoned from it, and cannot be given beside it
    assert without == ["native", "failed-or-slow", "expression", "in-a-circuit"]


OTHERWISE = """
    apiVersion: slokit/v1
    service: shop
    defaults: {group_by: [cluster]}
    slos:
      - name: late
        objective: 99%
        offset: 7m
        sli: {events: {bad: 'a_total{code=~"5.."}', total: a_total}}
      - name: late-members
        objective: 99%
        offset: 10m
        sli: {threshold: {metric: b, at_most: 5, expected: up}}
      - name: late-elections
        offset: 10m
        sli: {rate: {counter: c_total, counted_by: every_member, at_most: 2/d}}
      - name: late-terms
        offset: 1m
        sli: {rate: {epoch: term, at_most: 2/d}}
      - name: seen-twice
        objective: 99%
        deduplicate: [instance]
        sli: {latency: {histogram: d_seconds, at_most: 1s}}
      - name: by-rate
        objective: 99%
        counting: rate
        sli: {events: {good: 'e_total{code!~"5.."}', total: e_total}}
      - name: from-zero
        objective: 99%
        sli: {events: {bad: 'f_total{code=~"5.."}', total: f_total, starts_at_zero: true}}
"""


def test_slos_that_count_otherwise_pass_their_own_tests(tmp_path: Path) -> None:
    """Samples that come late, observers of the same, counting by rate, counters from zero."""
    made = one_service(tmp_path, OTHERWISE)
    outcome = made.run("shop")

    assert outcome.ok, outcome.output
    text = (made.directory / "alert-rules/tests/shop.test.yaml").read_text()
    slos = [slo["name"] for slo in yaml.safe_load(dedent(OTHERWISE))["slos"]]
    assert [slo for slo in slos if f": {slo}: total outage" not in text] == []


SPEC = """
    apiVersion: slokit/v1
    service: shop
    defaults: {group_by: [cluster]}
    slos:
      - name: availability
        objective: 99.9%
        sli: {events: {bad: errors_total, total: requests_total}}
      - name: lag
        objective: 99%
        window: 7d
        sli: {threshold: {metric: lag_seconds, at_most: 2s, expected: up}}
      - name: elections
        sli: {rate: {counter: elections_total, counted_by: every_member, at_most: 2/d}}
      - name: silent
        objective: 95%
        alert_policy: none
        no_data: ignore
        sli: {events: {good: answers_total, total: requests_total}}
"""


def test_rules_pass_their_own_tests_at_another_timing(tmp_path: Path) -> None:
    """The expected numbers follow from the times in slokit.yaml; odd ones are properties."""
    timing = {"interval": "15s", "scrape_interval": "15s", "ledger_window": "10m"}
    made = one_service(tmp_path, SPEC, bundle="b", **timing)

    for owner in ("shop", "b"):
        outcome = made.run(owner)
        assert outcome.ok, outcome.output


SHORT = """
    apiVersion: slokit/v1
    service: shop
    defaults: {group_by: [cluster]}
    slos:
      - name: hour
        objective: 99.9%
        window: 1h
        sli: {events: {bad: errors_total, total: requests_total}}
      - name: more
        objective: 99%
        window: 90m
        sli: {threshold: {metric: lag_seconds, at_most: 2s}}
      - name: shift
        window: 8h
        sli: {rate: {counter: elections_total, counted_by: every_member, at_most: 4/h}}
      - name: month
        objective: 99.9%
        sli: {events: {bad: errors_total, total: requests_total}}
"""


@pytest.mark.parametrize(
    ("ledger_window", "pages"),
    [("5m", {"month", "shift"}), ("1m", {"month", "shift", "more", "hour"})],
)
def test_rules_of_windows_below_a_day_pass_their_own_tests(
    tmp_path: Path, ledger_window: str, pages: set[str]
) -> None:
    """An hour's burn rate is recorded once; what pages is what leaves half of the budget."""
    timing = {"interval": "15s", "scrape_interval": "15s", "ledger_window": ledger_window}
    made = one_service(tmp_path, SHORT, bundle="b", **timing)

    for owner in ("shop", "b"):
        outcome = made.run(owner)
        assert outcome.ok, outcome.output
    rules = yaml.safe_load((made.directory / "alert-rules/b.bundle.rules.yaml").read_text())
    recorded = [r.get("record") for group in rules["groups"] for r in group["rules"]]
    assert recorded.count("slokit:burn:1h") == 1
    bundle = api.load(project=str(made.directory / "slokit.yaml")).bundle
    paging = {s.name for s in bundle.slos if any(a.severity == "page" for a in s.burn_alerts)}
    assert paging == pages


HOSTILE = r"""
    apiVersion: slokit/v1
    service: "123"
    owner: "team \"a\" {{ $labels }} 'b' \\ €: #1"
    labels: {tier: "{}", note: "*&!|>%@`"}
    defaults: {group_by: [{cluster: job}]}
    slos:
      - name: "1e3"
        objective: 99.9%
        sli:
          events:
            bad: errors_total{path=~"/a\\.b\"c/.*",code!~'4..|[{]x}'}
            total: errors_total{path!="\n",kind='é"\\'}
      - name: "null"
        objective: 99%
        runbook: https://example.com/a?b=%22c%22&d=e
        sli: {threshold: {metric: 'lag{name="a,b=\"c\""}', at_most: 2, expected: 'up{zone!=""}'}}
"""


def test_text_that_needs_quotes_passes_through_generated_tests(tmp_path: Path) -> None:
    """Names like numbers, and labels with quotes, braces, backslashes and templates."""
    made = one_service(tmp_path, HOSTILE, bundle="0x1f", alerts={"labels": ["owner", "tier"]})

    for owner in ("123", "0x1f"):
        outcome = made.run(owner)
        assert outcome.ok, outcome.output


def one_service(directory: Path, spec: str, **project: Any) -> GeneratedTests:
    """A bundle of one service, compiled with its unit tests."""
    (directory / "specs").mkdir()
    (directory / "specs" / "one.yaml").write_text(dedent(spec))
    (directory / "slokit.yaml").write_text(yaml.safe_dump({"specs": "specs", **project}))
    return generated_tests(directory / "slokit.yaml")
