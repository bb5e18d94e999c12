"""One spec for many clusters: a template, its uses, and what becomes of both."""

from pathlib import Path

import pytest

from slokit import api
from tests.security.projects import put, tree
from tests.support.command_here import slokit

TEMPLATE = """\
apiVersion: slokit/v1
parameters:
  name: {description: The cluster}
  job:
  lag: {default: 200ms}
  objective: {default: 99.9%}
  description: {default: "A cluster, $${literally}"}
service: ${name}-db
description: ${description}
owner: team-${name}
defaults: {selector: {job: "${job}"}, group_by: [cluster]}
slos:
  - name: availability
    objective: ${objective}
    sli:
      events:
        bad: 'db_errors_total{reason!~"client.+$"}'
        total: sum by ($group_by) (rate(db_queries_total{$selector}[$window]))
  - name: lag
    objective: 99%
    sli: {threshold: {metric: "pg_lag_seconds{role=\\"${name}\\"}", at_most: "${lag}"}}
  - name: read
    sli: {latency: {histogram: db_seconds}}
    objectives:
      - {name: fast, at_most: 100ms, objective: 95%}
      - {name: slow, at_most: 1s, objective: "${objective}"}
"""
WRITTEN_OUT = """\
apiVersion: slokit/v1
service: eu-db
description: A cluster, ${literally}
owner: team-eu
defaults: {selector: {job: pg-eu}, group_by: [cluster]}
slos:
  - name: availability
    objective: 99.95%
    description: Queries answered
    sli:
      events:
        bad: 'db_errors_total{reason!~"client.+$"}'
        total: sum by ($group_by) (rate(db_queries_total{$selector}[$window]))
  - name: lag
    objective: 99%
    sli: {threshold: {metric: 'pg_lag_seconds{role="eu"}', at_most: 5s}}
  - name: read
    sli: {latency: {histogram: db_seconds}}
    objectives:
      - {name: slow, at_most: 2s, objective: 99.95%}
"""
USE = """\
apiVersion: slokit/v1
use: ../templates/pg.yaml
with: {name: eu, job: pg-eu, objective: 99.95%}
override:
  availability: {description: Queries answered}
  lag: {sli: {threshold: {at_most: 5s}}}
  read-slow: {at_most: 2s}
disable: [read-fast]
"""


def project(root: Path, spec: str, **more: str) -> Path:
    files = {"slokit.yaml": "bundle: test\n", "slo-specs/eu.yaml": spec}
    put(root, {**files, "templates/pg.yaml": TEMPLATE, **more})
    return root


def test_what_a_template_expands_to_is_what_is_written_out(tmp_path: Path) -> None:
    """All output files of all targets are the same, byte for byte; so is what is explained."""
    targets = [
        word
        for name in api.names_of("target")
        if name != "alertmanager"
        for word in ("--target", name)
    ]
    made = []
    for name, spec in (("used", USE), ("written", WRITTEN_OUT)):
        directory = project(tmp_path / name, spec)
        ran = slokit(directory, "compile", *targets, "--out", "out")
        assert ran.code == 0, ran
        made.append(tree(directory / "out"))

    assert made[0] == made[1]
    assert len(made[0]) > 8


def test_a_template_in_the_place_of_what_was_written_out_is_no_change(tmp_path: Path) -> None:
    """To move to a template is safe: `diff` says that nothing changes in meaning."""
    project(tmp_path / "old", WRITTEN_OUT)
    project(tmp_path / "new", USE)

    difference = api.diff(*(api.load_version(str(tmp_path / name)) for name in ("old", "new")))

    assert api.render_diff(difference) == "nothing changes in meaning\n"


