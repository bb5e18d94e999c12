"""Names and messages steer neither a terminal nor the runner of a CI job, in any format.

The runner of GitHub takes a line that begins with `::` for a command, and `##[` anywhere; those of
Azure and TeamCity take `##vso[` and `##teamcity[`. A terminal obeys control characters.
"""

import json
import re
import time
import unicodedata
from pathlib import Path

import pytest

from slokit import api
from slokit.text.escaping import inert_json
from tests.edge.misbehaving import Caller, MisbehavingServer
from tests.security.projects import put, spec
from tests.support.command import Ran
from tests.support.command_here import slokit

ATTACKS = (
    "::error::owned",
    "::set-output name=x::y",
    "::add-mask::e",
    "##[error]owned",
    "##vso[task.setvariable variable=x]y",
    "##teamcity[buildStop]",
    "%0A::error::owned",
    "\x1b[2J\x1b]0;owned\x07",
    "\x9b31m",
    "\u202eowned",
    "\rowned",
    "\nowned",
    "\n::error::owned",
    "\u2028::error::owned",
    "\u3000::error::owned",
)
ALL = " ".join(ATTACKS)
PROMQL = 'sum by ($group_by) (rate(e{x=~"##[error]|"}[$window]))\n# ::error::x'
COMMAND = re.compile(r"^\s*::|##\w*\[", re.MULTILINE)
GITHUB = re.compile(r"::(error|warning|notice) [^:]*::[^\r\n]*")
_STEERING = {"Cc", "Cf", "Zl", "Zp", "Cs", "Co"}


def quoted(text: str) -> str:
    """The text as YAML, which JSON is."""
    return json.dumps(text)


def faulty(attack: str) -> str:
    """A spec with the attack in keys, names and values that findings quote."""
    return f"""\
apiVersion: slokit/v1
service: {quoted(attack)}
{quoted(attack)}: 1
owner: {quoted(attack)}
slos:
  - name: {quoted(attack)}
    objective: {quoted(attack)}
    {quoted(attack)}: x
    sli: {{events: {{bad: {quoted(attack)}, total: {quoted("e{a=" + attack)}}}}}
  - name: b
    objective: 99%
    alert_policy: {quoted(attack)}
    sli: {{events: {{bad: e, total: t}}}}
# slokit: ignore[{" ".join(attack.split())}] ::error::x
"""


def described(objective: str = "99%") -> str:
    """A spec without a fault that shows the attacks wherever text is free."""
    words = f"{'word ' * 17}{ALL} {'word ' * 15}::error::owned"
    return f"""\
apiVersion: slokit/v1
service: shop
description: {quoted(words)}
owner: {quoted(ALL)}
slos:
  - name: a
    description: {quoted(words)}
    objective: {objective}
    sli:
      events:
        bad: {quoted(PROMQL)}
        total: t
"""


