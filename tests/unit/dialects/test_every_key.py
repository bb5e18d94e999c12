"""Every key of a spec with a value of another shape: a finding at its line, and never a traceback.

The spec has all keys of the JSON Schema but some of `defaults` and `objectives`, which are read by
the same code.
"""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from slokit import api
from slokit.diagnostics.finding import Severity
from tests.unit.diff.test_every_key import SPEC, TEMPLATE

WRONG = {"wrong": [["shape"]]}
DOCUMENTS = {
    "spec": list(yaml.safe_load_all(SPEC)),
    "template": list(yaml.safe_load_all(TEMPLATE)),
}
Path_ = tuple[str | int, ...]


def places(data: Any, path: Path_ = ()) -> Iterator[Path_]:
    """The path of every value that stands at a key."""
    entries = enumerate(data) if isinstance(data, list) else ()
    for key, value in data.items() if isinstance(data, dict) else entries:
        if isinstance(data, dict):
            yield (*path, key)
        yield from places(value, (*path, key))


# without its `apiVersion` a document is none of slokit's
CASES = [
    (name, path)
    for name, documents in DOCUMENTS.items()
    for path in places(documents)
    if path[-1] != "apiVersion"
]


@pytest.mark.parametrize(
    ("name", "path"), CASES, ids=[f"{name}-{'.'.join(map(str, path))}" for name, path in CASES]
)
def test_another_shape_is_a_finding_where_it_stands(tmp_path: Path, name: str, path: Path_) -> None:
    """On the line of the value or of its key, with a column and what to do."""
    documents: Any = copy.deepcopy(DOCUMENTS[name])
    holder = documents
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = WRONG
    text = yaml.safe_dump_all(documents, sort_keys=False)
    (tmp_path / "slo-specs").mkdir()
    (tmp_path / "slo-specs" / "spec.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "slokit.yaml").write_text("bundle: test\n", encoding="utf-8")

    loaded = api.load(directory=tmp_path)

    lines = text.splitlines()
    wrong = next(number for number, line in enumerate(lines, 1) if "wrong:" in line)
    found = [
        finding
        for finding in loaded.findings
        if finding.level is Severity.ERROR
        and finding.place is not None
        and wrong - 1 <= finding.place.line <= wrong + 1
    ]
    assert found, [(f.message, f.place and f.place.line, wrong) for f in loaded.findings]
    assert all(finding.hint and finding.place and finding.place.column for finding in found)
