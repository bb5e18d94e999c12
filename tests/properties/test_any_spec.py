"""Whatever becomes of a spec, slokit ends with findings or with rules that Prometheus loads."""

import random
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from slokit import api
from slokit.diagnostics.formats import FORMATS
from slokit.source.tree import read_documents
from slokit.targets import TARGETS
from tests.support.compile import promtool
from tests.unit.diff.test_every_key import EDITS, SPEC, keys

SPECS = Path(__file__).parents[1] / "fixtures" / "specs"
TEXTS = {path.name: path.read_text(encoding="utf-8") for path in sorted(SPECS.glob("*.yaml"))}
PROJECT = "slokit.yaml"
# What alerts carry, besides: the reference systems are as plain as most bundles.
TEXTS[PROJECT] = TEXTS[PROJECT].replace(
    "alerts: {labels: [owner]}",
    """alerts:
  severities: {page: {name: critical, labels: {pager: "yes"}}, ticket: warning}
  labels: {page: [owner, tier], ticket: [owner]}
  annotations: [note, summary]
alertmanager: {default: hook, receivers: {hook: {webhook: {url: "https://hook.example.com"}}}}
""",
)
TEXTS["etcd.yaml"] = TEXTS["etcd.yaml"].replace(
    'labels: {criticality: "1"}',
    'labels: {tier: "1", note: Call us}\nrouting: {team: storage, channel: "#etcd"}',
)
TEXTS["etcd.yaml"] += """cause_alerts:
  - name: EtcdLeaderThrash
    failure_mode: leader-thrash
    expr: max by ($group_by) (changes(etcd_server_leader_changes_seen_total{$selector}[15m])) > 3
    for: 5m
    severity: page
    summary: "{{ $value }} elections"
  - {name: EtcdDown, failure_mode: quorum-at-risk, expr: absent(up), group_by: [], selector: {a: b}}
"""
# keys that the spec of every key has in one of its edits alone
MORE_KEYS = (
    *("defaults.alert_name", "defaults.counting", "defaults.deduplicate", "defaults.no_data"),
    *("defaults.no_data_for", "defaults.offset", "defaults.window.timezone", "defaults.join.info"),
    *("defaults.alert_policy", "slos.alert_name", "slos.alert_policy", "slos.annotations"),
    *("slos.counting", "slos.deduplicate", "slos.formerly", "slos.join.labels", "slos.labels"),
    *("slos.min_bad_events", "slos.no_data_for", "slos.objectives.alert_policy", "slos.offset"),
    *("slos.objectives.group_by", "slos.objectives.match", "slos.owner", "slos.routing"),
    *("slos.runbook", "slos.selector", "slos.sli.events.latency.native", "slos.sli.latency.native"),
    *("slos.sli.rate.member", "slos.sli.threshold.aggregate", "slos.sli.threshold.remember"),
    *("slos.sli.rate.unit", "slos.time_slice.idle", "cause_alerts.group_by"),
    *("cause_alerts.keep_firing_for", "cause_alerts.runbook", "cause_alerts.selector"),
    "cause_alerts.severity",
)
BORN = """\
  - name: born
    objective: 99%
    counting: exact
    sli: {events: {bad: b_total, total: t_total, starts_at_zero: true,
      latency: {histogram: h, at_most: 1, starts_at_zero: true}}}
  - name: born-late
    objective: 99%
    counting: exact
    sli: {latency: {histogram: h, at_most: 1, starts_at_zero: true}}
"""
EVERY_KEY = SPEC.replace("cause_alerts:\n", f"{BORN}cause_alerts:\n")
for _key in MORE_KEYS:
    _old, _new, _ = EDITS[_key]
    EVERY_KEY = EVERY_KEY.replace(_old, _new, 1)
TEXTS["every-key.yaml"] = EVERY_KEY
DATA = {name: read_documents(name, text)[0][0].data for name, text in TEXTS.items()}
PIECES = (
    "\t", ":", ": ", "'", '"', "{", "[", "]", "}", "#", " #", "&a ", "*a", "!x ", "\n", "- ",
    "%", "\x00",
    "\u2028", "$window", "$", "@", "`", "yes", "---\n", "|\n", "<<: ", "99%", "1:30", "0", "[]",
    "{}", "~",
    "sum(", ")", "# slokit: ignore[SLK103] x\n", "rate", "\\", "objective: ", "  ", "{{ .x }}",
)  # fmt: skip
VALUES: tuple[Any, ...] = (
    "", "0", "-1", "99.99%", "100%", "1e400", "NaN", "30d", "9999999999y", "0s",
    "a" * 5000, "{{ x }}", "\x00",
    "$window", "sum by (x) (rate(y[$window]))", "up", "up{a='b'} or up", "(" * 70, 'job="x"',
    "sum(rate(y[$window]) or vector(0)) or on () vector(0)", "absent(y)", "increase(y[$window])",
    "y or vector(0) # z", '{__name__=~"y|z(_total)?"}', '{__name__=~"y.*"}',
    "-(y or vector(1)) ^ 2",
    "le", "worst",
    "every_member", "1/h", "0/h", "5GiB", "300ms", "-5%", None, [], {}, ["up", "up"], [None], [[]],
    {"a": "b"}, {"": ""}, {"calendar": "month"}, {"a": {"b": ["c"]}}, "none", "page-only", "漢字",
    "\ud7ff",
)  # fmt: skip


