"""A credential goes to no host that another source named, and none leaves in silence."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from slokit.project import trust
from slokit.project.trust import why_untrusted
from slokit.prometheus.settings import PrometheusSettings
from tests.edge.misbehaving import Caller, MisbehavingServer, empty
from tests.security.projects import put, spec
from tests.support.command import Ran
from tests.support.command_here import slokit

TOKEN = "sesame-of-the-machine"
COMMANDS = ["check", "report"]
ENVIRONMENT_TOKEN = {"SLOKIT_BEARER_TOKEN": TOKEN}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project beside a secret of the machine."""
    put(tmp_path, {"token": TOKEN, "auth": f"ana:{TOKEN}"})
    put(tmp_path / "project", {"slo-specs/shop.yaml": spec("shop")})
    return tmp_path / "project"


def ask(
    project: Path,
    command: str,
    block: str,
    *options: str,
    environment: Mapping[str, str] | None = None,
) -> Ran:
    """Run a command with these lines below `prometheus:` of slokit.yaml."""
    (project / "slokit.yaml").write_text(f"bundle: test\nprometheus: {block}\n")
    return slokit(project, command, *options, environment=environment or {})


def texts(server: MisbehavingServer) -> str:
    """All that a server was sent."""
    return "".join(f"{seen.target}{dict(seen.headers)}{seen.body}" for seen in server.seen)


def assert_refused(ran: Ran, *words: str) -> None:
    """Wrong usage in one line, with these words and without a secret."""
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1), ran
    assert all(word in ran.err for word in words), ran.err
    assert TOKEN not in ran.err


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    "settings",
    [
        "bearer_token_file: ../token",
        "basic_auth_file: ../auth",
        "headers: {X-Key: key}",
        "client_cert: ../token",
        "ca_file: ../token",
    ],
)
def test_ci_sends_nothing_that_slokit_yaml_names(
    project: Path, command: str, settings: str
) -> None:
    """In CI a file of the machine is neither read nor sent because slokit.yaml says so."""
    with MisbehavingServer(empty) as server:
        block = f"{{url: '{server.url}', {settings}}}"
        ran = ask(project, command, block, environment={"CI": "true"})

    key = settings.partition(":")[0]
    assert_refused(ran, f"`{key}` of slokit.yaml is not used since CI is set", "--trust-project")
    assert server.seen == []


@pytest.mark.parametrize(
    ("options", "environment"), [(["--trust-project"], {"CI": "true"}), ([], {}), ([], {"CI": "0"})]
)
def test_a_trusted_slokit_yaml_names_its_token(
    project: Path, options: list[str], environment: dict[str, str]
) -> None:
    """On the user's own machine, or by --trust-project, a token comes from wherever it says."""
    with MisbehavingServer(empty) as server:
        block = f"{{url: '{server.url}', bearer_token_file: ../token}}"
        ran = ask(project, "check", block, *options, environment=environment)

    assert ran.code != 2, ran.err
    assert all(seen.headers["authorization"] == f"Bearer {TOKEN}" for seen in server.seen)
    assert server.seen


@pytest.mark.parametrize("command", COMMANDS)
def test_ci_may_ask_without_credentials(project: Path, command: str) -> None:
    """An address and a tenant are no secrets of the machine."""
    with MisbehavingServer(empty) as server:
        block = f"{{url: '{server.url}', tenant: shop, timeout: 5s}}"
        ran = ask(project, command, block, environment={"CI": "true"})

    assert ran.code != 2, ran.err
    assert {seen.headers["x-scope-orgid"] for seen in server.seen} == {"shop"}


@pytest.mark.parametrize(
    "options",
    [
        ["--bearer-token-file", "../token"],
        ["--basic-auth-file", "../auth"],
        ["--header", f"Authorization: Bearer {TOKEN}"],
        ["--client-cert", "../token"],
    ],
)
@pytest.mark.parametrize("environment", [{}, {"CI": "true"}, {"SLOKIT_PROMETHEUS_URL": "{url}"}])
def test_options_send_no_credentials_to_an_address_of_others(
    project: Path, options: list[str], environment: dict[str, str]
) -> None:
    """Credentials on the command line need --prometheus beside them."""
    with MisbehavingServer(empty) as server:
        given = {name: text.format(url=server.url) for name, text in environment.items()}
        ran = ask(project, "check", f"{{url: '{server.url}'}}", *options, environment=given)

    assert_refused(ran, f"{options[0]} is given without --prometheus URL")
    assert server.seen == []


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    "variable", ["SLOKIT_BEARER_TOKEN", "SLOKIT_BEARER_TOKEN_FILE", "SLOKIT_BASIC_AUTH_FILE"]
)
@pytest.mark.parametrize("by", ["slokit.yaml", "--prometheus"])
def test_the_environments_credentials_go_to_its_own_server(
    project: Path, command: str, variable: str, by: str
) -> None:
    """Where slokit.yaml or an option names the server, they are not sent, and that is said."""
    value = TOKEN if variable == "SLOKIT_BEARER_TOKEN" else "../auth"
    with MisbehavingServer(empty) as server:
        options = ["--prometheus", server.url] if by == "--prometheus" else []
        block = f"{{url: '{server.url}'}}"
        ran = ask(project, command, block, *options, environment={variable: value})

    assert ran.code != 2, ran
    assert ran.err.startswith(
        f"slokit: warning: {variable} is not sent: SLOKIT_PROMETHEUS_URL does not name this server"
    )
    assert TOKEN not in texts(server)
    assert all("authorization" not in seen.headers for seen in server.seen)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_environment_names_server_and_token(project: Path, command: str) -> None:
    """Both from one source; slokit.yaml's server, token and headers are left out, in CI as well."""
    with MisbehavingServer(empty) as other, MisbehavingServer(empty) as server:
        block = f"{{url: '{other.url}', bearer_token_file: ../nowhere, headers: {{X-Key: a}}}}"
        environment = {"SLOKIT_PROMETHEUS_URL": server.url, **ENVIRONMENT_TOKEN, "CI": "1"}
        ran = ask(project, command, block, environment=environment)

    assert ran.code != 2, ran.err
    assert {seen.headers["authorization"] for seen in server.seen} == {f"Bearer {TOKEN}"}
    assert "X-Key".lower() not in texts(server)
    assert other.seen == []


