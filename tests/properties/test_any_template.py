"""Whatever of a spec becomes a parameter, the service stays; whatever a template holds, it ends."""

import random
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from slokit import api
from slokit.diagnostics.formats import FORMATS
from slokit.source.tree import read_documents

SPECS = Path(__file__).parents[1] / "fixtures" / "specs"
PROJECT = (SPECS / "slokit.yaml").read_text(encoding="utf-8")
TEXTS = {
    path.name: path.read_text(encoding="utf-8")
    for path in sorted(SPECS.glob("*.yaml"))
    if path.name != "slokit.yaml"
}
DATA: dict[str, Any] = {name: read_documents(name, text)[0][0].data for name, text in TEXTS.items()}
PIECES = ("${", "}", "$", "${p0}", "$${", "${p1}", "${nothing}", "${ p0 }", "x", '"', "${1}", " ")


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project without specs, for all examples."""
    root = tmp_path_factory.mktemp("any-template")
    (root / "slokit.yaml").write_text(PROJECT, encoding="utf-8")
    (root / "slo-specs").mkdir()
    return root


def escaped(text: str) -> str:
    """A text as it must stand where `${` would be a parameter."""
    return text.replace("${", "$${")


def parametrised(data: Any, chance: random.Random, share: float, values: dict[str, str]) -> Any:
    """The data with some of its texts, or pieces of them, as parameters; their values are noted."""
    if isinstance(data, dict):
        return {k: parametrised(v, chance, share, values) for k, v in data.items()}
    if isinstance(data, list):
        return [parametrised(item, chance, share, values) for item in data]
    if not isinstance(data, str) or chance.random() > share:
        return data
    start, end = sorted(chance.choices(range(len(data) + 1), k=2))
    if chance.random() < 0.5:
        start, end = 0, len(data)
    if data[end : end + 1] == "{" or data[max(start - 1, 0) : start] == "$":
        start, end = 0, len(data)  # a dollar that meets a brace would be another text
    name = f"p{len(values)}"
    values[name] = data[start:end]
    return f"{data[:start]}${{{name}}}{data[end:]}"


def load(root: Path, template: Any, use: Any) -> api.Loaded:
    """The project with this template and this use of it."""
    for path, data in (("template.yaml", template), ("slo-specs/use.yaml", use)):
        text = yaml.safe_dump(data, sort_keys=False, allow_unicode=True)
        (root / path).write_text(text, encoding="utf-8")
    return api.load(directory=root)


def use_of(values: dict[str, str], **more: Any) -> dict[str, Any]:
    return {"apiVersion": "slokit/v1", "use": "../template.yaml", "with": values, **more}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(seed=st.integers(0, 10**6), name=st.sampled_from(sorted(DATA)))
def test_what_becomes_a_parameter_changes_nothing(directory: Path, seed: int, name: str) -> None:
    """Any texts of any reference spec, whole or in part: the SLOs are equal."""
    chance = random.Random(seed)
    values: dict[str, str] = {}
    data = parametrised(DATA[name], chance, chance.choice((0.05, 0.3, 1.0)), values)
    data["apiVersion"] = "slokit/v1"
    (directory / "template.yaml").unlink(missing_ok=True)
    (directory / "slo-specs/use.yaml").write_text(TEXTS[name], encoding="utf-8")
    written = api.load(directory=directory)

    used = [v for k, v in values.items() if f"${{{k}}}" in str(data)]
    template = {**data, "parameters": dict.fromkeys(values, None)}
    made = load(directory, template, use_of({k: escaped(v) for k, v in values.items()}))

    unused = "stands nowhere"
    assert [f.message for f in made.errors] == []
    assert made.bundle.services == written.bundle.services
    assert [f.message for f in made.findings if unused not in f.message] == [
        f.message for f in written.findings
    ]
    assert len(used) >= len(values) - 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(seed=st.integers(0, 10**6), name=st.sampled_from(sorted(DATA)))
def test_any_template_and_use_end_in_findings(directory: Path, seed: int, name: str) -> None:
    """Pieces of parameters anywhere, and any values: findings that can be drawn, or SLOs."""
    chance = random.Random(seed)

    def text() -> str:
        return "".join(chance.choices(PIECES, k=chance.randint(0, 4)))

    def mangled(data: Any) -> Any:
        if isinstance(data, dict):
            return {(text() if chance.random() < 0.01 else k): mangled(v) for k, v in data.items()}
        if isinstance(data, list):
            return [mangled(item) for item in data]
        return text() if chance.random() < 0.05 else data

    slos: list[str] = [slo["name"] for slo in DATA[name]["slos"]]

    def pick() -> str:
        return chance.choice((*slos, "none", text()))

    override: dict[str, Any] = {
        pick(): chance.choice(({"objective": text()}, {"sli": {}}, {}, {"name": "x"}))
    }
    use = use_of({"p0": text(), "p1": chance.choice(("x", "99%", "30d"))})
    use |= {"override": override} if chance.random() < 0.5 else {}
    use |= {"disable": [pick()]} if chance.random() < 0.5 else {}
    template = {**mangled(DATA[name]), "parameters": {"p0": None, "p1": {"default": text()}}}

    loaded = load(directory, template, use)

    assert loaded.findings or loaded.bundle.slos
    for form in FORMATS:
        api.render(loaded, form.name)
    for finding in loaded.findings:
        assert finding.place is not None or finding.location is None
        for other in finding.related:
            assert other.place is not None