def judge(directory: Path, name: str, text: str) -> list[api.Artifact]:
    """Load a bundle with one file in place of its original; the artifacts, if it has no error."""
    for path in directory.glob("*.yaml"):
        path.unlink()
    (directory / name).write_text(text, encoding="utf-8", errors="surrogatepass", newline="")
    if name != PROJECT:
        (directory / PROJECT).write_text(TEXTS[PROJECT])
    else:
        (directory / "etcd.yaml").write_text(TEXTS["etcd.yaml"])
    try:
        loaded = api.load(project=str(directory / PROJECT))
    except (api.NoSpecsError, api.BrokenEnvironmentError):
        return []
    for form in FORMATS:
        form.render(loaded.findings, loaded.texts)
    if loaded.errors:
        return []
    # who is notified stands in slokit.yaml, or there is nothing to write about it
    unnamed = {"alertmanager"} if loaded.bundle.project.alertmanager is None else set()
    return api.compile(loaded.bundle, [t.name for t in TARGETS if t.name not in unnamed])


def mutated(data: Any, chance: random.Random) -> Any:
    """The data with one value replaced, left out, repeated or renamed somewhere in it."""
    if not isinstance(data, dict | list) or not data or chance.random() < 0.1:
        return chance.choice(VALUES)
    if isinstance(data, list):
        at = chance.randrange(len(data))
        kind = chance.random()
        if kind < 0.05:
            return data[:at] + data[at + 1 :]
        if kind < 0.1:
            return [*data, data[at]]
        return [*data[:at], mutated(data[at], chance), *data[at + 1 :]]
    key = chance.choice(list(data))
    if chance.random() < 0.1:
        return {k: v for k, v in data.items() if k != key}
    if chance.random() < 0.1:
        new = chance.choice([key[:-1], key.upper(), "name", "sli", "at_most", "bad", "é"])
        return {new if k == key else k: v for k, v in data.items()}
    return {**data, key: mutated(data[key], chance)}


def written(data: Any) -> str:
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True)


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory for the bundle at hand."""
    return tmp_path_factory.mktemp("any")


def keys_in(data: Any, path: tuple[str, ...] = ()) -> set[str]:
    """The key paths of a document, as those of a schema."""
    if isinstance(data, list):
        return {key for each in data for key in keys_in(each, path)}
    if not isinstance(data, dict):
        return set()
    inner = {key for name, each in data.items() for key in keys_in(each, (*path, name))}
    return inner | {".".join((*path, name)) for name in data}


def test_every_key_takes_part(directory: Path) -> None:
    """Each key of the schema is in one of the texts that are edited; templates have their own."""
    held = {key for name, data in DATA.items() if name != PROJECT for key in keys_in(data)}
    of_templates = {"use", "with", "override", "disable"}

    left = keys(api.spec_schema()) - held
    assert {key for key in left if key.split(".")[0] not in {*of_templates, "parameters"}} == set()
    assert judge(directory, "every-key.yaml", EVERY_KEY)


BOUNDED = settings(
    max_examples=100,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@BOUNDED
@given(name=st.sampled_from(sorted(TEXTS)), changes=st.data())
def test_any_edit_of_the_text_ends_well(directory: Path, name: str, changes: st.DataObject) -> None:
    """Pieces cut out of a reference file and put in anywhere give no exception."""
    text = TEXTS[name]
    for _ in range(changes.draw(st.integers(1, 4))):
        at = changes.draw(st.integers(0, len(text)))
        cut = changes.draw(st.sampled_from([0, 0, 1, 5, 40, 400]))
        text = text[:at] + changes.draw(st.sampled_from(PIECES)) + text[at + cut :]
    judge(directory, name, text)


@BOUNDED
@given(name=st.sampled_from(sorted(TEXTS)), seed=st.integers(0, 2**32), times=st.integers(1, 3))
def test_any_edit_of_the_data_ends_well(directory: Path, name: str, seed: int, times: int) -> None:
    """Values replaced, left out, repeated and renamed at any depth give no exception."""
    chance, data = random.Random(seed), DATA[name]
    for _ in range(times):
        data = mutated(data, chance)
    judge(directory, name, written(data))


@pytest.mark.programs("promtool")
def test_what_compiles_is_loaded_by_prometheus(directory: Path, tmp_path: Path) -> None:
    """Edited specs that give no error give rules that promtool takes."""
    chance, files = random.Random(7), []
    names = [name for name in TEXTS if name != PROJECT]
    for number in range(120):
        name = chance.choice(names)
        for artifact in judge(directory, name, written(mutated(DATA[name], chance))):
            if artifact.path.endswith(".rules.yaml"):
                files.append(tmp_path / f"{number}-{Path(artifact.path).name}")
                files[-1].write_text(artifact.text, encoding="utf-8", newline="")

    assert len(files) > 20
    outcome = promtool.run("check", "rules", *map(str, files))
    assert outcome.ok, outcome.output[-3000:]


@pytest.mark.programs("promtool")
def test_whatever_alerts_carry_is_loaded_by_prometheus(directory: Path, tmp_path: Path) -> None:
    """Edited settings of alerts that give no error give rules that promtool takes."""
    chance, files = random.Random(11), []
    for number in range(120):
        data: Any = DATA[PROJECT]
        data = {**data, "alerts": mutated(data["alerts"], chance)}
        for artifact in judge(directory, PROJECT, written(data)):
            if artifact.path.endswith(".bundle.rules.yaml"):
                files.append(tmp_path / f"{number}.rules.yaml")
                files[-1].write_text(artifact.text, encoding="utf-8", newline="")

    assert len(files) > 20
    outcome = promtool.run("check", "rules", *map(str, files))
    assert outcome.ok, outcome.output[-3000:]
