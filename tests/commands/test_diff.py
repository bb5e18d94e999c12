"""`slokit diff` on the command line: files, directories and git revisions."""

import json
import subprocess
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from tests.support.command import slokit as slokit_process
from tests.support.command_here import slokit

pytestmark = pytest.mark.programs("git")
SPEC = """\
apiVersion: slokit/v1
service: shop
slos:
  - name: availability
    objective: 99.9%
    sli: {events: {bad: errors_total, total: requests_total}}
"""
EDITED = SPEC.replace("99.9%", "99.95%")
RENAMED = SPEC.replace("availability", "answers")
FILE = "slo-specs/shop.yaml"


def write(root: Path, path: str, text: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)


def git(root: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=test", "-c", "user.email=test@example.com"]
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=root, check=True, capture_output=True, text=True
    )
    return done.stdout


def commit(root: Path, path: str, text: str) -> None:
    write(root, path, text)
    git(root, "add", "-A")
    git(root, "commit", "-qm", f"change {path}")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository whose first commit has no specs, its second SPEC, its third EDITED."""
    git(tmp_path, "init", "-q", "-b", "main")
    commit(tmp_path, "README.md", "hello\n")
    write(tmp_path, "slokit.yaml", "bundle: test\n")
    commit(tmp_path, FILE, SPEC)
    commit(tmp_path, FILE, EDITED)
    return tmp_path


def test_two_revisions_are_compared_and_the_work_tree_is_left_alone(repository: Path) -> None:
    """Neither files nor index nor references change, whatever lies in the work tree."""
    write(repository, FILE, "slos: [")
    before = git(repository, "status", "--porcelain=v2", "--branch")

    ran = slokit(repository, "diff", "HEAD~1", "main")

    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (
        "shop/availability\n"
        "  objective: 99.9% -> 99.95%\n"
        "      the budget becomes 21m 36s of 30d (0.05%), from 43m 12s of 30d (0.1%);"
        " all that is recorded is measured by it\n"
        "\n"
        "SLOs: 1 changed; history breaks in none; alerts move in none\n"
    )
    assert git(repository, "status", "--porcelain=v2", "--branch") == before
    assert (repository / FILE).read_text() == "slos: ["


def test_a_revision_is_compared_with_the_directory(repository: Path) -> None:
    """`.` is the project as it is on disk, uncommitted edits included."""
    same = slokit(repository, "diff", "HEAD", ".")
    write(repository, FILE, EDITED.replace("99.95%", "98%"))
    edited = slokit(repository, "diff", "HEAD", ".")

    assert (same.code, same.out) == (0, "nothing changes in meaning\n")
    assert "objective: 99.95% -> 98%" in edited.out


def test_a_project_may_stand_deep_in_a_repository(repository: Path) -> None:
    """Its own slokit.yaml and specs of the revision are read, from any directory below it."""
    write(repository, "team/slokit.yaml", "bundle: team\nspecs: [../shared, specs]\n")
    write(repository, "shared/base.yaml", SPEC.replace("shop", "base"))
    commit(repository, "team/specs/own.yaml", SPEC.replace("shop", "own"))
    write(repository, "shared/base.yaml", EDITED.replace("shop", "base"))
    (repository / "team" / "deep").mkdir()

    ran = slokit(repository / "team" / "deep", "diff", "HEAD", "..")

    assert ran.out.startswith("base/availability\n  objective: 99.9% -> 99.95%\n")
    assert "SLOs: 1 changed" in ran.out


def test_links_and_attributes_do_not_hide_specs(repository: Path) -> None:
    """A linked spec is read, one that is kept out of archives as well; the world outside is not."""
    write(repository, ".gitattributes", "*.yaml export-ignore\n")
    write(repository, "elsewhere/linked.yaml", SPEC.replace("shop", "linked"))
    (repository / "slo-specs" / "linked.yaml").symlink_to("../elsewhere/linked.yaml")
    (repository / "slo-specs" / "outside.yaml").symlink_to("/etc/hostname")
    commit(repository, "x.txt", "")
    write(repository, "elsewhere/linked.yaml", EDITED.replace("shop", "linked"))
    (repository / "slo-specs" / "outside.yaml").unlink()

    ran = slokit(repository, "diff", "HEAD", ".")

    assert ran.code == 0
    assert ran.out.startswith("linked/availability\n  objective: 99.9% -> 99.95%\n")
    assert "SLOs: 1 changed" in ran.out


def test_directories_and_files_are_compared(tmp_path: Path) -> None:
    """Specs alone, and projects with a slokit.yaml of their own."""
    write(tmp_path, "old/shop.yaml", SPEC)
    write(tmp_path, "new/shop.yaml", RENAMED)
    alone = slokit(tmp_path, "diff", "old", "new")
    files = slokit(tmp_path, "diff", "old/shop.yaml", "new/shop.yaml")
    write(tmp_path, "a/slokit.yaml", "bundle: a\n")
    write(tmp_path, f"a/{FILE}", SPEC)
    write(tmp_path, "b/slokit.yaml", "bundle: b\n")
    write(tmp_path, f"b/{FILE}", SPEC)
    projects = slokit(tmp_path, "diff", "a", "b")

    assert "shop/availability -> shop/answers: renamed\n" in alone.out
    assert files == alone
    assert "bundle: a -> b\n      BREAKS HISTORY: all series" in projects.out


def test_specs_of_another_place_are_not_mixed_with_the_projects(tmp_path: Path) -> None:
    """A copy from before the edit is compared with the project, though both name one service."""
    write(tmp_path, "slokit.yaml", "bundle: test\n")
    write(tmp_path, FILE, EDITED)
    write(tmp_path, "backup/shop.yaml", SPEC)

    ran = slokit(tmp_path, "diff", "backup", "slo-specs")

    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("shop/availability\n  objective: 99.9% -> 99.95%\n")
    assert "bundle" not in ran.out


def test_breaks_fail_only_where_that_is_asked_for(tmp_path: Path) -> None:
    """--strict gives exit code 1 for a break in history, and for nothing else."""
    write(tmp_path, "old.yaml", SPEC)
    write(tmp_path, "edited.yaml", EDITED)
    write(tmp_path, "renamed.yaml", RENAMED)

    codes = [
        slokit(tmp_path, "diff", "old.yaml", new, *strict).code
        for new in ("edited.yaml", "renamed.yaml")
        for strict in ([], ["--strict"])
    ]

    assert codes == [0, 0, 0, 1]


def test_specs_from_nothing_are_added(repository: Path) -> None:
    """A revision from before the first spec is an empty bundle, and no break."""
    ran = slokit(repository, "diff", "HEAD~2", "HEAD", "--strict")

    assert ran.code == 0
    assert ran.out.startswith("shop/availability: added\n")
    assert slokit(repository, "diff", "HEAD~2", "HEAD~2").code == 3


def test_broken_specs_of_a_revision_are_findings_in_it(repository: Path) -> None:
    """They are named by the revision and their path in the repository; exit code 1."""
    commit(repository, FILE, SPEC.replace("99.9%", "99.9"))
    commit(repository, FILE, SPEC)

    ran = slokit(repository, "diff", "HEAD~1", "HEAD")

    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("error[SLK211")
    assert "--> HEAD~1:slo-specs/shop.yaml:5:16\n" in ran.err
    assert "    objective: 99.9\n" in ran.err
    assert ran.err.count("-->") == 1


def test_a_broken_bundle_file_of_a_revision_is_a_finding_in_it(repository: Path) -> None:
    """The work tree's own is of no account."""
    commit(repository, "slokit.yaml", "bundle: Not A Name\n")
    write(repository, "slokit.yaml", "bundle: test\n")

    ran = slokit(repository, "diff", "HEAD", ".")

    assert ran.code == 1
    assert "--> HEAD:slokit.yaml:1:9\n" in ran.err


