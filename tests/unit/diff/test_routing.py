"""What `slokit diff` says about who is notified."""

from pathlib import Path
from typing import Any

import pytest

from slokit.diff.compare import compare
from slokit.diff.model import Change
from tests.support.compile.loaded import loaded

SPEC = """
apiVersion: slokit/v1
service: shop
owner: team-shop
slos:
  - {name: a, objective: 99%, sli: {events: {bad: b, total: t}}}
"""
HOOKS = {name: {"webhook": {"url": f"https://{name}.example.com"}} for name in ("a", "b", "c")}
ROUTES: dict[str, Any] = {
    "receivers": HOOKS,
    "default": "c",
    "routes": [{"owner": "team-shop", "page": "a"}],
}


def changes(directory: Path, before: Any, after: Any) -> list[Change]:
    """The changes from one value of `alertmanager` to another, None being none."""
    bundles = [
        loaded(directory / str(n), SPEC, **({"alertmanager": value} if value else {})).bundle
        for n, value in enumerate((before, after))
    ]
    return list(compare(bundles[0], bundles[1]).bundle)


def test_nothing_changed(tmp_path: Path) -> None:
    """The same settings, or none at all, are no change."""
    assert changes(tmp_path / "one", ROUTES, ROUTES) == []
    assert changes(tmp_path / "two", None, None) == []


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (
            {"routes": [{"page": "b", "escalate": {"after": "1h", "to": "c"}}]},
            [("pages of shop of team-shop go to", "a", "b and c after 1h")],
        ),
        ({"default": "b"}, [("tickets of shop of team-shop go to", "c", "b")]),
        (
            {"routes": [*ROUTES["routes"], {"match": 'zone="x"', "ticket": "b"}]},
            [("alertmanager.routes", "", "changed")],
        ),
        (
            {"group_by": ["bundle", "slo"]},
            [("alertmanager.group_by", "[bundle, cluster, service, slo]", "[bundle, slo]")],
        ),
        (
            {"repeat_interval": {"ticket": "1d"}},
            [
                (
                    "pace of tickets",
                    "first after 2m, news after 5m, again after 3d",
                    "first after 2m, news after 5m, again after 1d",
                )
            ],
        ),
        (
            {"receivers": {**HOOKS, "d": {"slack": {"channel": "#d", "api_url_file": "/etc/u"}}}},
            [
                (
                    "alertmanager.receivers.d",
                    "",
                    "slack {send_resolved: True, channel: #d, api_url_file: /etc/u}",
                )
            ],
        ),
    ],
)
def test_what_changed_is_named(
    tmp_path: Path, changed: dict[str, Any], expected: list[tuple[str, str, str]]
) -> None:
    """Receivers by service and owner, then how notifications come."""
    found = changes(tmp_path, ROUTES, {**ROUTES, **changed})

    assert [(c.what, c.old, c.new) for c in found] == expected
    assert not any(c.breaks or c.moves for c in found)


def test_the_key_comes_and_goes(tmp_path: Path) -> None:
    """Configured by slokit from now on, or no more."""
    (come,) = changes(tmp_path / "come", None, ROUTES)
    (gone,) = changes(tmp_path / "gone", ROUTES, None)

    assert (come.what, come.old, come.new) == ("alertmanager", "", "by slokit.yaml")
    assert (gone.old, gone.new) == ("by slokit.yaml", "")