def assert_inert(ran: Ran, *, is_github: bool = False) -> None:
    """Nothing of what was printed steers the terminal or is a command that slokit did not write."""
    for text in (ran.out, ran.err):
        steering = {c for c in text if unicodedata.category(c) in _STEERING} - {"\n"}
        assert not steering, sorted(map(hex, map(ord, steering)))
        kept = "\n".join(x for x in text.split("\n") if not (is_github and GITHUB.fullmatch(x)))
        assert COMMAND.search(kept) is None, COMMAND.search(kept)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project without specs."""
    put(tmp_path, {"slokit.yaml": "bundle: test\n", "slo-specs/.keep": ""})
    return tmp_path


@pytest.mark.parametrize("form", api.names_of("finding format"))
def test_findings(project: Path, form: str) -> None:
    """In each format; each line of the workflow commands is one finding."""
    for number, attack in enumerate((*ATTACKS, ALL)):
        put(project, {f"slo-specs/{number}.yaml": faulty(attack)})
    (project / "slo-specs" / "::error::x ##[y].yaml").write_text(faulty(ALL))

    ran = slokit(project, "validate", "--format", form)

    assert ran.code == 1
    assert_inert(ran, is_github=form == "github")
    if form == "github":
        assert all(GITHUB.fullmatch(line) for line in ran.out.splitlines())
        said = json.loads(slokit(project, "validate", "--format", "json").out)["findings"]
        assert len(said) == len(ran.out.splitlines())


@pytest.mark.parametrize("ascii_only", [True, False])
def test_json_keeps_what_was_written(ascii_only: bool) -> None:
    """What is escaped is the same text to a program that reads it."""
    written = {ALL: [ALL, "größe 漢 \U0001f600 \U000e0001"]}
    text = inert_json(json.dumps(written, ensure_ascii=ascii_only, indent=2))

    assert json.loads(text) == written
    assert_inert(Ran(0, text, ""))


def test_sarif_holds_no_links(project: Path) -> None:
    """Code scanning shows `[text](address)` as a link, in plain messages, too."""
    put(project, {"slo-specs/a.yaml": faulty("[here](https://example.com)")})

    ran = slokit(project, "validate", "--format", "sarif")

    assert "[here]" in ran.out
    assert "](http" not in ran.out


@pytest.mark.parametrize("form", api.names_of("explanation format"))
def test_explanations(project: Path, form: str) -> None:
    """Descriptions and PromQL of several lines, however they are wrapped."""
    put(project, {"slo-specs/a.yaml": described()})

    ran = slokit(project, "explain", "shop/a", "--format", form)

    assert (ran.code, "owned" in ran.out) == (0, True)
    assert_inert(ran)


@pytest.mark.parametrize("form", api.names_of("diff format"))
def test_differences(project: Path, form: str) -> None:
    """Values before and after."""
    put(project, {"old.yaml": described(), "new.yaml": described("98%").replace("owned", "other")})

    ran = slokit(project, "diff", "old.yaml", "new.yaml", "--format", form)

    assert ran.code == 0
    assert_inert(ran)


@pytest.mark.parametrize("arguments", [(), ("--check",)])
def test_what_compile_prints(project: Path, arguments: tuple[str, ...]) -> None:
    """Directories and errors, on both streams."""
    put(project, {"slo-specs/a.yaml": described()})
    (project / "slokit.yaml").write_text('bundle: test\nout: "::error::x ##[y]"\n')
    (project / "slo-specs" / "\x1b[2J##[x].yaml").write_text(spec("other"))

    ran = slokit(project, "compile", "--target", "prometheus", *arguments)

    assert ran.code == (1 if arguments else 0), ran
    assert_inert(ran)
    for path in project.rglob("*.rules.yaml"):
        assert "\x1b" not in path.read_text()


@pytest.mark.parametrize("name", ["##[error]x", "\x1b[2Jx", "\n::error::x"])
def test_errors_that_end_a_command(project: Path, name: str) -> None:
    """The one line about wrong usage, whatever it quotes."""
    for arguments in (
        ("validate", name),
        ("explain", name),
        ("diff", name, name),
        ("validate", "--project", name),
        ("compile", "--out", f"/dev/null/{name}"),
        ("check", "--prometheus", name),
        ("check", "--prometheus", "http://127.0.0.1:1", "--bearer-token-file", name),
    ):
        ran = slokit(project, *arguments)

        assert ran.code in (2, 3, 4), ran
        assert_inert(ran)


def hostile(caller: Caller) -> None:
    """Answers each query with a series whose labels attack, and all else with such an error."""
    now = time.time()
    labels = {"bundle": "test", "service": "shop", "slo": "a", "cluster": ALL, "__name__": ALL}
    labels |= {"window": "30d", ALL: ALL}
    path = caller.path
    if "/query_range" in path:
        data = {
            "resultType": "matrix",
            "result": [{"metric": labels, "values": [[now - 300, "1"], [now, "2"]]}],
        }
    elif "/query" in path:
        data = {"resultType": "vector", "result": [{"metric": labels, "value": [now, "1"]}]}
    else:
        caller.reply_json({"status": "error", "errorType": ALL, "error": ALL}, 422)
        return
    caller.reply_json({"status": "success", "data": data, "warnings": [ALL], "infos": [ALL]})


@pytest.mark.parametrize("form", api.names_of("report format"))
def test_reports(project: Path, form: str) -> None:
    """Labels, warnings and texts that a server sends."""
    grouped = described().replace("slos:", "defaults: {group_by: [cluster]}\nslos:", 1)
    put(project, {"slo-specs/a.yaml": grouped})

    with MisbehavingServer(hostile) as server:
        ran = slokit(project, "report", "--prometheus", server.url, "--format", form)

    assert ran.code in (0, 4), ran
    assert_inert(ran)
    assert "owned" in ran.out + ran.err


def test_the_queries_of_a_report(project: Path) -> None:
    """Printed instead of being sent."""
    put(project, {"slo-specs/a.yaml": described()})

    assert_inert(slokit(project, "report", "--plan"))


@pytest.mark.parametrize("form", api.names_of("finding format"))
def test_live_checks(project: Path, form: str) -> None:
    """Findings that quote what the server says."""
    put(project, {"slo-specs/a.yaml": described()})

    with MisbehavingServer(hostile) as server:
        ran = slokit(project, "check", "--prometheus", server.url, "--format", form)

    assert_inert(ran, is_github=form == "github")


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 503])
def test_refusals_of_a_server(project: Path, status: int) -> None:
    """Its own words are quoted in one line."""
    put(project, {"slo-specs/a.yaml": spec("shop")})

    with MisbehavingServer(lambda caller: caller.reply(status, ALL)) as server:
        ran = slokit(project, "report", "--prometheus", server.url)

    assert ran.code == 4
    assert_inert(ran)
