"""What the tests against a real Prometheus share."""

from collections.abc import Iterator

import pytest

from tests.conftest import require_programs
from tests.support.history.live_history import live_history
from tests.support.servers.prometheus_server import PrometheusServer


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrometheusServer]:
    """A Prometheus with the history of a web shop; see tests.support.history.live_history."""
    require_programs("prometheus", "promtool")
    with live_history(tmp_path_factory.mktemp("shop")) as server:
        yield server
