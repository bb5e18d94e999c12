"""`slokit check` on the command line: exit codes, formats, credentials and messages."""

import json
import time
from pathlib import Path

import pytest

from slokit.demo.processes import free_ports
from tests.conftest import require_programs
from tests.support.command import Ran
from tests.support.command_here import slokit
from tests.support.compile.live_specs import service, slo
from tests.support.servers.exposition import Exposition
from tests.support.servers.prometheus_proxy import Faults, PrometheusProxy
from tests.support.servers.prometheus_server import PrometheusServer

pytestmark = pytest.mark.programs("prometheus", "promtool")
GOOD = "events: {good: 'requests_total{code=\"200\"}', total: requests_total}"
WRONG = "events: {good: requests_totl, total: requests_total}"
COLLIDING = (
    """events: {bad: 'label_replace(rate(requests_total[$window]), "code", "", "", "")',"""
    " total: requests_total}"
)
PARTLY = "events: {good: ['requests_total', wrong_total], total: requests_total}"


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> object:
    """A Prometheus that scrapes two series every second."""
    require_programs("prometheus")
    with Exposition() as exposed:
        requests = {'requests_total{code="200"}': 5.0, 'requests_total{code="500"}': 1.0}
        exposed.set_samples(requests)
        directory = tmp_path_factory.mktemp("live")
        with PrometheusServer(directory, scrape=[exposed.target]) as server:
            server.wait_for("rate(requests_total[1m])")
            yield server


def run(directory: Path, *arguments: str, command: str = "check") -> Ran:
    """Run `slokit check`, or another command, in a directory."""
    return slokit(directory, command, *arguments)


def write(directory: Path, sli: str, project: str = "") -> None:
    """A bundle of one SLO."""
    (directory / "slokit.yaml").write_text(f"bundle: test\nspecs: spec.yaml\n{project}")
    (directory / "spec.yaml").write_text(service(slo(sli)))


def test_sound_specs_exit_with_zero(tmp_path: Path, live: PrometheusServer) -> None:
    """Notes do not fail a run; the summary counts SLOs and requests."""
    write(tmp_path, GOOD)
    ran = run(tmp_path, "--prometheus", live.url)
    assert ran.code == 0
    assert f"checked 1 SLO of 1 service against {live.url} in" in ran.out
    assert " requests" in ran.out
    assert ran.err == ""


def test_errors_exit_with_one_and_show_the_line(tmp_path: Path, live: PrometheusServer) -> None:
    """A wrong name is shown at its place with its code and the nearest name."""
    write(tmp_path, WRONG)
    ran = run(tmp_path, "--prometheus", live.url)
    assert ran.code == 1
    assert "error[SLK601 live/no-metric]" in ran.out
    assert "--> spec.yaml:7:22" in ran.out
    assert "did you mean 'requests_total'?" in ran.out
    assert "slokit explain SLK601" in ran.out


def test_what_the_server_rejects_exits_with_one(tmp_path: Path, live: PrometheusServer) -> None:
    """The SLO is named, its side shown, and the server's words say why the rules would fail."""
    write(tmp_path, COLLIDING)
    ran = run(tmp_path, "--prometheus", live.url)
    assert ran.code == 1
    assert "error[SLK605 live/rejected]" in ran.out
    assert "of shop/one: vector cannot contain metrics with the same labelset" in ran.out
    assert "--> spec.yaml:7:21" in ran.out, ran.out


def test_warnings_fail_only_when_strict(tmp_path: Path, live: PrometheusServer) -> None:
    """One missing selector of a list is a warning."""
    write(tmp_path, PARTLY)
    assert run(tmp_path, "--prometheus", live.url).code == 0
    assert run(tmp_path, "--prometheus", live.url, "--strict").code == 1


def test_offline_errors_do_not_stop_the_live_check(tmp_path: Path, live: PrometheusServer) -> None:
    """A faulty SLO is shown beside what the server says about the sound one."""
    write(tmp_path, WRONG)
    text = (tmp_path / "spec.yaml").read_text()
    (tmp_path / "spec.yaml").write_text(f"{text}  - name: two\n    objctive: 99%\n")
    ran = run(tmp_path, "--prometheus", live.url)
    assert ran.code == 1
    assert "SLK103" in ran.out
    assert "SLK601" in ran.out


@pytest.mark.parametrize("form", ["line", "json", "sarif", "github"])
def test_every_format_keeps_the_output_pure(
    tmp_path: Path, live: PrometheusServer, form: str
) -> None:
    """The summary goes to standard error, so that programs can read standard output."""
    write(tmp_path, WRONG)
    ran = run(tmp_path, "--prometheus", live.url, "--format", form)
    assert ran.code == 1
    assert "SLK601" in ran.out
    assert ran.err.startswith("checked 1 SLO of 1 service")
    if form in {"json", "sarif"}:
        json.loads(ran.out)


