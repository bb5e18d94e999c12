"""The page of one SLO: where it is, what leads to it, and what it holds for each of its SLOs."""

import difflib
import json
import re
from pathlib import Path
from typing import Any

from slokit.compiler import names
from tests.support.servers import grafana
from tests.unit.dashboards.bundles import bundle_of, dashboards

SPEC = """\
apiVersion: slokit/v1
service: SERVICE
slos:
  - name: availability
    description: Answered without an error
    objective: 99.9%
    group_by: [cluster]
    sli: {events: {bad: errors_total, total: requests_total}}
  - name: lag
    objective: 99%
    group_by: [cluster]
    sli: {threshold: {metric: lag_seconds, at_most: 200ms}}
"""
LINE = ("${__field.labels.service}", "${__field.labels.slo}")
BUNDLE = "prod-eu1"
LONGEST = 27  # characters of a service's name, of a bundle with such a name or a longer one


def _made(directory: Path, service: str = "api") -> dict[str, dict[str, Any]]:
    bundle = bundle_of(directory, SPEC.replace("SERVICE", service), bundle=BUNDLE)
    return {
        Path(path).name.partition(".")[2].removesuffix(".json"): grafana.read(text)
        for path, text in dashboards(bundle).items()
    }


def _links(dashboard: dict[str, Any]) -> set[str]:
    """Where lines and cells lead that are called the SLO's page."""
    text = json.dumps(dashboard)
    return set(re.findall(r'"title": "This SLO\'s page", "url": "([^"]+)"', text))


def _reached(url: str, service: str, slo: str) -> str:
    """The address behind a link of a line or of a row, for what was clicked."""
    for part, value in (
        *zip(LINE, (service, slo), strict=True),
        ("${__data.fields.Service}", service),
        ("${__data.fields.SLO}", slo),
    ):
        url = url.replace(part, value)
    return url


def test_lines_and_rows_open_the_page_of_their_slo(tmp_path: Path) -> None:
    """From each dashboard, with the SLO that was clicked and the groups that were chosen."""
    service = "a" * LONGEST
    made = _made(tmp_path / "project", service)
    page = made[f"one-slo.{service}"]
    variables = {one["name"]: one for one in page["templating"]["list"]}

    for name in (names.EXECUTIVE, names.ON_CALL, f"debug.{service}"):
        links = {_reached(url, service, "lag") for url in _links(made[name])}
        assert links, name
        for url in links:
            path, _, query = url.partition("?")
            assert path == f"/d/{page['uid']}", name
            assert query.startswith("var-slo=lag&${datasource:queryparam}&${cluster:queryparam}&")
            assert {"slo", "datasource", "cluster"} <= set(variables)
    assert variables["service"]["query"] == service
    assert variables["slo"]["multi"] is False
    assert variables["slo"]["includeAll"] is False


def test_a_service_with_a_long_name_is_found_by_it(tmp_path: Path) -> None:
    """Its uid is a digest, which no link can know: lines and rows open the list of such pages."""
    service = "a" * (LONGEST + 1)
    made = _made(tmp_path / "project", service)
    uids = {made[name]["uid"] for name in (f"one-slo.{service}", f"debug.{service}")}
    (link,) = {_reached(url, service, "lag") for url in _links(made[names.ON_CALL])}

    assert link == f"/dashboards?tag=slokit&tag=one-slo&query={service}"
    assert set(made[f"one-slo.{service}"]["tags"]) == {"slokit", "one-slo"}
    assert service in made[f"one-slo.{service}"]["title"]
    assert len(uids) == 2
    assert all(len(uid) <= 40 for uid in uids)


def test_uids_of_pages_are_alone() -> None:
    """Whatever bundles and services are called: dashes of names are no borders between them."""
    pairs = [
        *(("a", "b-c"), ("a-b", "c"), ("a-b-c", "d"), ("long-bundle", "c"), ("long-bundle-c", "d")),
        *(("a", "x" * 30), ("b", "x" * 30), ("a", "x" * 31)),
    ]
    uids = {names.one_slo_uid(bundle, service) for bundle, service in pairs}

    assert len(uids) == len(pairs)
    assert all(re.fullmatch(r"[-\w]{1,40}", uid) for uid in uids)
    assert names.one_slo_uid("prod-eu", "checkout-api") == "slo_prod-eu_checkout-api"


def test_the_page_leads_to_the_debug_dashboard_and_to_explore(tmp_path: Path) -> None:
    """With the choice of groups and the time; hidden texts stand in no address."""
    made = _made(tmp_path / "project")
    page = made["one-slo.api"]
    (words,) = (p for p in grafana.panels(page) if p["type"] == "text")
    content = words["options"]["content"]
    hidden = [one for one in page["templating"]["list"] if one.get("hide") == 2]

    assert f"](/d/{made['debug.api']['uid']}?from=${{__from}}&to=${{__to}}&${{cluster:qu" in content
    assert "](/explore?schemaVersion=1&panes=" in content
    assert {one["name"] for one in hidden} == {"measured", "explored"}
    assert all(one["skipUrlSync"] for one in hidden)
    assert all(f"${{{one['name']}:" in content for one in hidden)


def test_levels_and_events_of_members_keep_their_units(tmp_path: Path) -> None:
    """Each SLO's query has the unit of what it reads, and asks only while its SLO is chosen."""
    (panel,) = (
        p
        for p in grafana.panels(_made(tmp_path / "project")["one-slo.api"])
        if "member" in p["title"]
    )
    units = {
        one["matcher"]["options"]: one["properties"][0]["value"]
        for one in panel["fieldConfig"]["overrides"]
    }
    exprs = {target["refId"]: target["expr"] for target in panel["targets"]}

    assert units == {"A": "cps", "B": "s"}
    assert "errors_total" in exprs["A"]
    assert 'and on () slokit:info{bundle="$bundle",slo=~"availability",' in exprs["A"]
    assert "lag_seconds" in exprs["B"]
    assert all('cluster=~"$cluster"' in expr for expr in exprs.values())


def test_a_small_change_of_a_spec_makes_a_small_diff(tmp_path: Path) -> None:
    """Another objective changes a line or two of its service's dashboards, none of the bundle's."""
    spec = SPEC.replace("SERVICE", "api")
    before = dashboards(bundle_of(tmp_path / "before", spec))
    after = dashboards(bundle_of(tmp_path / "after", spec.replace("99.9%", "99.5%")))
    changed = {
        Path(path).name: [
            line
            for line in difflib.ndiff(text.splitlines(), after[path].splitlines())
            if line.startswith("+ ")
        ]
        for path, text in before.items()
        if after[path] != text
    }

    assert set(changed) == {"test.one-slo.api.json", "test.debug.api.json"}
    assert {name: len(lines) for name, lines in changed.items()} == {
        "test.one-slo.api.json": 1,
        "test.debug.api.json": 2,
    }
