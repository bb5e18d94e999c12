"""Branches that change different services merge: by git itself, without a conflict or wrong number.

What is compiled on the merge is what the branches committed, and promtool's tests of it pass.
"""

import re
import subprocess
from collections.abc import Mapping
from itertools import combinations
from pathlib import Path

import pytest

from slokit import api
from tests.support.command_here import slokit
from tests.support.compile import promtool

TARGETS = [word for name in api.names_of("target") for word in ("--target", name)]
SERVICE = """\
apiVersion: slokit/v1
service: {name}
owner: team-{name}
runbook: https://runbooks.example.com/of/{name}
defaults: {{group_by: [cluster]}}
slos:
  - name: availability
    category: availability
    objective: {objective}
    sli: {{events: {{bad: '{word}_failed_total', total: '{word}_total'}}}}
  - name: {word}-lag
    category: replication-lag
    objective: 99%
    sli: {{threshold: {{metric: {word}_lag_seconds, at_most: 1s}}}}
  - name: {word}-elections
    category: election-rate
    sli: {{rate: {{counter: {word}_failovers_total, counted_by: one_member, at_most: 2/d}}}}
  - name: latency
    category: latency
    objective: 99%
    sli: {{latency: {{histogram: {word}_request_seconds, at_most: 250ms}}}}
"""
MORE = """\
  - name: {name}
    objective: 99.5%
    window: 7d
    alert_policy: page-only
    sli: {{events: {{bad: '{word}_failed_total', total: '{word}_total'}}}}
"""


ALERTMANAGER = """
alertmanager:
  receivers: {hook: {webhook: {url: "https://hook.example.com"}}}
  default: hook
"""
# What a branch may bring to the files that all services share, as an SLO more of its own service.
NEWS = {
    "a window": "    window: 7d\n",
    "another window": "    window: 14d\n",
    "a policy": "    alert_policy: page-only\n",
    "a name of alerts": "    alert_name: CheckoutBurns\n",
    "a group label": "    group_by: [region]\n",
    "a number of events": "    min_bad_events: 7\n",
}
NEW_SLO = """\
  - name: new
    objective: 99.5%
{news}    sli: {{events: {{bad: '{word}_failed_total', total: '{word}_total'}}}}
"""


def spec(name: str, objective: str = "99.9%") -> str:
    """A service with an SLO of each measure and a runbook of its own."""
    return SERVICE.format(name=name, word=name.replace("-", "_"), objective=objective)


