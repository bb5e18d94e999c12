"""Text of a spec, or of series, that means something to YAML, PromQL, templates or terminals.

It arrives in Prometheus unchanged and is never evaluated, or slokit refuses it with a finding.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import pytest
import yaml

from slokit import api
from slokit.compiler import names
from slokit.targets import TARGETS
from tests.support.compile import promtool
from tests.support.history.recorded_history import long_there
from tests.support.servers.alertmanager_server import AlertmanagerServer
from tests.support.servers.exposition import Exposition
from tests.support.servers.prometheus_server import PrometheusServer

pytestmark = pytest.mark.programs("prometheus", "prometheus-alertmanager", "promtool")

TEXTS = (
    '"', "'", "`", "\\", "\\\\n", "a\nb", "\n", "\t", "\r\n", "trailing \\", '\\"', "  spaced  ",
    "{{ .Value }}", '{{ query "up" | first | value }}', "{{", "}}", "{{/*", "{{ end }}{{ end }}",
    '{{ define "x" }}', "$labels.slo", "$1 ${1}", "$window $selector $group_by $join",
    "%s%d%[1]s%!",
    '"} or vector(1) or x{a="', "x)) or vector(1) #", "a #b", "# slokit: ignore[SLK103]", ": ",
    "- a",
    "[a, b]", "{a: b}", "&a *a", "!!int 3", "|", ">", "no", "null", "1:30", "0x1F", "---", "...",
    "%YAML 1.1", "größe", "漢字 😀", "a\u0301", "\u202eevil", "\u2028", "\u2029", "\x85", "\ufeff",
    "\u200b", "\xa0", "\x00", "\x07", "\x1b[2J", "\x7f", "<script>alert(1)</script>", "&amp;",
    "../../etc/passwd", "x" * 3000, "$(reboot)", "`reboot`", "a,b;c|d", "~", "=", "(", "[", ".*",
    "^$",
)  # fmt: skip
PROJECT = "bundle: hostile\ninterval: 1s\nscrape_interval: 1s\nledger_window: 5s\n"
PROJECT += "links: {grafana: 'https://grafana.example.com'}\n"
ROUTES = "alertmanager: {receivers: {hook: {webhook: {url: 'http://hook.example.com'}}}}\n"
PROJECT += ROUTES
# The label of all pages, and what alerts show of their SLO.
EVERYTHING = "".join(TEXTS)
CARRIED = {
    "severities": {"page": {"labels": {"hostile": EVERYTHING}}},
    "annotations": ["note"],
}
ALERTS = yaml.safe_dump({"alerts": CARRIED}, allow_unicode=False)
PROJECT += ALERTS
BAD = re.compile(r": [0-9.]+% of \w+ fail over 1h, [0-9.]+% over 6h; 0\.1% may\.")
FIELDS = ("owner", "category", "extra", "note")


def service(number: int, text: str) -> dict[str, Any]:
    """A service whose every free text is this one, and whose series have it as a label."""
    return {
        "apiVersion": "slokit/v1",
        "service": f"s{number}",
        "description": text,
        "owner": text,
        "labels": {"extra": text},
        "routing": {"route": text},
        "defaults": {"group_by": ["tenant"], "selector": {"tenant": text, "job": "test"}},
        "slos": [
            {
                "name": "sales",
                "category": text,
                "description": text,
                "annotations": {"note": text},
                "objective": "99.9%",
                "sli": {"events": {"bad": "errors_total", "total": "requests_total"}},
            },
            {
                "name": "written",
                "selector": f"tenant={quoted(text)}",
                "sli": {
                    "threshold": {"metric": "queue_length", "unit": text, "at_most": "5"},
                },
                "objectives": [
                    {"name": "all", "objective": "99%", "description": text},
                    {"name": "some", "objective": "99%", "match": f"tenant={quoted(text)}"},
                ],
            },
        ],
    }


def quoted(text: str) -> str:
    """A PromQL literal, by Go's rules for double quotes."""
    escaped = "".join(c if c.isprintable() and c not in '"\\' else f"\\U{ord(c):08x}" for c in text)
    return f'"{escaped}"'


