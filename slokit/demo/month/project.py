"""The slokit project of the month: the specs and rules that a user would have."""

import shutil
from importlib import resources
from pathlib import Path

from slokit import api
from slokit.api import Artifact, BrokenEnvironmentError, Loaded
from slokit.model.bundle import FILE_NAME
from slokit.project import output

# The month is scraped once a minute; the ledger is written as often.
_SETTINGS = """\
# Written by `slokit demo`.
bundle: demo
specs: [slo-specs]
interval: 60s
scrape_interval: 60s
"""
_CATALOG = ("etcd", "postgresql")
_OWN = ("shop-api",)


def write_project(directory: Path, days: int = 30) -> tuple[Loaded, list[Artifact]]:
    """Write slokit.yaml, the specs and the default output into a new directory, and load them.

    The specs' windows are as long as the month: ``days``.
    """
    specs = directory / "slo-specs"
    specs.mkdir(parents=True)
    settings = directory / FILE_NAME
    settings.write_text(_SETTINGS)
    for name in _CATALOG:
        (specs / f"{name}.yaml").write_text(_spec(api.catalog_entry(name).text, days))
    for name in _OWN:
        text = resources.files("slokit.demo").joinpath("specs", f"{name}.yaml").read_text()
        (specs / f"{name}.yaml").write_text(_spec(text, days))
    loaded = api.load(project=str(settings))
    artifacts = api.compile(loaded.bundle)
    # not api.write: in a month of days some alerts are longer than the windows, which is an error
    output.create_files({artifact.path: artifact.text for artifact in artifacts}, directory)
    return loaded, artifacts


def refuse_foreign(out: Path) -> None:
    """Make sure that a directory is new or an earlier demo's.

    Raises:
        BrokenEnvironmentError: it holds another project.
    """
    settings = out / FILE_NAME
    if settings.exists() and settings.read_text() != _SETTINGS:
        raise BrokenEnvironmentError(
            f"{settings} is not the demo's: name another directory with --out"
        )


def deliver(directory: Path, out: Path) -> None:
    """Put a finished project where the user wants it."""
    refuse_foreign(out)
    shutil.copytree(directory, out, dirs_exist_ok=True)


def _spec(text: str, days: int) -> str:
    return text.replace("window: 30d", f"window: {days}d")