def git(repository: Path, *words: str) -> str:
    """Run git; fails with what it said."""
    who = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]
    ran = subprocess.run(
        ["git", *who, *words], cwd=repository, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository whose bundle has services before, between and behind those that come."""
    git(tmp_path, "init", "--quiet", "--initial-branch", "main")
    assert slokit(tmp_path, "init").code == 0
    with (tmp_path / "slokit.yaml").open("a") as file:
        file.write(ALERTMANAGER)
    commit(tmp_path, {name: spec(name) for name in ("auth", "orders", "web")})
    return tmp_path


def commit(repository: Path, specs: Mapping[str, str | None]) -> set[str]:
    """Write specs, compile to all targets and commit: the files that changed."""
    for name, text in specs.items():
        path = repository / "slo-specs" / f"{name}.yaml"
        if text is None:
            path.unlink()
        else:
            path.write_text(text)
    ran = slokit(repository, "compile", *TARGETS)
    assert ran.code == 0, ran.err
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "--message", "specs")
    return set(git(repository, "show", "--name-only", "--format=").split())


def on_branch(repository: Path, branch: str, specs: Mapping[str, str | None]) -> set[str]:
    """The same on a new branch of main."""
    git(repository, "switch", "--quiet", "--create", branch, "main")
    return commit(repository, specs)


def merged(repository: Path, *branches: str) -> None:
    """Merge branches into main, one after another."""
    git(repository, "switch", "--quiet", "main")
    for branch in branches:
        git(repository, "merge", "--quiet", "--no-edit", branch)


def assert_up_to_date(repository: Path) -> None:
    """What is committed is what the specs compile to."""
    ran = slokit(repository, "compile", "--check", *TARGETS)
    assert (ran.code, ran.err) == (0, ""), ran.out
    assert ran.out.startswith("up to date: ")


def service_of(path: str) -> str:
    """The service that a file is of: its name begins with it, or ends so behind a dashboard's."""
    name = Path(path).name
    found = re.search(r"\.(?:debug|one-slo)\.([-a-z0-9]+)\.", name)
    return found[1] if found else name.partition(".")[0]


@pytest.mark.programs("promtool")
def test_two_branches_that_each_add_a_service_merge(repository: Path) -> None:
    """Neighbours by name, of the same kinds; a third branch changes an objective and an owner."""
    changed = spec("orders", objective="99.5%").replace("team-orders", "team-two")
    first = on_branch(repository, "first", {"billing": spec("billing")})
    second = on_branch(repository, "second", {"cart": spec("cart")})
    third = on_branch(repository, "third", {"orders": changed})
    merged(repository, "first", "second", "third")

    for name, files in (("billing", first), ("cart", second), ("orders", third)):
        assert {service_of(path) for path in files} == {name}
    assert_up_to_date(repository)
    outcome = promtool.test_rules(sorted((repository / "alert-rules/tests").glob("*.yaml")))
    assert outcome.ok, outcome.output


def test_a_branch_that_removes_a_service_merges_with_one_that_adds_one(repository: Path) -> None:
    """And nothing but the files of these two changes."""
    removed = on_branch(repository, "removes", {"auth": None})
    added = on_branch(repository, "adds", {"billing": spec("billing")})
    merged(repository, "removes", "adds")

    assert {service_of(path) for path in removed} == {"auth"}
    assert {service_of(path) for path in added} == {"billing"}
    assert_up_to_date(repository)


def test_branches_that_bring_the_same_new_window_and_policy_merge(repository: Path) -> None:
    """Shared rules change with both, in the same way: git takes equal lines for one change."""
    files = [
        on_branch(repository, name, {name: spec(name) + MORE.format(name="weekly", word=name)})
        for name in ("billing", "cart")
    ]
    merged(repository, "billing", "cart")

    shared = (
        "alert-rules/" + next(iter((repository / "alert-rules").glob("*.bundle.rules.yaml"))).name
    )
    assert all(shared in changed for changed in files)
    assert not any("orders" in path for path in files[0])
    assert_up_to_date(repository)


def conflicting(repository: Path, *branches: str) -> set[str]:
    """Merge the first branch into main and then the second: the files at which git stops."""
    merged(repository, branches[0])
    ran = subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@example.com", "merge", branches[1]],
        cwd=repository,
        capture_output=True,
        check=False,
    )
    assert ran.returncode in {0, 1}, ran.stderr
    return set(git(repository, "diff", "--name-only", "--diff-filter=U").split())


@pytest.mark.parametrize(
    ("first", "second"), list(combinations(NEWS, 2)), ids=lambda name: name.replace(" ", "-")
)
def test_branches_that_bring_different_news_stop_git_or_merge_to_the_right_rules(
    repository: Path, first: str, second: str
) -> None:
    """No file of the bundle is mixed from two: `compile` writes it anew, and then all is merged."""
    changed = [
        on_branch(repository, name, {name: spec(name) + NEW_SLO.format(news=NEWS[news], word=name)})
        for name, news in (("billing", first), ("cart", second))
    ]
    stopped = conflicting(repository, "billing", "cart")

    assert stopped <= changed[0] & changed[1]
    assert not any("<<<<<<<" in (repository / path).read_text() for path in stopped)
    ran = slokit(repository, "compile", "--check", *TARGETS)
    if stopped:
        assert (ran.code, ran.out.splitlines()[-1]) == (1, "out of date: run `slokit compile`")
        assert slokit(repository, "compile", *TARGETS).code == 0
        git(repository, "add", "--all")
        git(repository, "commit", "--quiet", "--no-edit")
    assert_up_to_date(repository)


def test_conflicts_in_files_that_git_merges_as_text_are_named(repository: Path) -> None:
    """Without slokit's .gitattributes: `compile --check` says what is left, `compile` mends it."""
    (repository / ".gitattributes").unlink()
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "--message", "no attributes")
    for name, news in (("billing", "a window"), ("cart", "another window")):
        on_branch(repository, name, {name: spec(name) + NEW_SLO.format(news=NEWS[news], word=name)})
    stopped = conflicting(repository, "billing", "cart")
    ran = slokit(repository, "compile", "--check", *TARGETS)

    assert any("<<<<<<<" in (repository / path).read_text() for path in stopped)
    assert ran.code == 1
    assert (
        "a merge left its conflicts in them: `slokit compile` writes them anew" in ran.err + ran.out
    )
    assert slokit(repository, "compile", *TARGETS).code == 0
    assert_up_to_date(repository)
