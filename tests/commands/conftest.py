"""A project of one SLO, for commands that ask a server."""

from pathlib import Path

import pytest

SPEC = """\
apiVersion: slokit/v1
service: shop
slos:
  - name: one
    objective: 99%
    sli: {events: {good: 'requests_total{code="200"}', total: requests_total}}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Its directory."""
    (tmp_path / "slokit.yaml").write_text("bundle: test\nspecs: spec.yaml\n")
    (tmp_path / "spec.yaml").write_text(SPEC)
    return tmp_path