def test_what_does_not_exist_is_wrong_usage(repository: Path, tmp_path: Path) -> None:
    """A revision, or anything at all outside of a repository; options are no revisions."""
    nowhere = slokit(repository, "diff", "HEAD~9", ".")
    option = slokit(repository, "diff", "--", "--all", ".")

    assert (nowhere.code, nowhere.err) == (
        2, "slokit: no such file, directory or git revision 'HEAD~9'\n",
    )  # fmt: skip
    assert (option.code, option.err) == (
        2, "slokit: no such file, directory or git revision '--all'\n",
    )  # fmt: skip


def test_without_a_repository_there_are_no_revisions(tmp_path: Path) -> None:
    """One line says what git says."""
    ran = slokit(tmp_path, "diff", "HEAD", ".")

    assert ran.code == 2
    assert ran.err.startswith("slokit: no such file or directory 'HEAD', and no git repository")
    assert ran.err.count("\n") == 1


def test_a_shallow_clone_is_told(repository: Path, tmp_path: Path) -> None:
    """In CI the commit before is often simply not there."""
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{repository}", str(clone))

    ran = slokit(clone, "diff", "HEAD~1", "HEAD")

    assert ran.code == 2
    assert ran.err.endswith("revision 'HEAD~1'; this clone is shallow: fetch more of its history\n")


