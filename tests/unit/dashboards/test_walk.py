"""The way of a person who is paged: from the alert's link to the runbook, without a dead end."""

import re
from pathlib import Path
from typing import Any

import yaml

from slokit import api
from slokit.compiler import names
from tests.support.servers import grafana
from tests.unit.dashboards.bundles import bundle_of

SPEC = """\
apiVersion: slokit/v1
service: api
runbook: https://runbooks.example.com/api
slos:
  - name: availability
    objective: 99.9%
    group_by: [cluster]
    sli: {events: {bad: errors_total, total: requests_total}}
"""
CHOSEN = {"service": "api", "slo": "availability", "cluster": "eu"}


def _tags_of(dashboard: dict[str, Any]) -> set[str]:
    return {tag for link in dashboard["links"] for tag in link.get("tags", [])} - {"slokit"}


def test_from_the_page_to_the_runbook(tmp_path: Path) -> None:
    """Each step's link names a dashboard that is there, and variables that it has."""
    bundle = bundle_of(tmp_path, SPEC, links={"grafana": "https://grafana.example.com"})
    artifacts = {a.path: a.text for a in api.compile(bundle)}
    made = {
        path.split(".", 1)[1].removesuffix(".json"): grafana.read(text)
        for path, text in artifacts.items()
        if path.startswith("dashboards/")
    }
    on_call, debug = made["on-call"], made["debug.api"]

    # the alert opens the on-call dashboard with what burns, and the hours before
    rules = yaml.safe_load(artifacts["alert-rules/test.bundle.rules.yaml"])
    url = next(
        rule["annotations"]["dashboard_url"]
        for group in rules["groups"]
        for rule in group["rules"]
        if rule.get("alert") == names.BURN_ALERT
    )
    assert url.endswith("&from=now-6h&to=now")
    assert f"/d/{on_call['uid']}/?" in url
    chosen = set(re.findall(r"var-(\w+)=", url))
    assert chosen <= {variable["name"] for variable in on_call["templating"]["list"]}

    # its burn rates are those of the SLO and the group that were chosen
    (burn,) = (q for q in grafana.queries(on_call) if q.panel.startswith("Burn rate over 1h"))
    asked = grafana.asked(on_call, burn.expr, CHOSEN)
    assert all(f'{name}=~"{value}"' in asked for name, value in CHOSEN.items())

    # a line of them opens the page of its SLO, and that leads on
    (link,) = next(p for p in grafana.panels(on_call) if p["title"] == burn.panel)["fieldConfig"][
        "defaults"
    ]["links"]
    page = made["one-slo.api"]
    assert link["url"].replace("${__field.labels.service}", "api").startswith(f"/d/{page['uid']}?")
    assert names.ON_CALL in _tags_of(page)

    # the list of debug dashboards keeps time and choices, and has that of the service
    (link,) = (link for link in on_call["links"] if link.get("tags") == ["slokit", "debug"])
    assert link["keepTime"]
    assert link["includeVars"]
    assert {"slokit", "debug"} <= set(debug["tags"])

    # its row reads the raw series of that group alone
    bad = next(q for q in grafana.queries(debug) if q.panel == "Bad events by member")
    assert 'errors_total{cluster=~"eu"}' in grafana.asked(debug, bad.expr, CHOSEN)

    # and from there to the runbook, or back
    assert "https://runbooks.example.com/api" in {link.get("url") for link in debug["links"]}
    assert names.ON_CALL in _tags_of(debug)


def test_every_list_of_dashboards_has_some(tmp_path: Path) -> None:
    """No list at the top of a dashboard is empty."""
    texts = [a.text for a in api.compile(bundle_of(tmp_path, SPEC), ["dashboards"])]
    made = [grafana.read(text) for text in texts]
    tags = {tag for dashboard in made for tag in dashboard["tags"]}

    for dashboard in made:
        assert _tags_of(dashboard) <= tags
        assert _tags_of(dashboard)
