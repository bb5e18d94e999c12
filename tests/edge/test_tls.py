"""TLS with a certificate authority and client certificates of our own."""

import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from slokit.prometheus import errors
from tests.conftest import require_programs
from tests.edge.conftest import Connect
from tests.edge.misbehaving import MisbehavingServer, empty
from tests.support.servers.certificates import Authority


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """The authority that the server's certificate comes from."""
    require_programs("openssl")
    made = Authority(tmp_path_factory.mktemp("ca"))
    made.make()
    return made


@contextmanager
def tls_server(authority: Authority, *, demand: bool = False) -> Iterator[MisbehavingServer]:
    """A server behind TLS that may demand a client certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.issue("server"))
    if demand:
        context.load_verify_locations(authority.ca)
        context.verify_mode = ssl.CERT_REQUIRED
    with MisbehavingServer(empty, context) as server:
        yield server


def test_a_ca_of_our_own(connect: Connect, authority: Authority) -> None:
    """With its CA named, a private server is trusted."""
    with tls_server(authority) as server:
        assert connect(server.url, ca_file=authority.ca).instant("up", 0) == ()


def test_an_unknown_ca(connect: Connect, authority: Authority) -> None:
    """Without it, the message says that the certificate is not trusted and what to name."""
    with tls_server(authority) as server:
        with pytest.raises(
            errors.PrometheusUnreachableError, match=r"certificate that is not trusted.*ca_file"
        ):
            connect(server.url).instant("up", 0)


def test_another_host_name(connect: Connect, authority: Authority) -> None:
    """A certificate for another name is not trusted either."""
    with tls_server(authority) as server:
        with pytest.raises(errors.PrometheusUnreachableError, match=r"not trusted.*mismatch"):
            connect(f"https://localhost:{server.port}", ca_file=authority.ca).instant("up", 0)


def test_a_client_certificate(connect: Connect, authority: Authority) -> None:
    """A server that demands one gets our client certificate."""
    cert, key = authority.issue("client")

    with tls_server(authority, demand=True) as server:
        client = connect(server.url, ca_file=authority.ca, client_cert=cert, client_key=key)

        assert client.instant("up", 0) == ()


def test_a_missing_client_certificate(connect: Connect, authority: Authority) -> None:
    """Without the certificate that a server demands, the message says so."""
    with tls_server(authority, demand=True) as server:
        with pytest.raises(errors.PrometheusUnreachableError, match="client certificate"):
            connect(server.url, ca_file=authority.ca).instant("up", 0)


def test_tls_towards_a_plain_server(connect: Connect) -> None:
    """https:// towards a server without TLS suggests http://."""
    with MisbehavingServer(empty) as server:
        with pytest.raises(
            errors.PrometheusUnreachableError, match="does not speak TLS; try http://"
        ):
            connect(server.url.replace("http:", "https:")).instant("up", 0)


def test_plain_towards_a_tls_server(connect: Connect, authority: Authority) -> None:
    """http:// towards a TLS server fails in one line."""
    with tls_server(authority) as server:
        with pytest.raises(errors.PrometheusError) as caught:
            connect(server.url.replace("https:", "http:")).instant("up", 0)

    assert str(caught.value).isprintable()


@pytest.mark.parametrize("key", ["ca_file", "client_cert"])
@pytest.mark.parametrize("content", [None, "", "not a certificate"])
def test_unusable_certificates(
    connect: Connect, tmp_path: Path, key: str, content: str | None
) -> None:
    """A certificate file that cannot be used is named by its key."""
    path = tmp_path / "some.pem"
    if content is not None:
        path.write_text(content)

    with pytest.raises(errors.UnreadableCredentialsError, match=f"was not asked: {key}"):
        connect("https://127.0.0.1:1", **{key: path}).instant("up", 0)


def test_a_key_with_a_pass_phrase(connect: Connect, authority: Authority, tmp_path: Path) -> None:
    """An encrypted key is refused in one line instead of asking the terminal."""
    cert, key = authority.issue("locked")
    locked = tmp_path / "locked.key"
    subprocess.run(
        ["openssl", "ec", "-aes256", "-passout", "pass:geheim", "-in", key, "-out", locked],
        check=True,
        capture_output=True,
    )

    with pytest.raises(errors.UnreadableCredentialsError, match="needs a pass phrase"):
        connect("https://127.0.0.1:1", client_cert=cert, client_key=locked).instant("up", 0)
