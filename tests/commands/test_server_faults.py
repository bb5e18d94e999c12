"""A server that fails ends `check` and `report` in one line, with exit code 4, writing nothing."""

import json
from pathlib import Path

import pytest

from slokit.demo.processes import free_ports
from tests.edge.misbehaving import Behaviour, Caller, MisbehavingServer, empty
from tests.support.command import Ran
from tests.support.command_here import slokit

COMMANDS = ["check", "report"]
HTML = "<html><title>Grafana</title><body>Log in</body></html>"
PAGE = {"Content-Type": "text/html"}
TOO_MANY = "query processing would load too many samples into memory in query execution"


def api_error(kind: str, words: str, status: int, **headers: str) -> Behaviour:
    """Answer with an error in Prometheus' own form."""
    content = {"status": "error", "errorType": kind, "error": words}
    return lambda caller: caller.reply_json(content, status, **headers)


def plain(status: int, body: str, **headers: str) -> Behaviour:
    """Answer with a status and a body; underscores in header names stand for dashes."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda caller: caller.reply(status, body, named)


def hang(caller: Caller) -> None:
    caller.callee.stopping.wait(60)


def drip(caller: Caller) -> None:
    """Send a byte now and then, so that no single wait is long."""
    caller.send_response(200)
    caller.send_header("Content-Length", "10000")
    caller.end_headers()
    while not caller.callee.stopping.wait(0.1):
        caller.wfile.write(b" ")
        caller.wfile.flush()


def hang_up(caller: Caller) -> None:
    caller.wfile.flush()


def to_login(caller: Caller) -> None:
    """Send everybody to a page with a secret in its address."""
    if caller.path.startswith("/login"):
        caller.reply(200, HTML, PAGE)
    else:
        caller.reply(302, "", {"Location": "/login?token=geheim"})


FAULTS: dict[str, tuple[Behaviour, str]] = {
    "web page": (
        lambda caller: caller.reply(200, HTML, PAGE),
        "answers with a web page instead of JSON (200); check the URL",
    ),
    "login page": (to_login, "after a redirect to"),
    "wrong path": (plain(404, "404 page not found\n"), "has no Prometheus API at this address"),
    "foreign JSON": (lambda caller: caller.reply_json({"a": 1}), "does not answer like Prometheus"),
    "http to https": (
        plain(400, "Client sent an HTTP request to an HTTPS server.\n"),
        "wants TLS (400): Client sent an HTTP request to an HTTPS server.; try https://",
    ),
    "401": (
        plain(401, "Unauthorized\n"),
        "wants credentials (401): Unauthorized; name a bearer_to",
    ),
    "403": (lambda caller: caller.reply(403, HTML, PAGE), "does not allow this request (403)"),
    "429": (
        api_error("too_many_requests", "too many outstanding requests", 429, Retry_After="60"),
        "gets too many requests (429): too many outstanding requests; try again in 60 s",
    ),
    "429 twice": (plain(429, "slow down", Retry_After="1"), "(429): slow down; try again in 1 s"),
    "500": (api_error("internal", "disk full", 500), "failed with 500: disk full; look at its log"),
    "502": (lambda caller: caller.reply(502, HTML, PAGE), "failed with 502; look at its log"),
    "503": (plain(503, "Service Unavailable"), "is too busy or not ready (503)"),
    "query timed out": (api_error("timeout", "query timed out", 503), "query timed out; ask for"),
    "hangs": (hang, "gave no complete answer within 1 s"),
    "drips": (drip, "gave no complete answer within 1 s"),
    "hangs up": (hang_up, "was reached, but the connection broke off; look at its log"),
    "cut": (
        lambda caller: caller.reply(200, '{"status":', length=500),
        "was reached, but the connection broke off in the middle of the answer; look at its log",
    ),
    "truncated JSON": (plain(200, '{"status":"success","data":{"resu'), "cut off or broken; look"),
    "empty body": (plain(200, ""), "sent an empty body"),
}


def ask(project: Path, command: str, url: str, *options: str) -> Ran:
    """Run the command against a server; a report would replace a file that exists."""
    (project / "report.txt").write_text("last week's")
    out = ["--out", "report.txt"] if command == "report" else []
    return slokit(project, command, "--prometheus", url, "--timeout", "1s", *out, *options)


def assert_told(project: Path, ran: Ran, url: str, words: str) -> None:
    """One line that names the server and what is wrong; nothing on stdout, nothing written."""
    assert ran.code == 4, ran
    assert ran.out == ""
    assert len(ran.err.splitlines()) == 1
    assert ran.err.startswith(f"slokit: Prometheus at {url} ")
    assert words in ran.err
    assert "geheim" not in ran.err
    assert (project / "report.txt").read_text() == "last week's"
    assert {path.name for path in project.iterdir()} <= {
        "report.txt", "slokit.yaml", "spec.yaml", "token", "ca.pem"
    }  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_failing_server(project: Path, command: str, fault: str) -> None:
    """Each fault has words of its own, the same for both commands."""
    behaviour, words = FAULTS[fault]
    with MisbehavingServer(behaviour) as server:
        assert_told(project, ask(project, command, server.url), server.url, words)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_closed_port(project: Path, command: str) -> None:
    """A wrong port or a server that is down."""
    url = f"http://127.0.0.1:{free_ports(1)[0]}"
    words = "cannot be reached: the connection was refused; check the URL and that the server runs"
    assert_told(project, ask(project, command, url), url, words)


@pytest.mark.parametrize("command", COMMANDS)
def test_https_to_a_server_without_tls(project: Path, command: str) -> None:
    """The other scheme is proposed."""
    with MisbehavingServer(empty) as server:
        url = server.url.replace("http:", "https:")
        words = "does not speak TLS; try http:// instead of https://"
        assert_told(project, ask(project, command, url), url, words)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_refused_token_is_not_told(project: Path, command: str) -> None:
    """With credentials the hint is another one; a server that repeats the token is masked."""
    (project / "token").write_text("geheim\n")
    with MisbehavingServer(plain(401, "bad token geheim")) as server:
        ran = ask(project, command, server.url, "--bearer-token-file", "token")
        words = "wants other credentials (401): bad token ***; check bearer_token_file"
        assert_told(project, ran, server.url, words)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("option", "file", "content", "words"),
    [
        ("bearer-token-file", "token", None, "cannot be read: no such file or directory"),
        ("bearer-token-file", "token", "", "is empty"),
        ("basic-auth-file", "token", "just-a-name", "holds neither 'user:password' nor two lines"),
        ("ca-file", "ca.pem", None, "cannot be read: no such file or directory"),
        ("ca-file", "ca.pem", "no certificate", "is no PEM file of the right kind"),
        ("client-cert", "ca.pem", "no certificate", "is no PEM file of the right kind"),
    ],
)
def test_unusable_files(
    project: Path, command: str, option: str, file: str, content: str | None, words: str
) -> None:
    """The option and the file are named, and the server is not asked."""
    if content is not None:
        (project / file).write_text(content)
    with MisbehavingServer(empty) as server:
        ran = ask(project, command, server.url, f"--{option}", file)
        assert_told(project, ran, server.url, f"({file}) {words}")
        assert option.replace("-", "_") in ran.err
        assert server.seen == []


def test_a_rejected_query_ends_a_report(project: Path) -> None:
    """Prometheus' own words and what may help."""
    with MisbehavingServer(api_error("execution", TOO_MANY, 422)) as server:
        words = f"{TOO_MANY}; ask for less at once, or raise its --query.max-samples"
        assert_told(project, ask(project, "report", server.url), server.url, words)


