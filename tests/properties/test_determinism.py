"""The same specs give the same bytes, however they are spread over files and keys."""

import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml

from slokit import api
from slokit.source.tree import read_documents
from slokit.targets import TARGETS
from tests.support.command import slokit

SPECS = Path(__file__).parents[1] / "fixtures" / "specs"
TEXTS = {path.name: path.read_text(encoding="utf-8") for path in sorted(SPECS.glob("*.yaml"))}
TEXTS["slokit.yaml"] += "alertmanager: {receivers: {a: {webhook: {url: 'http://a'}}}, default: a}\n"


def shuffled(data: Any, chance: random.Random) -> Any:
    """The same data with the keys of all its mappings in another order."""
    if isinstance(data, list):
        return [shuffled(item, chance) for item in data]
    if not isinstance(data, dict):
        return data
    keys = list(data)
    chance.shuffle(keys)
    return {key: shuffled(data[key], chance) for key in keys}


def rewritten(name: str, chance: random.Random) -> str:
    """A reference spec with shuffled keys, written by another YAML writer."""
    documents = read_documents(name, TEXTS[name])[0]
    pages = [shuffled(document.data, chance) for document in documents]
    return yaml.safe_dump_all(pages, sort_keys=False, allow_unicode=True, default_style='"')


def compiled(directory: Path, names: Iterable[str]) -> dict[str, str]:
    """All artifacts of the files of a directory, named one by one in this order."""
    paths = [str(directory / name) for name in names]
    loaded = api.load(paths, str(directory / "slokit.yaml"))
    assert not loaded.errors
    every = [target.name for target in TARGETS]
    return {a.path: a.text for a in api.compile(loaded.bundle, every)}


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The artifacts of the reference bundle as it is written."""
    directory = tmp_path_factory.mktemp("reference")
    for name, text in TEXTS.items():
        (directory / name).write_text(text)
    return compiled(directory, [name for name in TEXTS if name != "slokit.yaml"])


@pytest.mark.parametrize("seed", range(6))
def test_the_order_of_files_and_keys_changes_no_byte(
    tmp_path: Path, expected: dict[str, str], seed: int
) -> None:
    """Shuffled arguments and mappings, written by another program, give the same artifacts."""
    chance = random.Random(seed)
    names = [name for name in TEXTS if name != "slokit.yaml"]
    chance.shuffle(names)
    for name in TEXTS:
        (tmp_path / name).write_text(rewritten(name, chance))

    assert compiled(tmp_path, names) == expected


def test_hash_seeds_and_working_directories_change_no_byte(tmp_path: Path) -> None:
    """Processes of other hash seeds, languages and directories find nothing to change."""
    for name, text in TEXTS.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "elsewhere").mkdir()
    project = f"--project={tmp_path / 'slokit.yaml'}"

    assert slokit(tmp_path, "compile", PYTHONHASHSEED="1").code == 0
    times = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.yaml")}
    for seed, directory in (("2", "."), ("3", "elsewhere")):
        place = tmp_path / directory
        again = slokit(place, "compile", project, PYTHONHASHSEED=seed, LC_ALL="C", TZ="Asia/Tokyo")
        assert "0 files written" in again.out
        assert slokit(place, "compile", "--check", project, PYTHONHASHSEED=seed).code == 0

    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.yaml")} == times