def exposed(text: str) -> str:
    """The label value in the text format, which escapes three characters."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


@dataclass(frozen=True)
class Scene:
    """A Prometheus that runs the rules of all services; all requests of all tenants fail."""

    server: PrometheusServer
    alertmanager: AlertmanagerServer
    directory: Path

    @property
    def burning(self) -> Mapping[str, dict[str, Any]]:
        """The pages that fire, by service."""
        return {
            alert["labels"]["service"]: alert
            for alert in self.server.alerts()
            if alert["labels"]["alertname"] == names.BURN_ALERT
            and alert["labels"]["severity"] == "page"
            and alert["state"] == "firing"
        }


def compile_all(directory: Path, texts: Sequence[str], project: str) -> Path:
    """Write all outputs of a bundle with one service for each text."""
    (directory / "slo-specs").mkdir()
    (directory / "slokit.yaml").write_text(project)
    for number, text in enumerate(texts):
        spec = yaml.safe_dump(service(number, text), allow_unicode=False)
        (directory / f"slo-specs/{number}.yaml").write_text(spec)
    loaded = api.load(project=str(directory / "slokit.yaml"))
    # this one may be a text, but who writes it hardly means that
    assert [each for each in loaded.findings if "='.*' asks for" not in each.message] == []
    for artifact in api.compile(loaded.bundle, [target.name for target in TARGETS]):
        path = directory / artifact.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(artifact.text, encoding="utf-8", newline="")
    return directory


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All outputs of a bundle with one service for each text."""
    return compile_all(tmp_path_factory.mktemp("hostile"), TEXTS, PROJECT)


@pytest.fixture(scope="module")
def scene(compiled: Path) -> Iterator[Scene]:
    """The rules on real servers, until every service burns."""
    quiet = {"route": {"receiver": "none"}, "receivers": [{"name": "none"}]}
    with ExitStack() as stack:
        target = stack.enter_context(Exposition())
        alertmanager = AlertmanagerServer(compiled / "alertmanager", quiet)
        stack.enter_context(alertmanager)
        server = PrometheusServer(
            compiled / "prometheus",
            rule_files=sorted((compiled / "alert-rules").glob("*.yaml")),
            scrape=[target.target],
            alertmanagers=[alertmanager.target],
            lookback="10s",
        )
        own = [{"service": f"s{number}", "tenant": text} for number, text in enumerate(TEXTS)]
        long_there(server, *({"bundle": "hostile", "slo": "sales", **each} for each in own))
        stack.enter_context(server)
        held = Scene(server, alertmanager, compiled)
        count = 0

        def all_burn() -> bool:
            nonlocal count
            count += 10
            lines = (
                f'requests_total{{tenant="{exposed(text)}"}} {count}\n'
                f'errors_total{{tenant="{exposed(text)}"}} {count}\n'
                f'queue_length{{tenant="{exposed(text)}"}} 1\n'
                for text in TEXTS
            )
            target.set("".join(lines))
            told = [str(alert["annotations"]["summary"]) for alert in held.burning.values()]
            return [bool(BAD.search(text)) for text in told] == [True] * len(TEXTS)

        server.wait_until(all_burn, "burning in all services", 90)
        yield held


def test_metadata_arrives_unchanged(scene: Scene) -> None:
    """Owner, category, labels and annotations of a spec are label values of its info series."""
    found = {
        sample.labels["service"]: [sample.labels.get(field) for field in FIELDS]
        for sample in scene.server.query(f'{names.INFO}{{slo="sales"}}')
    }

    assert found == {f"s{number}": [text] * 4 for number, text in enumerate(TEXTS)}


def test_units_arrive_unchanged(scene: Scene) -> None:
    """So does the word for a unit that slokit does not know."""
    samples = scene.server.query(f'{names.INFO}{{slo="written-all"}}')

    units = {sample.labels["service"]: sample.labels["unit"] for sample in samples}
    assert units == {f"s{number}": text for number, text in enumerate(TEXTS)}


