"""Every whole spec that the documentation shows compiles."""

import re
from pathlib import Path

import pytest

from slokit import api
from tests.docs.shell_blocks import ROOT

SPEC = re.compile(r"^```yaml\n(apiVersion: slokit/v1\n.*?)^```$", re.MULTILINE | re.DOTALL)
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.glob("*.md")), *sorted(DOCS.glob("how-to/*.md"))]
SPECS = [(page.name, spec) for page in PAGES for spec in SPEC.findall(page.read_text("utf-8"))]


@pytest.mark.parametrize(("page", "spec"), SPECS)
def test_a_spec_of_the_documentation_is_sound(page: str, spec: str, tmp_path: Path) -> None:
    """It has no finding, and there is output."""
    (tmp_path / "slokit.yaml").write_text("bundle: shown\nspecs: [spec.yaml]\n", encoding="utf-8")
    (tmp_path / "spec.yaml").write_text(spec, encoding="utf-8")
    loaded = api.load(project=str(tmp_path / "slokit.yaml"))

    assert loaded.findings == (), page
    assert api.compile(loaded.bundle)


BUNDLE = re.compile(r"^```yaml\n(bundle: .*?)^```$", re.MULTILINE | re.DOTALL)
BUNDLES = BUNDLE.findall((DOCS / "how-to" / "slokit-yaml.md").read_text("utf-8"))


@pytest.mark.parametrize("text", BUNDLES)
def test_a_bundle_file_of_its_page_is_sound(text: str, tmp_path: Path) -> None:
    """It has no finding, whatever stands beside it."""
    (tmp_path / "slokit.yaml").write_text(text, encoding="utf-8")
    for directory in ("slo-specs", "teams/web/slos"):
        (tmp_path / directory).mkdir(parents=True)
    spec = "apiVersion: slokit/v1\nservice: web\nslos:\n  - name: a\n    objective: 99%\n"
    spec += "    sli: {events: {bad: b_total, total: t_total}}\n"
    (tmp_path / "slo-specs" / "web.yaml").write_text(spec, encoding="utf-8")

    assert api.load(project=str(tmp_path / "slokit.yaml")).findings == ()
