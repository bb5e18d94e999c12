"""`slokit check` compares the rules that a server runs with those that the specs compile to."""

import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from slokit import api
from slokit.diagnostics.finding import Finding, Severity
from slokit.diff.model import Kind
from tests.prometheus.bundles import Repository
from tests.support.command import ROOT
from tests.support.servers.exposition import Exposition
from tests.support.servers.prometheus_proxy import Faults, PrometheusProxy
from tests.support.servers.prometheus_server import PrometheusServer

pytestmark = pytest.mark.programs("prometheus", "promtool")
REFERENCE = ROOT / "tests/fixtures/specs"
CODES = ("SLK619", "SLK640", "SLK641", "SLK642", "SLK643", "SLK644")
PROJECT = "bundle: test\ninterval: 1s\nscrape_interval: 1s\nledger_window: 5s\n"


@dataclass(frozen=True)
class Deployed:
    """A server that runs the rules of the reference bundle, and those of a folder of its own."""

    server: PrometheusServer
    rules: Path

    def load(self, name: str, source: Path) -> Path:
        """Load one rule file more; returns its path."""
        path = self.rules / name
        shutil.copy(source, path)
        self.server.reload()
        return path


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """The reference bundle as it was compiled and loaded."""
    directory = tmp_path_factory.mktemp("deployed")
    repository = reference(directory / "repository")
    extra = directory / "extra"
    extra.mkdir()
    rules = [repository.rules, str(extra / "*.yaml")]
    with PrometheusServer(directory / "server", rule_files=rules) as server:
        yield Deployed(server, extra)


def reference(directory: Path) -> Repository:
    """A copy of the reference specs, compiled."""
    shutil.copytree(REFERENCE, directory)
    return Repository(directory).compile()


def edited(directory: Path, *edits: tuple[str, str, str]) -> Path:
    """The reference specs with texts replaced: (file, old, new); all of its occurrences."""
    shutil.copytree(REFERENCE, directory)
    for file, old, new in edits:
        text = (directory / file).read_text()
        assert old in text
        (directory / file).write_text(text.replace(old, new))
    return directory


def findings(directory: Path, url: str, *specs: str) -> list[Finding]:
    """What a check of a project says about loaded rules."""
    loaded = api.load([str(directory / spec) for spec in specs], str(directory / "slokit.yaml"))
    checked = api.check_live(loaded, url, at=time.time())
    return [found for found in checked.loaded.findings if found.code.number in CODES]


def only(found: Sequence[Finding]) -> Finding:
    """The one finding; an AssertionError shows all."""
    assert len(found) == 1, "\n".join(f"{f.code.number} {f.message}" for f in found)
    return found[0]


def test_loaded_rules_of_the_same_specs_are_the_same(deployed: Deployed, tmp_path: Path) -> None:
    """75 SLOs of all types: the server prints their expressions otherwise, and nothing is found."""
    assert findings(edited(tmp_path / "same"), deployed.server.url) == []


def test_one_request_is_enough_for_the_rules(deployed: Deployed, tmp_path: Path) -> None:
    """A check of eight services sends as many requests as one that knows of no rules, and one."""
    directory = edited(tmp_path / "same")
    with PrometheusProxy(deployed.server.url) as proxy:
        findings(directory, proxy.url)
        assert sum(path.startswith("/api/v1/rules") for path in proxy.log.paths) == 1


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("etcd.yaml", "owner: ", "owner: other-", "differ in owner: etcd/"),
        ("checkout-api.yaml", "objective: 99.9%", "objective: 99.95%", "(99.9% there, 99.95% her"),
        ("checkout-api.yaml", "window: 30d", "window: 28d", "differ in window: checkout-api/"),
        ("etcd.yaml", "etcd.*\"'", "etcd\"'", "of `total` and the expression of `bad`: etcd/"),
        ("etcd.yaml", "[{cluster: job}]", "[job]", "group_by: etcd/availability ([cluster] there,"),
    ],
)
def test_what_differs_is_one_finding_for_all_slos(
    deployed: Deployed, tmp_path: Path, file: str, old: str, new: str, says: str
) -> None:
    """By the SLO's own words where there are some, and at what is written in the spec."""
    directory = edited(tmp_path / "edited", (file, old, new))
    finding = next(f for f in findings(directory, deployed.server.url) if says in f.message)
    assert finding.level is Severity.WARNING
    assert finding.code.number == "SLK640"
    assert finding.place is not None


def test_a_missing_file_is_one_finding(deployed: Deployed, tmp_path: Path) -> None:
    """A service that is not loaded: its SLOs are counted, and three are named."""
    text = (REFERENCE / "etcd.yaml").read_text()
    directory = edited(tmp_path / "more")
    (directory / "new.yaml").write_text(text.replace("service: etcd", "service: etcd-two"))
    finding = only(
        [f for f in findings(directory, deployed.server.url) if f.code.number == "SLK619"]
    )
    assert finding.level is Severity.WARNING
    assert "of 1 service have no rules on this server: etcd-two/" in finding.message
    assert finding.message.count("etcd-two/") == 3


def test_removed_slos_run_on_until_their_file_is_removed(
    deployed: Deployed, tmp_path: Path
) -> None:
    """Their rules are orphans; a check of one file is about that service alone."""
    directory = edited(tmp_path / "fewer")
    (directory / "etcd.yaml").unlink()
    found = [f for f in findings(directory, deployed.server.url) if f.code.number == "SLK641"]
    assert "SLOs that no spec has run on: etcd/" in only(found).message
    assert "etcd.rules.yaml" in only(found).hint
    assert findings(directory, deployed.server.url, "rabbitmq.yaml") == []