@pytest.mark.parametrize("slo", ["sales", "written-all", "written-some"])
def test_selectors_find_exactly_the_series_that_they_name(scene: Scene, slo: str) -> None:
    """Written as a mapping, as matchers or as a match, a value selects the series that has it."""
    samples = scene.server.query(f'slokit:total:rate5s{{slo="{slo}"}}')

    found = sorted((sample.labels["service"], sample.labels["tenant"]) for sample in samples)
    assert found == sorted((f"s{number}", text) for number, text in enumerate(TEXTS))


def test_alerts_carry_the_texts_as_they_are(scene: Scene) -> None:
    """Owner, route and label of all pages are those of the spec, the group is of the series."""
    carried = ("owner", "route", "tenant", "hostile")
    found = {s: [a["labels"][label] for label in carried] for s, a in scene.burning.items()}

    assert found == {
        f"s{number}": [text, text, text, EVERYTHING] for number, text in enumerate(TEXTS)
    }


def test_alerts_show_the_texts_as_they_are(scene: Scene) -> None:
    """An annotation of the spec is one of the alert, and no label."""
    shown = {s: alert["annotations"]["note"] for s, alert in scene.burning.items()}

    assert shown == {f"s{number}": text for number, text in enumerate(TEXTS)}
    assert not [alert for alert in scene.burning.values() if "note" in alert["labels"]]


def test_no_text_is_evaluated_as_a_template(scene: Scene) -> None:
    """Summaries quote the text; the look-up by it works, too."""
    for number, text in enumerate(TEXTS):
        annotations = scene.burning[f"s{number}"]["annotations"]

        start = f"s{number}/sales tenant={text}: "
        assert annotations["summary"].startswith(start), text
        assert BAD.search(annotations["summary"]), text
        assert "error expanding template" not in str(annotations), text
        assert annotations["description"].startswith("The burn rate was above ")
        assert annotations["dashboard_url"].endswith(
            f"var-service=s{number}&var-slo=sales&var-tenant={quote_plus(text)}&from=now-6h&to=now"
        )


def test_alertmanager_gets_them_as_they_are(scene: Scene) -> None:
    """What Prometheus sends on is still the same text."""

    def told() -> dict[str, list[str]]:
        return {
            alert["labels"]["service"]: [
                *(alert["labels"][label] for label in ("owner", "tenant", "route", "hostile")),
                alert["annotations"]["note"],
            ]
            for alert in scene.alertmanager.alerts()
            if alert["labels"].get("alert_policy") and alert["labels"]["severity"] == "page"
        }

    scene.server.wait_until(lambda: len(told()) == len(TEXTS), "told by Alertmanager")
    assert told() == {
        f"s{number}": [text, text, text, EVERYTHING, text] for number, text in enumerate(TEXTS)
    }


def test_no_rule_fails(scene: Scene) -> None:
    """No expression of slokit breaks on any of them."""
    assert scene.server.evaluations() > 1000
    assert scene.server.failures() == 0


def test_other_readers_of_yaml_find_the_same(compiled: Path) -> None:
    """PyYAML reads every file, and finds the same rules in both kinds of rule file."""
    for number in range(len(TEXTS)):
        plain = yaml.safe_load((compiled / f"alert-rules/s{number}.rules.yaml").read_text("utf-8"))
        operator = compiled / f"kubernetes/s{number}.prometheusrule.yaml"
        assert yaml.safe_load(operator.read_text("utf-8"))["spec"] == plain


def test_generated_unit_tests_pass(tmp_path: Path) -> None:
    """Promtool reads the texts in series, labels and annotations of the generated tests."""
    texts = ["".join(text for text in TEXTS[start::3] if len(text) < 99) for start in range(3)]
    made = compile_all(tmp_path, texts, f"bundle: hostile\n{ROUTES}{ALERTS}") / "alert-rules/tests"

    outcome = promtool.test_rules(sorted(made.glob("s*.test.yaml")))

    assert outcome.ok, outcome.output