def test_without_git_the_environment_is_at_fault(repository: Path) -> None:
    """Exit code 4 and one line; directories are compared all the same."""
    write(repository, "old.yaml", SPEC)

    revision = slokit_process(repository, "diff", "HEAD", ".", PATH="")
    paths = slokit_process(repository, "diff", "old.yaml", FILE, PATH="")

    assert revision.code == 4
    assert revision.err == "slokit: git is not installed: a revision cannot be read\n"
    assert paths.code == 0


def test_a_path_without_specs_is_told(tmp_path: Path) -> None:
    """Exit code 3: a directory that was named in vain."""
    write(tmp_path, "old.yaml", SPEC)
    (tmp_path / "empty").mkdir()

    ran = slokit(tmp_path, "diff", "old.yaml", "empty")

    assert ran.code == 3
    assert "no slokit specs in " in ran.err


def test_markdown_is_a_table_and_no_text_becomes_markup(tmp_path: Path) -> None:
    """Pipes, backticks and tags of a selector stand in the cell as they are."""
    hostile = SPEC.replace("bad: errors_total", """bad: 'errors_total{path=~"<b>|`x`|.*"}'""")
    write(tmp_path, "old.yaml", SPEC)
    write(tmp_path, "new.yaml", hostile)
    write(tmp_path, "renamed.yaml", RENAMED)

    ran = slokit(tmp_path, "diff", "old.yaml", "new.yaml", "--format", "md")
    broken = slokit(tmp_path, "diff", "old.yaml", "renamed.yaml", "--format", "md")
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(ran.out)

    assert html.count("<tr>") == 2
    assert "<td>errors_total{path=~&quot;&lt;b&gt;|`x`|.*&quot;}</td>" in html
    assert "| **Breaks history:** all series begin anew" in broken.out


def test_an_unknown_format_is_wrong_usage(tmp_path: Path) -> None:
    """It names the formats that there are."""
    ran = slokit(tmp_path, "diff", "a", "b", "--format", "html")

    assert (ran.code, ran.err) == (2, "slokit: no such format 'html': choose text, md or json\n")


def test_a_server_is_the_old_state_and_the_only_one(tmp_path: Path) -> None:
    """Two states beside it are wrong usage, and so is one state without it; it must answer."""
    write(tmp_path, "slokit.yaml", "bundle: test\n")
    write(tmp_path, FILE, SPEC)
    server = ["--prometheus", "http://127.0.0.1:1"]

    both = slokit(tmp_path, "diff", FILE, FILE, *server)
    alone = slokit(tmp_path, "diff", FILE)
    silent = slokit(tmp_path, "diff", *server)

    assert (both.code, alone.code, silent.code) == (2, 2, 4)
    assert "--prometheus is the old state" in both.err
    assert "name the new one as well, or --prometheus URL" in alone.err
    assert silent.err.count("\n") == 1


