"""No spec keeps slokit busy: depth, size, aliases and patterns end in a finding or at once."""

import json
from pathlib import Path

import pytest

from slokit.project import workspace
from tests.security.projects import put, spec
from tests.support.command import slokit
from tests.support.command_here import slokit as slokit_here


def events(bad: str) -> str:
    """A spec with this side."""
    return spec("shop").replace("errors_total", json.dumps(bad))


def aliases(first: str, later: str) -> str:
    """Each line holds the one before it nine times."""
    lines = [f"a0: &a0 {first}"]
    for number in range(1, 12):
        held = ", ".join([f"*a{number - 1}"] * 9)
        lines.append(f"a{number}: &a{number} {later.format(held)}")
    return spec("shop") + "\n".join(lines) + "\n"


def composites(innermost: str, others: str, levels: int) -> str:
    """Two composites on each level, the outermost first, each of both of the level below."""
    lines = [
        f"  - {{name: {name}-{n}, objective: 99%, sli: {{composite: {{of:"
        f" [{f'a-{n - 1}' if n else innermost}, {others.format(n - 1) if n else 'x'}],"
        " method: worst}}}\n"
        for n in range(levels, -1, -1)
        for name in "ab"
    ]
    plain = "  - {name: x, objective: 99%, sli: {events: {bad: b, total: t}}}\n"
    head = f"apiVersion: slokit/v1\nservice: s\nslos:\n{plain}{plain.replace('x', 'y')}"
    return head + "".join(lines)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (composites("y", "b-{}", 40), "SLK227"),
        (composites("y", "x", 1_000), "SLK227"),
        (composites("a-1000", "x", 1_000), "SLK227"),
        (aliases("[x]", "[{}]"), "SLK006"),
        (aliases("{a: 1}", "{{<<: [{}]}}"), "SLK006"),
        ("apiVersion: slokit/v1\nservice: shop\nslos: &a [*a]\n", "SLK006"),
        (f"apiVersion: slokit/v1\nservice: shop\nslos: {'[' * 100_000}\n", "SLK006"),
        (f"apiVersion: slokit/v1\nservice: shop\nslos: {'{a: ' * 100_000}\n", "SLK006"),
        (f"{spec('shop')}# {'x' * 5_000_001}\n", "SLK005"),
        (events(f"{'(' * 100_000}up{')' * 100_000}"), "SLK301"),
        (events("-" * 100_000 + "up"), "SLK301"),
        (events('e{x=~"((a{1000}){1000}){1000}"}'), "SLK301"),
        (events('e{x=~"' + "(" * 50_000 + '"}'), "SLK301"),
        (events('{__name__="' + "a" * 60 + '",__name__=~"(a+)+b"}'), ""),
        (events('e{x="' + "a" * 60 + '",x=~"(a+)+b"}'), ""),
        (events('e{x=~"a{60}",x!~"(a|a)*b"}'), ""),
        (events('e{x=~"(a{900}){900}"}'), None),
        (events('e{x=~"' + "(a|b|c)" * 2_000 + '"}'), None),
        (f"{spec('shop')}# slokit: ignore[{'a,' * 20_000}] x\n", None),
        (spec("shop").replace("99%", f"{'9' * 50_000}%"), "SLK211"),
        (spec("shop").replace("99%", "1e999999999%"), "SLK211"),
    ],
)
def test_a_bomb_is_a_finding(tmp_path: Path, text: str, code: str | None) -> None:
    """Or nothing worse than slow nonsense (None: either way): a process is given two minutes."""
    put(tmp_path, {"slokit.yaml": "bundle: test\n", "slo-specs/a.yaml": text})

    checked = slokit(tmp_path, "validate", "--format", "line")
    # what ends in a process of its own ends in this one
    compiled = slokit_here(tmp_path, "compile", "--target", "prometheus", "--target", "tests")

    assert checked.code == compiled.code or code is None
    assert code is None or (code in checked.out and (checked.code == 1) is bool(code)), checked


def test_the_specs_are_bounded_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many files of a legal size are not read without end."""
    monkeypatch.setattr(workspace, "MAX_TOTAL", 1000)
    put(tmp_path, {"slokit.yaml": "bundle: test\n"})
    put(tmp_path, {f"slo-specs/{n}.yaml": spec(f"s{n}") for n in range(20)})

    ran = slokit_here(tmp_path, "validate", "--format", "line")

    assert ran.code == 1
    assert ran.out.count("SLK005") == 1
    assert "the specs are larger than 1,000 bytes together" in ran.out


def test_templates_do_not_multiply_without_end(tmp_path: Path) -> None:
    """A small file that uses a large template often ends in a finding at one use."""
    labels = ", ".join(f"l{number}: v" for number in range(20_000))
    template = spec("${n}").replace(
        "service:", f"parameters: {{n: }}\nlabels: {{{labels}}}\nservice:"
    )
    use = "---\napiVersion: slokit/v1\nuse: ./t.yaml\nwith: {{n: s{}}}\n"
    put(tmp_path, {"slokit.yaml": "bundle: test\n", "slo-specs/t.yaml": template})
    put(tmp_path, {"slo-specs/u.yaml": "".join(map(use.format, range(3_000)))})

    ran = slokit(tmp_path, "validate", "--format", "line", "slo-specs/u.yaml")

    assert "SLK005" in ran.out