@pytest.mark.parametrize("command", COMMANDS)
def test_an_address_by_option_replaces_the_whole_block(project: Path, command: str) -> None:
    """Nothing of `prometheus:` in slokit.yaml goes to the server that the option names."""
    block = (
        "{url: 'http://127.0.0.1:1', bearer_token_file: ../token, tenant: shop,"
        " headers: {X-Key: key}, ca_file: ../nowhere, timeout: 1ms}"
    )
    with MisbehavingServer(empty) as server:
        ran = ask(project, command, block, "--prometheus", server.url)

    assert ran.code != 2, ran.err
    assert server.seen
    assert not any(word in texts(server) for word in (TOKEN, "shop'", "x-key", "x-scope-orgid"))


def test_help_says_that_the_block_is_replaced(project: Path) -> None:
    """Where the option is explained."""
    said = " ".join(slokit(project, "check", "--help", environment={}).out.split())

    assert "replaces all of `prometheus:` in slokit.yaml, credentials and headers included" in said


@pytest.mark.parametrize("how", ["option", "environment"])
def test_no_credential_follows_a_redirect(project: Path, how: str) -> None:
    """A server that sends its callers elsewhere does not hand their token on."""

    def away(caller: Caller) -> None:
        caller.reply(307, "", {"Location": f"{there.url}{caller.path}"})

    with MisbehavingServer(empty) as there, MisbehavingServer(away) as here:
        if how == "option":
            options = ["--prometheus", here.url, "--bearer-token-file", "../token"]
            options += ["--header", "X-Key: key", "--tenant", "shop"]
            ask(project, "check", "{}", *options)
        else:
            environment = {"SLOKIT_PROMETHEUS_URL": here.url, **ENVIRONMENT_TOKEN}
            ask(project, "check", "{}", environment=environment)

    assert TOKEN in texts(here)
    assert there.seen
    assert not any(word in texts(there) for word in (TOKEN, "x-key", "x-scope-orgid"))


@pytest.mark.parametrize(
    ("url", "is_said"),
    [
        ("http://prometheus.invalid", True),
        ("http://10.255.255.1:9", True),
        ("https://prometheus.invalid", False),
        ("http://localhost:1", False),
        ("http://127.0.0.1:1", False),
        ("http://[::1]:1", False),
    ],
)
@pytest.mark.parametrize("command", COMMANDS)
def test_a_credential_without_encryption_is_warned_about(
    project: Path, command: str, url: str, is_said: bool
) -> None:
    """Over plain http to another machine; over https or on the loopback nothing is said."""
    options = ["--prometheus", url, "--bearer-token-file", "../token", "--timeout", "1s"]
    ran = ask(project, command, "{}", *options)

    warning = f"slokit: warning: credentials go to {url} without encryption: use https\n"
    assert ran.code == 4
    assert (warning in ran.err) is is_said


def test_what_speaks_for_the_user_counts_as_a_credential() -> None:
    """Tokens, passwords and headers of one's own; an address alone does not."""
    url = "http://a.example"

    assert PrometheusSettings(url, bearer_token="x").sends_in_clear
    assert PrometheusSettings(url, basic_auth_file="x").sends_in_clear
    assert PrometheusSettings(url, headers={"X-Key": "x"}).sends_in_clear
    assert not PrometheusSettings(url, tenant="x").sends_in_clear
    assert TOKEN not in repr(PrometheusSettings(url, bearer_token=TOKEN))


@pytest.mark.parametrize(
    ("environment", "why"),
    [
        ({}, ""),
        ({"CI": ""}, ""),
        ({"CI": "false"}, ""),
        ({"CI": "true"}, "since CI is set"),
        ({"CI": "woodpecker"}, "since CI is set"),
        ({"JENKINS_URL": "https://x"}, "since JENKINS_URL is set"),
        ({"TF_BUILD": "True"}, "since TF_BUILD is set"),
    ],
)
def test_ci_is_known_by_its_environment(
    tmp_path: Path, environment: dict[str, str], why: str
) -> None:
    """Most set CI; the others are known by a variable of their own."""
    (tmp_path / "slokit.yaml").write_text("")

    assert why_untrusted(tmp_path / "slokit.yaml", environment) == why


def test_a_file_of_another_user_is_not_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it lies in a directory that all may write to, above the working directory."""
    (tmp_path / "slokit.yaml").write_text("")
    owner = (tmp_path / "slokit.yaml").stat().st_uid
    monkeypatch.setattr(trust, "ROOT", -1)
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)

    assert why_untrusted(tmp_path / "slokit.yaml", {}) == "since another user owns it"
