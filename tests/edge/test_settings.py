"""Settings refuse what no request can be made with, before anything is sent."""

import math
import os
import subprocess
import sys
from pathlib import Path

import pytest

from slokit.prometheus.settings import InvalidSettingsError, PrometheusSettings
from tests.support.command import ROOT


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("http://localhost:9090", "http://localhost:9090"),
        ("HTTPS://Prometheus.Example.com/", "https://prometheus.example.com"),
        (" https://x/prometheus// ", "https://x/prometheus"),
        ("https://x/Tenant/A/", "https://x/Tenant/A"),
        ("http://[::1]:9090/", "http://[::1]:9090"),
    ],
)
def test_urls_are_kept_without_trailing_slashes(given: str, kept: str) -> None:
    """Trailing slashes and sub-paths are fine; a path keeps its letters' case."""
    assert PrometheusSettings(given).url == kept


@pytest.mark.parametrize(
    "url",
    [
        "",
        "localhost:9090",
        "prometheus.example.com",
        "ftp://x",
        "file:///etc/passwd",
        "http:x",
        "http://",
        "http://:9090",
        "http://x:port",
        "http://x:99999",
        "http://[::1",
        "http://x/?a=b",
        "http://x/#graph",
        "http://x y/",
        "http://x/\r\nHost: y",
        "http://x\\@y/",
    ],
)
def test_other_urls_are_refused(url: str) -> None:
    """What is no plain http or https address is refused with an example of one."""
    with pytest.raises(InvalidSettingsError) as caught:
        PrometheusSettings(url)

    assert "https://prometheus.example.com" in caught.value.hint
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("user", ["ana:geheim@", "geheim@", ":geheim@", "@"])
def test_credentials_in_the_url_are_refused(user: str) -> None:
    """The message points to basic_auth_file and does not repeat the password."""
    with pytest.raises(InvalidSettingsError) as caught:
        PrometheusSettings(f"https://{user}prometheus.example.com")

    assert "basic_auth_file" in caught.value.hint
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize("timeout", [0, -1, math.nan, math.inf])
def test_a_timeout_is_a_positive_number(timeout: float) -> None:
    """A timeout that never ends, or has ended already, is refused."""
    with pytest.raises(InvalidSettingsError, match="timeout"):
        PrometheusSettings("http://x", timeout=timeout)


@pytest.mark.parametrize(
    ("name", "value"),
    [("X\r\nY", "a"), ("", "a"), ("X:", "a"), ("X", "a\r\nY: b"), ("X", " a"), ("X", "ä")],
)
def test_headers_cannot_smuggle(name: str, value: str) -> None:
    """A header name or value with a line break or other odd characters is refused."""
    with pytest.raises(InvalidSettingsError, match="header"):
        PrometheusSettings("http://x", headers={name: value})


def test_settings_that_contradict_each_other() -> None:
    """Two ways to log in or to name a tenant, half a key pair and no size at all are refused."""
    with pytest.raises(InvalidSettingsError, match="both given"):
        PrometheusSettings("http://x", bearer_token_file="a", basic_auth_file="b")
    with pytest.raises(InvalidSettingsError, match="without client_cert"):
        PrometheusSettings("http://x", client_key="a")
    with pytest.raises(InvalidSettingsError, match="both given"):
        PrometheusSettings("http://x", tenant="a", headers={"x-scope-orgid": "a"})
    with pytest.raises(InvalidSettingsError, match="max_bytes"):
        PrometheusSettings("http://x", max_bytes=0)


def test_settings_are_values() -> None:
    """Equal settings are equal, hashable, detached from the mapping given, and shy in a repr."""
    headers = {"X-Api-Key": "geheim"}
    settings = PrometheusSettings("http://x", headers=headers)
    headers.clear()

    assert settings == PrometheusSettings("http://x/", headers={"X-Api-Key": "geheim"})
    assert len({settings, settings}) == 1
    assert "geheim" not in repr(settings)


def test_settings_and_errors_are_cheap_to_import() -> None:
    """Neither the settings, the errors nor the answer types bring an HTTP stack along."""
    code = (
        "import sys, slokit.prometheus.settings, slokit.prometheus.errors, "
        "slokit.prometheus.types\n"
        "print([m for m in ('requests', 'urllib3', 'pandas', 'prometheus_api_client', 'ssl')"
        " if m in sys.modules])"
    )

    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert loaded.stdout.strip() == "[]"


def test_the_client_does_without_data_frames() -> None:
    """The client's library does not pull in pandas, numpy or matplotlib."""
    code = (
        "import sys, slokit.prometheus.client\n"
        "print([m for m in ('pandas', 'numpy', 'matplotlib', 'dateparser') if m in sys.modules])"
    )

    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert loaded.stdout.strip() == "[]"


@pytest.mark.parametrize("command", [["--version"], ["compile"]])
def test_what_asks_no_server_loads_no_http_stack(tmp_path: Path, command: list[str]) -> None:
    """Neither the version nor a compilation pays for the import of requests."""
    (tmp_path / "slokit.yaml").write_text("bundle: test\nspecs: spec.yaml\n")
    (tmp_path / "spec.yaml").write_text(
        "{apiVersion: slokit/v1, service: shop, slos: "
        "[{name: one, objective: 99%, sli: {events: {bad: 'errors_total', total: all_total}}}]}"
    )
    code = (
        "import atexit, sys\n"
        "from slokit.__main__ import main\n"
        "stack = ('requests', 'urllib3', 'prometheus_api_client')\n"
        "atexit.register(lambda: print([m for m in stack if m in sys.modules], file=sys.stderr))\n"
        f"sys.argv = ['slokit', *{command}]\n"
        "main()"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}

    ran = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env=environment,
    )

    assert ran.stderr.splitlines()[-1] == "[]"
    assert command == ["--version"] or (tmp_path / "alert-rules").is_dir()