def test_specs_with_errors_are_not_compared_with_a_server(tmp_path: Path) -> None:
    """Their findings are shown instead, with exit code 1."""
    write(tmp_path, "slokit.yaml", "bundle: test\n")
    write(tmp_path, FILE, SPEC.replace("99.9%", "99.9"))

    ran = slokit(tmp_path, "diff", "--prometheus", "http://127.0.0.1:1")

    assert ran.code == 1
    assert ran.err.startswith("error[SLK211")


@pytest.mark.parametrize(
    ("edit", "code", "line"),
    [
        (SPEC.replace("99.9%", "99%"), 5, "breaking: shop/availability: objective 99.9% -> 99%"),
        (RENAMED, 5, "breaking: shop/answers: name shop/availability -> shop/answers"),
        (EDITED, 0, ""),
        (
            SPEC + "    alert_policy: ticket-only\n",
            5,
            "breaking: shop/availability: burn alerts",
        ),
        (SPEC + "    no_data: ignore\n", 5, "breaking: shop/availability: no_data alert -> ignore"),
        (SPEC + "    window: 7d\n", 0, ""),
    ],
)
def test_breaking_changes_end_with_five(tmp_path: Path, edit: str, code: int, line: str) -> None:
    """A looser objective, a name, a severity or missing data without an alert: not what is new."""
    (tmp_path / "old.yaml").write_text(SPEC)
    (tmp_path / "new.yaml").write_text(edit)

    done = slokit(tmp_path, "diff", "old.yaml", "new.yaml", "--fail-on", "breaking")

    assert done.code == code
    assert line in done.err
    assert bool(done.err) == bool(line)


def test_a_difference_as_json_says_what_breaks(tmp_path: Path) -> None:
    """Each change has its flags; the summary counts them."""
    (tmp_path / "old.yaml").write_text(SPEC)
    (tmp_path / "new.yaml").write_text(SPEC.replace("99.9%", "99%"))

    found = json.loads(slokit(tmp_path, "diff", "old.yaml", "new.yaml", "--format", "json").out)

    assert found["schema"] == "slokit.diff/v1"
    assert (found["summary"]["changed"], found["summary"]["breaking"]) == (1, 1)
    (slo,) = found["slos"]
    (change,) = slo["changes"]
    assert (slo["kind"], slo["old"], change["what"]) == (
        "changed",
        "shop/availability",
        "objective",
    )
    assert (change["weakens"], change["breaks_history"]) == (True, False)


MADE = """
  - {name: other, objective: 99%, sli: {events: {bad: e, total: r}}}
  - {name: third, objective: 99%, sli: {events: {bad: f, total: s}}}
  - name: both
    objective: 99%
    sli: {composite: {of: [availability, other, third], method: worst}}
"""


def test_a_composite_without_a_member_is_breaking(tmp_path: Path) -> None:
    """What fails in the lost member is none of its bad; a member counted otherwise is said, too."""
    (tmp_path / "old.yaml").write_text(SPEC + MADE)
    edited = (SPEC + MADE).replace("other, third]", "other]").replace("bad: e,", "bad: g,")
    (tmp_path / "new.yaml").write_text(edited)

    done = slokit(tmp_path, "diff", "old.yaml", "new.yaml", "--fail-on", "breaking")

    assert done.code == 5
    assert "slokit: breaking: shop/both: member shop/third counted -> (none)" in done.err
    assert "member shop/other: counted -> counted otherwise" in done.out


def test_what_a_template_expands_to_is_compared(tmp_path: Path) -> None:
    """An edit of a parameter's value changes the SLOs of its use."""
    template = SPEC.replace("service: shop", "parameters: {goal: }\nservice: shop")
    template = template.replace("99.9%", "${goal}")
    use = "apiVersion: slokit/v1\nuse: ./spec.yaml\nwith: {goal: GOAL}\n---\n"
    for name, goal in (("old", "99.9%"), ("new", "99%")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "spec.yaml").write_text(use.replace("GOAL", goal) + template)

    done = slokit(tmp_path, "diff", "old", "new", "--fail-on", "breaking")

    assert (done.code, "objective: 99.9% -> 99%" in done.out) == (5, True)