def test_a_rejected_query_is_a_finding_of_check(project: Path) -> None:
    """What the server will not evaluate is shown where the spec says it."""
    with MisbehavingServer(api_error("execution", TOO_MANY, 422)) as server:
        ran = ask(project, "check", server.url)
    assert ran.code == 1
    assert TOO_MANY in ran.out
    assert "spec.yaml:6:" in ran.out


def without_numbers(value: str) -> Behaviour:
    """Answer every query of the ledger with the same value that is no number."""
    labels = {"bundle": "test", "service": "shop", "slo": "one"}
    sides = ("total", "bad", "slots", "burn", "5m", "1h", "")

    def behave(caller: Caller) -> None:
        is_range = "query_range" in caller.path
        key, points = (
            ("values", [[300, value], [600, value]]) if is_range else ("value", [1, value])
        )
        result = [{"metric": {**labels, "side": side}, key: points} for side in sides]
        kind = "matrix" if is_range else "vector"
        caller.reply_json({"status": "success", "data": {"resultType": kind, "result": result}})

    return behave


@pytest.mark.parametrize("value", ["NaN", "+Inf", "-Inf"])
@pytest.mark.parametrize("source", ["auto", "recorded"])
def test_what_is_no_number_is_null(project: Path, value: str, source: str) -> None:
    """NaN and infinity are unknown, and no warning about replicas comes from them."""
    with MisbehavingServer(without_numbers(value)) as server:
        options = ["--prometheus", server.url, "--format", "json", "--source", source]
        ran = slokit(project, "report", *options)
    assert ran.code == 0, ran.err
    report = json.loads(ran.out, parse_constant=pytest.fail)
    (row,) = report["rows"]
    assert row["state"] == "no-data"
    assert set(row["burn"].values()) == {None}
    assert row["incidents"] == []
    for measure in (row["window_measure"], row["period_measure"]):
        known = {k: v for k, v in measure.items() if v is not None}
        assert known.keys() == {"from", "to", "covered_seconds"}
        assert measure["covered_seconds"] == 0
    (warning,) = report["warnings"]
    assert "no data about bundle 'test'" in warning


@pytest.mark.parametrize("form", ["table", "md"])
def test_what_is_no_number_is_a_dash(project: Path, form: str) -> None:
    """People do not read nan or inf either."""
    with MisbehavingServer(without_numbers("NaN")) as server:
        ran = slokit(project, "report", "--prometheus", server.url, "--format", form)
    assert ran.code == 0, ran.err
    assert not {"nan", "inf"} & set(ran.out.lower().replace("%", " ").split())
    assert "–" in ran.out