def test_a_spec_with_an_error_has_not_removed_its_slos(deployed: Deployed, tmp_path: Path) -> None:
    """What cannot be read is not gone."""
    directory = edited(tmp_path / "faulty", ("etcd.yaml", "slos:", "solos:"))
    assert "SLK641" not in {f.code.number for f in findings(directory, deployed.server.url)}


def test_rules_that_are_loaded_twice(deployed: Deployed, tmp_path: Path) -> None:
    """The same file from two places: one error, since its samples count twice."""
    directory = edited(tmp_path / "same")
    repository = reference(tmp_path / "repository")
    copy = deployed.load("copy.yaml", repository.rule_file("etcd"))
    try:
        finding = only(findings(directory, deployed.server.url))
    finally:
        copy.unlink()
        deployed.server.reload()
    assert (finding.code.number, finding.level) == ("SLK642", Severity.ERROR)
    assert "loaded several times: etcd/" in finding.message
    assert "copy.yaml" in finding.message


def test_two_repositories_with_one_bundle_and_one_service(
    deployed: Deployed, tmp_path: Path
) -> None:
    """They share an SLO that differs, and each has one of its own."""
    directory = edited(tmp_path / "same")
    other = Repository(
        edited(
            tmp_path / "other",
            ("checkout-api.yaml", "objective: 99.9%", "objective: 99%"),
            ("checkout-api.yaml", "name: payments", "name: receipts"),
        )
    ).compile()
    copy = deployed.load("other.yaml", other.rule_file("checkout-api"))
    try:
        found = findings(directory, deployed.server.url)
    finally:
        copy.unlink()
        deployed.server.reload()
    finding = only([f for f in found if f.code.number == "SLK643"])
    assert finding.level is Severity.ERROR
    assert "two repositories seem to have the bundle name 'reference'" in finding.message
    assert "checkout-api/availability-global" in finding.message
    assert "runs what no spec has: checkout-api/receipts" in finding.message
    assert "SLK641" not in {f.code.number for f in found}


def test_a_difference_from_the_server_is_what_a_deployment_changes(
    deployed: Deployed, tmp_path: Path
) -> None:
    """Nothing where the specs are the same; else objective, groups, expressions, new and gone."""
    same = api.load([], str(edited(tmp_path / "same") / "slokit.yaml"))
    directory = edited(
        tmp_path / "edited",
        ("checkout-api.yaml", "objective: 99.9%", "objective: 99.95%"),
        ("etcd.yaml", "[{cluster: job}]", "[job]"),
        ("rabbitmq.yaml", "service: rabbitmq", "service: rabbits"),
        ("kafka-strimzi.yaml", "owner: ", "owner: other-"),
    )
    other = api.load([], str(directory / "slokit.yaml"))

    assert not api.diff_live(same, deployed.server.url, at=time.time())
    found = api.diff_live(other, deployed.server.url, at=time.time())

    changes = {(slo.new or slo.old).split("/")[0]: slo for slo in found.slos}
    objective, groups, owner = (
        changes[service].changes[0] for service in ("checkout-api", "etcd", "kafka-strimzi")
    )
    assert (objective.what, objective.old, objective.new) == ("objective", "99.9%", "99.95%")
    assert objective.effect.startswith("the budget becomes 21m 36s of 30d (0.05%)")
    assert (groups.what, groups.old, groups.new) == ("group_by", "[cluster]", "[job]")
    assert groups.breaks
    assert (owner.what, owner.moves) == ("owner", True)
    assert changes["rabbits"].kind is Kind.ADDED
    assert changes["rabbitmq"].kind is Kind.REMOVED
    assert changes["rabbitmq"].changes[0].old.endswith(" over 30d")


def test_rules_that_run_elsewhere_are_no_false_alarm(tmp_path: Path) -> None:
    """A store without rules: what is recorded says that an objective differs, and no more.

    A report, which is by the specs, says so, too.
    """
    with Exposition() as exposed:
        exposed.set_samples({"bad_total": 1.0, "good_total": 9.0})
        repository = Repository(tmp_path / "repository").write(PROJECT, {"shop": SPEC})
        server = PrometheusServer(
            tmp_path / "server", scrape=[exposed.target], rule_files=[repository.rules]
        )
        with server:
            server.wait_for("slokit:total:rate5s", timeout=60)
            with PrometheusProxy(server.url, Faults(["rules"])) as proxy:
                same = findings(repository.directory, proxy.url)
                spec = repository.directory / "slo-specs" / "shop.yaml"
                spec.write_text(spec.read_text().replace("99%", "99.5%"))
                other = findings(repository.directory, proxy.url)
            loaded = api.load([], str(repository.directory / "slokit.yaml"))
            report = api.report(loaded, server.url, at=time.time(), source="recorded")
    said = [text for text in report.warnings if "another objective than the specs" in text]
    assert ["shop/one (99% there, 99.5% here)" in text for text in said] == [True]
    assert only(same).code.number == "SLK644"
    assert "run elsewhere, and only what they record is here" in only(same).message
    assert {finding.code.number for finding in other} == {"SLK640", "SLK644"}
    assert any("shop/one (99% there, 99.5% here)" in finding.message for finding in other)


SPEC = """\
apiVersion: slokit/v1
service: shop
slos:
  - name: one
    objective: 99%
    sli: {events: {bad: bad_total, good: good_total}}
"""