def test_a_change_of_the_template_changes_all_its_uses(tmp_path: Path) -> None:
    """`diff` names the SLOs of each service that is made of it."""
    other = USE.replace("eu", "us").replace("override:", "override: {}\n_:").partition("_:")[0]
    uses = {"slo-specs/us.yaml": f"{other}disable: [lag]\n"}
    project(tmp_path / "old", USE, **uses)
    project(tmp_path / "new", USE, **uses)
    changed = TEMPLATE.replace("reason!~", "cause!~")
    (tmp_path / "new/templates/pg.yaml").write_text(changed)

    ran = slokit(tmp_path, "diff", "old", "new")

    assert "eu-db/availability" in ran.out
    assert "us-db/availability" in ran.out
    assert "eu-db/lag" not in ran.out


def test_an_explanation_names_the_template_and_its_use(tmp_path: Path) -> None:
    """Of an SLO and of the service."""
    project(tmp_path, USE)

    slo = slokit(tmp_path, "explain", "eu-db/lag").out

    assert "templates/pg.yaml:19, used in slo-specs/eu.yaml:2" in slo
    assert "used in slo-specs/eu.yaml:2" in slokit(tmp_path, "explain", "eu-db").out


def test_a_fault_of_the_template_is_shown_once_and_names_a_use(tmp_path: Path) -> None:
    """However many services are made of it."""
    use = "apiVersion: slokit/v1\nuse: ../templates/pg.yaml\nwith: {name: eu, job: x}\n"
    project(tmp_path, use, **{"slo-specs/us.yaml": use.replace("eu", "us")})
    path = tmp_path / "templates/pg.yaml"
    path.write_text(TEMPLATE.replace("histogram:", "histgram:"))

    ran = slokit(tmp_path, "validate")

    assert ran.code == 1
    assert ran.out.count("unknown key 'histgram'") == 1
    assert "--> templates/pg.yaml:" in ran.out
    assert "used here" in ran.out


def test_a_fault_of_a_value_is_shown_with_the_value(tmp_path: Path) -> None:
    """In the template where it is used, with the places of the value and of the use."""
    project(tmp_path, USE.replace("99.95%", "'99,95'"))

    [finding] = api.load(directory=tmp_path).findings[:1]

    assert finding.place is not None
    assert finding.place.file.endswith("templates/pg.yaml")
    assert [each.text for each in finding.related] == ["objective is '99,95'", "used here"]
    assert all(each.place and each.place.file.endswith("eu.yaml") for each in finding.related)


def test_a_comment_in_the_template_ignores_in_all_its_uses(tmp_path: Path) -> None:
    """And is used then."""
    template = TEMPLATE.replace('reason!~"client.+$"', 'reason!="client|x"').replace(
        "      events:\n", "      events:\n        # slokit: ignore[SLK219] meant so\n"
    )
    project(tmp_path, USE)
    assert slokit(tmp_path, "validate").out.endswith("no findings\n")
    (tmp_path / "templates/pg.yaml").write_text(template)

    assert slokit(tmp_path, "validate").out.endswith("no findings\n")


@pytest.mark.parametrize("named", ["templates/pg.yaml", "slo-specs/eu.yaml", "eu-db"])
def test_template_use_and_service_select_the_service(tmp_path: Path, named: str) -> None:
    """Whichever of them is named on the command line."""
    other = USE.replace("../templates/pg.yaml", "other.yaml").replace("name: eu", "name: us")
    files = {"slo-specs/us.yaml": other, "slo-specs/other.yaml": TEMPLATE}
    project(tmp_path, USE, **files)

    loaded = api.load([named if named == "eu-db" else str(tmp_path / named)], directory=tmp_path)

    assert loaded.selected == {"eu-db"}
    assert loaded.findings == ()


def test_a_template_and_its_uses_may_share_a_file(tmp_path: Path) -> None:
    """Fifty clusters are fifty documents of three lines."""
    uses = [
        f"---\napiVersion: slokit/v1\nuse: ./eu.yaml\nwith: {{name: c{n}, job: c{n}}}\n"
        for n in range(50)
    ]
    project(tmp_path, TEMPLATE + "".join(uses))

    loaded = api.load(directory=tmp_path)

    assert loaded.findings == ()
    assert len(loaded.bundle.slos) == 200


