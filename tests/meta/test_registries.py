"""Extension folders: what stands in one is registered, and what is registered has its pages."""

import re
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import pytest
import yaml

from slokit.dashboards import DASHBOARDS
from slokit.diagnostics.formats import FORMATS as FINDING_FORMATS
from slokit.dialects import DIALECTS
from slokit.diff.formats import FORMATS as DIFF_FORMATS
from slokit.explain.formats import FORMATS as EXPLANATION_FORMATS
from slokit.lint import CHECKS as LINT_CHECKS
from slokit.livecheck.checks import CHECKS as LIVE_CHECKS
from slokit.reporting.formats import FORMATS as REPORT_FORMATS
from slokit.sli import SLI_TYPES
from slokit.targets import TARGETS

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
CATALOG = sorted(path.stem for path in (ROOT / "slo-specs").glob("*.yaml"))

# The folder, its registry, and the name under which each of its modules has its entry.
FOLDERS: tuple[tuple[str, Sequence[object], str], ...] = (
    ("sli", SLI_TYPES, "TYPE"),
    ("dialects", DIALECTS, "DIALECT"),
    ("targets", TARGETS, "TARGET"),
    ("lint", LINT_CHECKS, "CHECK"),
    ("livecheck/checks", LIVE_CHECKS, "CHECK"),
    ("reporting/formats", REPORT_FORMATS, "FORMAT"),
    ("diagnostics/formats", FINDING_FORMATS, "FORMAT"),
    ("explain/formats", EXPLANATION_FORMATS, "FORMAT"),
    ("diff/formats", DIFF_FORMATS, "FORMAT"),
)


def entries(folder: str, name: str) -> dict[str, object]:
    """What the modules below a folder have under a name, by the modules."""
    found = {}
    for path in sorted((ROOT / "slokit" / folder).rglob("*.py")):
        if re.search(rf"^{name} = ", path.read_text(encoding="utf-8"), re.MULTILINE):
            parts = path.relative_to(ROOT).with_suffix("").parts
            module = ".".join(parts).removesuffix(".__init__")
            found[module] = getattr(import_module(module), name)
    return found


@pytest.mark.parametrize(("folder", "registry", "name"), FOLDERS, ids=[f[0] for f in FOLDERS])
def test_what_stands_in_a_folder_is_registered(
    folder: str, registry: Sequence[object], name: str
) -> None:
    """Each module that has an entry is in the registry, and each entry has a module here."""
    found = entries(folder, name)

    assert found
    assert [module for module, entry in found.items() if entry not in registry] == []
    assert len(registry) == len(found)


def test_each_dashboard_has_a_module_of_its_own() -> None:
    """Its function is in the registry of slokit/dashboards."""
    assert len({build.__module__ for build in DASHBOARDS}) == len(DASHBOARDS)


def test_what_a_user_chooses_by_name_has_one() -> None:
    """No two entries of a registry have the same name, and names are as in a command line."""
    named: tuple[Sequence[object], ...] = (
        *(registry for folder, registry, _ in FOLDERS if folder != "lint"),
    )
    for registry in named:
        words = [str(getattr(entry, "name", "")) for entry in registry]
        assert len(set(words)) == len(words)
        assert all(re.fullmatch(r"[a-z][-a-z0-9_/]*", word) for word in words), words


def test_every_entry_is_in_the_reference() -> None:
    """SLI types, targets and formats are named on the pages that a user reads."""
    pages = {path.stem: path.read_text(encoding="utf-8") for path in DOCS.rglob("*.md")}

    assert [sli.name for sli in SLI_TYPES if f"## `sli: {sli.name}`" not in pages["spec"]] == []
    assert [sli.name for sli in SLI_TYPES if f"| `{sli.name}` |" not in pages["ledger"]] == []
    names = [target.name for target in TARGETS]
    names += [form.name for form in FINDING_FORMATS]
    names += [form.name for form in REPORT_FORMATS]
    assert [name for name in names if f"`{name}`" not in pages["project-file"]] == []
    assert [check.name for check in LIVE_CHECKS if f"| {check.name} |" not in pages["checks"]] == []


@pytest.mark.parametrize("name", CATALOG)
def test_every_spec_of_the_catalog_is_listed_and_compiled(name: str) -> None:
    """It has a row on the catalog's page, and its rules and tests are committed."""
    spec = yaml.safe_load((ROOT / "slo-specs" / f"{name}.yaml").read_text(encoding="utf-8"))
    listed = (ROOT / "slo-specs" / "README.md").read_text(encoding="utf-8")

    assert f"| [{name}]({name}.yaml) |" in listed
    assert (ROOT / "alert-rules" / f"{spec['service']}.rules.yaml").is_file()
    assert (ROOT / "alert-rules" / "tests" / f"{spec['service']}.test.yaml").is_file()
