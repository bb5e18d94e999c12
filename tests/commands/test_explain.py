"""`slokit explain` on the command line."""

from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from tests.support.command_here import slokit
from tests.support.compile.loaded import written

SPEC = """
apiVersion: slokit/v1
service: shop
slos:
  - name: availability
    description: "Requests <b>answered</b> `now` | *all* {{ $labels }}"
    objective: 99.9%
    sli: {events: {bad: 'errors_total{path=~"/a```b"}', total: requests_total}}
  - name: latency
    objective: 99%
    sli: {latency: {histogram: answer_seconds, at_most: 250ms}}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    written(tmp_path, SPEC)
    return tmp_path


def test_an_slo_is_explained_as_text(project: Path) -> None:
    """Headline, place, formulas, budget and alerts, on standard output alone."""
    ran = slokit(project, "explain", "shop/availability")

    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("shop/availability: Requests <b>answered</b>")
    assert "slo-specs/spec.yaml:5, bundle test" in ran.out
    assert "\n    sum((requests_total - requests_total offset 5m >= 0 < Inf) / 300\n" in ran.out
    assert "43m 12s of 30d" in ran.out


def test_hostile_text_stays_text_in_markdown(project: Path) -> None:
    """No text of a spec becomes markup, and backticks do not end a block of code."""
    ran = slokit(project, "explain", "shop/availability", "--format", "md")
    html = MarkdownIt("commonmark", {"html": True}).render(ran.out)

    assert ran.code == 0
    assert "<h1>shop/availability: Requests &lt;b&gt;answered&lt;/b&gt; `now` | *all*" in html
    assert "/a```b" in html
    assert html.count("<h2>") == 6
    assert html.count("<pre>") == 11


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("shop/availabilty", "no such SLO 'shop/availabilty': did you mean shop/availability?"),
        ("latency", "no such SLO 'latency': did you mean shop/latency?"),
        ("shp", "no such SLO 'shp': did you mean the service shop?"),
        ("other/thing", "no such SLO 'other/thing': choose shop/availability, shop/latency"),
    ],
)
def test_an_unknown_slo_is_wrong_usage_and_names_the_nearest(
    project: Path, name: str, near: str
) -> None:
    """Exit code 2 and one line with the names that were likely meant."""
    ran = slokit(project, "explain", name)

    assert (ran.code, ran.out, ran.err) == (2, "", f"slokit: {near}\n")


def test_an_unknown_format_is_wrong_usage(project: Path) -> None:
    """It names the formats that there are."""
    ran = slokit(project, "explain", "shop/latency", "--format", "html")

    assert ran.code == 2
    assert ran.err == "slokit: no such format 'html': choose text or md\n"


def test_a_faulty_neighbour_does_not_hide_an_slo(project: Path) -> None:
    """What can be read is explained; the errors are counted, or shown when the SLO is at fault."""
    path = project / "slo-specs" / "spec.yaml"
    path.write_text(SPEC.replace("objective: 99%", "objective: 9.9"))

    fine = slokit(project, "explain", "shop/availability")
    faulty = slokit(project, "explain", "shop/latency")

    assert fine.code == 0
    assert fine.err == "1 error in the specs: run `slokit validate`\n"
    assert faulty.code == 1
    assert "error[SLK211" in faulty.err


def test_an_empty_directory_has_nothing_to_explain(tmp_path: Path) -> None:
    """Exit code 3, and how to begin."""
    ran = slokit(tmp_path, "explain", "shop/latency")

    assert ran.code == 3
    assert (
        ran.err == "slokit: no slokit specs in slo-specs: run `slokit init` to write a first one\n"
    )


def test_a_service_is_explained_by_its_slos(project: Path) -> None:
    """Where it is written, and each SLO with its objective."""
    ran = slokit(project, "explain", "shop")

    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("shop: 2 SLOs\n  slo-specs/spec.yaml:3, bundle test\n\nSLOs\n")
    assert "  - shop/latency, 99% over 30d\n" in ran.out
    assert "    slokit explain shop/availability\n" in ran.out


CAUSE = """cause_alerts:
  - name: ShopReplicaLag
    failure_mode: replica-lag
    expr: "lag{job='a```b'} > 60"
    for: 5m
    summary: "<b>Behind</b>"
"""


def test_a_file_is_explained_by_its_services(project: Path) -> None:
    """A file stands for the services in it, as it does to check and report."""
    ran = slokit(project, "explain", "slo-specs/spec.yaml")

    assert (ran.code, ran.err) == (0, "")
    assert ran.out == slokit(project, "explain", "shop").out


def test_a_service_is_explained_with_its_cause_alerts(tmp_path: Path) -> None:
    """What each is about, what it silences, and its condition as it is evaluated."""
    written(tmp_path, SPEC + CAUSE)
    ran = slokit(tmp_path, "explain", "shop")

    assert "ShopReplicaLag (replica-lag): <b>Behind</b>.\n" in ran.out
    assert "a ticket that silences tickets of the whole service, while this holds for 5m" in ran.out
    assert "\n    max((lag{job='a```b'} > 60))\n" in ran.out


@pytest.mark.parametrize("name", ["SLK211", "slk211", "slo/bad-value"])
def test_a_code_is_explained_by_its_page(tmp_path: Path, name: str) -> None:
    """Without any spec: what it means, before and after, and how to ignore it."""
    ran = slokit(tmp_path, "explain", name)

    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("# SLK211 slo/bad-value\n")
    assert "## To ignore it" in ran.out


def test_an_unknown_code_is_wrong_usage(tmp_path: Path) -> None:
    """One line; the nearest code."""
    ran = slokit(tmp_path, "explain", "SLK2111")

    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "slokit: no such code 'SLK2111': did you mean 'SLK211'?\n"


def test_the_error_budget_policy_is_explained(tmp_path: Path) -> None:
    """At which budget what is done, in the order of slokit.yaml; without one nothing is said."""
    policy = [
        {"below": "0%", "do": "freeze", "note": "Only fixes"},
        {"below": "25%", "do": "careful"},
    ]
    written(tmp_path / "a", SPEC, error_budget_policy=policy)
    written(tmp_path / "b", SPEC)
    ran, plain = (slokit(tmp_path / each, "explain", "shop/availability") for each in "ab")

    assert "Below 0% of the budget: freeze (Only fixes)." in ran.out
    assert "Below 25% of the budget: careful." in ran.out
    assert "Error-budget policy" not in plain.out


COMPOSITE = """
  - name: journey
    objective: 99%
    sli: {composite: {of: [availability, shop/latency], method: all}}
"""


def test_a_composite_is_explained_by_its_members(tmp_path: Path) -> None:
    """What it reads are their ledgers, and that it weighs time is said."""
    written(tmp_path, SPEC.rstrip() + COMPOSITE)

    ran = slokit(tmp_path, "explain", "shop/journey")

    assert (ran.code, ran.err) == (0, "")
    assert "An SLI of type composite" in ran.out
    assert "A composite weighs time, not events" in ran.out
    for member in ("availability", "latency"):
        assert f'service="shop",slo="{member}"' in ran.out