# What is done to the template and to its use; the code, where it points, and what stands there.
HOSTILE = {
    "unknown parameter": (('"${lag}"', '"${lagg}"'), ("", ""), "SLK106", "pg.yaml", "${lagg}"),
    "no end": (('"${lag}"', '"${lag"'), ("", ""), "SLK106", "pg.yaml", "${"),
    "in a key": (
        ("objective: 99%\n", "objective: 99%\n    ${job}: 1\n"),
        ("", ""),
        "SLK106",
        "pg.yaml",
        "${job}",
    ),
    "name of a parameter": (("  job:\n", "  job:\n  a b:\n"), ("", ""), "SLK205", "pg.yaml", "a b"),
    "list as default": (
        ("{default: 200ms}", "{default: [1]}"),
        ("", ""),
        "SLK104",
        "pg.yaml",
        "[1]",
    ),
    "a parameter as default": (
        ("{default: 200ms}", '{default: "${job}"}'),
        ("", ""),
        "SLK106",
        "pg.yaml",
        "${job}",
    ),
    "no value": (("", ""), ("job: pg-eu, ", ""), "SLK107", "eu.yaml", "use"),
    "no such parameter": (("", ""), ("job: pg-eu", "job: x, jobb: y"), "SLK107", "eu.yaml", "jobb"),
    "list as value": (("", ""), ("job: pg-eu", "job: [x]"), "SLK104", "eu.yaml", "[x]"),
    "a parameter as value": (
        ("", ""),
        ("job: pg-eu", 'job: "${name}"'),
        "SLK106",
        "eu.yaml",
        "${name}",
    ),
    "override of nothing": (("", ""), ("  lag: {sli", "  lga: {sli"), "SLK109", "eu.yaml", "lga"),
    "disable of nothing": (("", ""), ("[read-fast]", "[fast]"), "SLK109", "eu.yaml", "fast"),
    "override of what is disabled": (
        ("", ""),
        ("[read-fast]", "[lag]"),
        "SLK109",
        "eu.yaml",
        "lag",
    ),
    "itself": (("", ""), ("../templates/pg.yaml", "./eu.yaml"), "SLK108", "eu.yaml", "./eu.yaml"),
    "no file": (("", ""), ("pg.yaml", "gone.yaml"), "SLK108", "eu.yaml", "../templates/gone.yaml"),
    "out of the project": (
        ("", ""),
        ("../templates/", "../../"),
        "SLK009",
        "eu.yaml",
        "../../pg.yaml",
    ),
    "a template that uses another": (
        ("service: ", "use: ./pg.yaml\nservice: "),
        ("", ""),
        "SLK108",
        "pg.yaml",
        "use",
    ),
    "the same name twice": (
        ("", ""),
        ("disable: [read-fast]\n", f"---\n{USE}"),
        "SLK204",
        "pg.yaml",
        "${name}-db",
    ),
    "YAML in a value": (
        ("", ""),
        ("name: eu", 'name: "x\\ny: z"'),
        "SLK205",
        "pg.yaml",
        "${name}-db",
    ),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_fault_points_at_its_place(tmp_path: Path, case: str) -> None:
    """File, line and column, in the template or its use; what is made of a template names a use."""
    (old, new), (before, after), code, file, text = HOSTILE[case]
    assert old in TEMPLATE
    assert before in USE
    template, use = TEMPLATE.replace(old, new, bool(old)), USE.replace(before, after, bool(before))
    project(tmp_path, use, **{"templates/pg.yaml": template})

    loaded = api.load(directory=tmp_path)

    found = [finding for finding in loaded.findings if finding.code.number == code]
    assert found, [(f.code.number, f.message) for f in loaded.findings]
    place = found[0].place
    assert place is not None
    assert place.file.endswith(file)
    line = loaded.texts[place.file].splitlines()[place.line - 1]
    assert line[place.column - 1 :].strip("\"'").startswith(text.strip("\"'")), line
    assert found[0].hint
    if file == "pg.yaml" and code in ("SLK204", "SLK205") and "name of" not in case:
        assert "used here" in [each.text for each in found[0].related]
