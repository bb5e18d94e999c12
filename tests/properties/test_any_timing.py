"""Whatever times a bundle has, it ends in findings or in rules that pass their own tests."""

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from slokit import api
from slokit.compiler import names
from slokit.targets import TARGETS
from slokit.text.durations import format_duration
from tests.support.compile import promtool
from tests.support.compile.generated_tests import generated_tests

SPEC = """
apiVersion: slokit/v1
service: shop
defaults: {{window: {window}, group_by: [cluster]}}
slos:
  - {{name: events, objective: 99.9%, sli: {{events: {{bad: bad_total, total: all_total}}}}}}
  - {{name: latency, objective: 99%, sli: {{latency: {{histogram: x_seconds, at_most: 300ms}}}}}}
  - name: late
    objective: 99.9%
    offset: {offset}
    sli: {{threshold: {{metric: lag_seconds, at_most: 1s, remember: {offset}}}}}
  - {{name: changes, sli: {{rate: {{epoch: timeline, at_most: 1/d}}}}}}
  - {{name: restarts, sli: {{rate: {{counter: c_total, counted_by: one_member, at_most: 1/h}}}}}}
  - {{name: given, objective: 99%, sli: {{ratio: {{bad: error_ratio}}}}}}
"""
RECEIVERS = "alertmanager: {receivers: {a: {webhook: {url: 'http://a'}}}, default: a}\n"
# Times that people write, and any others, in seconds.
SHORT = [Fraction(n) for n in (1, 5, 7, 10, 15, 20, 30, 45, 60, 75, 90, 150, 300)]
LEDGER = [Fraction(60 * n) for n in (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60)]
WINDOW = [Fraction(3600 * n) for n in (24, 25, 36, 7 * 24, 28 * 24, 30 * 24, 365 * 24)]
ANY = st.integers(1, 10**7).map(lambda millis: Fraction(millis, 1000))


@st.composite
def timings(draw: st.DrawFn) -> tuple[dict[str, str], str, str]:
    """The times of slokit.yaml, an SLO window and an offset; most of them fit together."""
    ledger = draw(st.sampled_from(LEDGER) | ANY)
    parts = st.integers(1, 100).map(lambda number: ledger / number)
    times = {
        "interval": draw(parts | parts | st.sampled_from(SHORT) | ANY),
        "scrape_interval": draw(parts.map(lambda part: part / 4) | st.sampled_from(SHORT) | ANY),
        "ledger_window": ledger,
    }
    whole = st.integers(1, 10**5).map(lambda number: number * ledger)
    window, offset = draw(st.sampled_from(WINDOW) | whole | ANY), draw(st.sampled_from(SHORT) | ANY)
    written = {key: format_duration(seconds) for key, seconds in times.items()}
    return written, format_duration(window), format_duration(offset)


def load(directory: Path, times: Mapping[str, str], window: str, offset: str) -> api.Loaded:
    """The bundle of these times."""
    specs = directory / "slo-specs"
    specs.mkdir(exist_ok=True)
    (specs / "shop.yaml").write_text(SPEC.format(window=window, offset=offset))
    written = "".join(f"{key}: {value}\n" for key, value in times.items())
    (directory / "slokit.yaml").write_text(written + RECEIVERS)
    return api.load(project=str(directory / "slokit.yaml"))


@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(timing=timings())
def test_any_timing_compiles_or_is_a_finding(
    tmp_path_factory: pytest.TempPathFactory, timing: tuple[dict[str, str], str, str]
) -> None:
    """All targets compile, or an error says where it is and what to do."""
    loaded = load(tmp_path_factory.mktemp("any"), *timing)

    event("refused" if loaded.errors else "compiled")
    for finding in loaded.errors:
        assert finding.location
        assert finding.hint
    if not loaded.errors:
        assert api.compile(loaded.bundle, [target.name for target in TARGETS])


@pytest.mark.programs("promtool")
@pytest.mark.parametrize(
    ("interval", "scrape_interval", "ledger_window", "window"),
    [
        ("5m", "30s", "5m", "30d"),
        ("2m30s", "30s", "5m", "36h"),
        ("1m", "15s", "1m", "7d"),
        ("7s500ms", "1s", "1m", "36h"),
        ("5m", "15m", "1h", "30d"),
    ],
)
def test_rules_of_odd_timings_pass_their_own_tests(
    tmp_path: Path, interval: str, scrape_interval: str, ledger_window: str, window: str
) -> None:
    """Even where a ledger window holds a single sample."""
    times = {
        "interval": interval,
        "scrape_interval": scrape_interval,
        "ledger_window": ledger_window,
    }
    assert not load(tmp_path, times, window, "90s").errors
    made = generated_tests(tmp_path / "slokit.yaml")
    rules = sorted((tmp_path / names.RULES_DIRECTORY).glob("*.rules.yaml"))

    assert promtool.check_rules(rules).ok
    outcome = promtool.test_rules(made.files)
    assert outcome.ok, outcome.output