def test_the_server_of_the_project_is_the_default(tmp_path: Path, live: PrometheusServer) -> None:
    """slokit.yaml names the server, its token beside it, a header and a timeout."""
    (tmp_path / "token").write_text("sesame\n")
    (tmp_path / "elsewhere").mkdir()
    with PrometheusProxy(live.url) as proxy:
        settings = (
            f"{{url: '{proxy.url}', bearer_token_file: token,"
            " headers: {X-Scope-OrgID: shop, X-More: 'yes'},"
            " timeout: 5s}"
        )
        write(tmp_path, GOOD, f"prometheus: {settings}\n")
        ran = run(tmp_path / "elsewhere")
        seen = proxy.log.headers[0]
    assert ran.code == 0, ran.err
    assert seen["authorization"] == "Bearer sesame"
    assert seen["x-scope-orgid"] == "shop"
    assert seen["x-more"] == "yes"


def test_credentials_on_the_command_line_replace_the_others(
    tmp_path: Path, live: PrometheusServer
) -> None:
    """An address given here replaces all that slokit.yaml says; nothing of it is sent."""
    (tmp_path / "token").write_text("sesame")
    (tmp_path / "auth").write_text("me:secret")
    with PrometheusProxy(live.url) as proxy:
        settings = f"{{url: '{proxy.url}', bearer_token_file: token, headers: {{X-More: a}}}}"
        write(tmp_path, GOOD, f"prometheus: {settings}\n")
        ran = run(tmp_path, "--prometheus", proxy.url, "--basic-auth-file", "auth")
        seen = proxy.log.headers[0]
    assert ran.code == 0, ran.err
    assert seen["authorization"].startswith("Basic ")
    assert "x-more" not in seen


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "give --prometheus URL"),
        (["--prometheus", "http://me:secret@localhost:9090"], "take user:password@ out of it"),
        (["--prometheus", "localhost:9090"], "must begin with http:// or https://"),
        (["--prometheus", "http://localhost:1", "--timeout", "soon"], "--timeout: 'soon'"),
        (["--prometheus", "http://localhost:1", "--header", "X-Scope"], "'Name: value'"),
        (["--prometheus", "http://localhost:1", "--format", "xml"], "no such format 'xml'"),
        (["--prometheus", "http://localhost:1", "nowhere.yaml"], "'nowhere.yaml'"),
        (
            "--prometheus http://localhost:1 --bearer-token-file a --basic-auth-file b".split(),
            "both given",
        ),
    ],
)
def test_wrong_usage_exits_with_two(tmp_path: Path, arguments: list[str], message: str) -> None:
    """One line says what is wrong; a password in the URL is not repeated."""
    write(tmp_path, GOOD)
    ran = run(tmp_path, *arguments)
    assert ran.code == 2
    assert message in ran.err
    assert "secret" not in ran.err
    assert len(ran.err.splitlines()) == 1


def test_no_specs_exit_with_three(tmp_path: Path) -> None:
    """Without a spec no server is asked."""
    (tmp_path / "slokit.yaml").write_text("bundle: test\nspecs: .\n")
    assert run(tmp_path, "--prometheus", "http://localhost:1").code == 3


def test_an_unreachable_server_exits_with_four(tmp_path: Path) -> None:
    """One line names the server and what to look at."""
    write(tmp_path, GOOD)
    port = free_ports(1)[0]
    ran = run(tmp_path, "--prometheus", f"http://127.0.0.1:{port}")
    assert ran.code == 4
    assert ran.out == ""
    assert len(ran.err.splitlines()) == 1
    assert f"http://127.0.0.1:{port} cannot be reached" in ran.err


def test_a_server_that_dies_half_way_exits_with_four(
    tmp_path: Path, live: PrometheusServer
) -> None:
    """One line, and no findings that silence would have made."""
    write(tmp_path, WRONG)
    with PrometheusProxy(live.url, Faults(dies_after=2)) as proxy:
        ran = run(tmp_path, "--prometheus", proxy.url, "--format", "json")
    assert ran.code == 4
    assert ran.out == ""
    assert len(ran.err.splitlines()) == 1


def test_a_hung_server_exits_with_four_in_time(tmp_path: Path, live: PrometheusServer) -> None:
    """The timeout holds for a server that accepts and never answers."""
    write(tmp_path, GOOD)
    live.hang()
    try:
        began = time.monotonic()
        ran = run(tmp_path, "--prometheus", live.url, "--timeout", "1")
    finally:
        live.unhang()
    assert ran.code == 4
    assert "1 s" in ran.err
    assert time.monotonic() - began < 20


def test_an_ignored_finding_fails_neither_check_nor_validate(
    tmp_path: Path, live: PrometheusServer
) -> None:
    """A comment about a live finding counts here, and is not unused where no server is asked."""
    write(tmp_path, WRONG)
    path = tmp_path / "spec.yaml"
    lines = path.read_text().splitlines()
    marked = [f"{line}  # slokit: ignore[SLK601] not born yet" * ("totl" in line) for line in lines]
    path.write_text("\n".join(m or line for m, line in zip(marked, lines, strict=True)))
    assert run(tmp_path, "--prometheus", live.url, "--strict").code == 0
    assert run(tmp_path, "--strict", command="validate").code == 0
