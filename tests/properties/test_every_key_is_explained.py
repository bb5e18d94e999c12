"""Every key of a spec, changed alone: `slokit explain` says something else."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from slokit import api
from tests.support.compile.loaded import loaded
from tests.unit.diff.test_every_key import EDITS, SPEC, TEMPLATE


def explained(directory: Path, text: str) -> Iterator[tuple[str, str]]:
    """What is said of each SLO and service of a spec, but for where it is written."""
    found = loaded(directory, text)
    names = [*(s.name for s in found.bundle.services), *(slo.id for slo in found.bundle.slos)]
    place = re.compile(r"\S*spec\.yaml(:\d+)?")
    for name in names:
        page = api.render_explanation(api.explain(found, name), "text", 200)
        yield name, place.sub("", page)


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """The pages of the unchanged texts."""
    root = tmp_path_factory.mktemp("before")
    return {text: dict(explained(root / str(len(text)), text)) for text in (SPEC, TEMPLATE)}


@pytest.mark.parametrize("key", EDITS)
def test_a_changed_key_is_explained(
    before: dict[str, dict[str, str]], tmp_path: Path, key: str
) -> None:
    """By its name or by what it does: a formula, a sentence, a label, a file."""
    old, new, _ = EDITS[key]
    text = SPEC if old in SPEC else TEMPLATE

    pages = explained(tmp_path, text.replace(old, new, 1))
    assert any(before[text].get(name) != page for name, page in pages)
