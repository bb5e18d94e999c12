"""Alerts as they come: pasted, from a webhook, from Alertmanager and from Prometheus."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slokit.diagnostics.errors import UsageError
from slokit.explain.received import ReceivedAlert, read_alerts, with_comments

LABELS = {"alertname": "SLOBudgetBurn", "bundle": "prod", "cluster": 'a"b\\c'}
PASTED = 'alertname="SLOBudgetBurn",bundle="prod",cluster="a\\"b\\\\c"'
BEGAN, BEGAN_AT = "2026-11-26T10:00:00.5+01:00", 1795683600.5


@pytest.mark.parametrize(
    "text",
    [
        f"{{{PASTED}}}",
        PASTED,
        f"ALERTS{{{PASTED}}}",
        f"  {{{PASTED}}}\n",
        json.dumps({"labels": LABELS}),
    ],
)
def test_labels_are_read_however_they_are_pasted(text: str) -> None:
    """With or without braces, behind a series' name, or as JSON."""
    (alert,) = read_alerts(text)

    assert alert.labels == LABELS
    assert alert.is_firing


PLAIN = {"alertname": "SLOBudgetBurn", "bundle": "prod", "cluster": "eu-1"}


@pytest.mark.parametrize(
    "text",
    [
        "{alertname=SLOBudgetBurn, bundle=prod, cluster=eu-1}",
        "alertname=SLOBudgetBurn bundle=prod cluster=eu-1",
        'alertname="SLOBudgetBurn" bundle="prod" cluster="eu-1"',
        '{"alertname"="SLOBudgetBurn","bundle"="prod","cluster"="eu-1"}',
        "alertname = SLOBudgetBurn\nbundle = prod\ncluster = eu-1\n",
        ("Labels:\n - alertname = SLOBudgetBurn\n - bundle = prod\n - cluster = eu-1\n"
        "Annotations:\n - summary = shop/a: 12% of requests fail\nSource: http://prometheus/graph"),
        "alertname: SLOBudgetBurn\nbundle: prod\ncluster: eu-1",
        "alertname='SLOBudgetBurn',bundle='prod',cluster='eu-1'",
        '\ufeff{alertname="SLOBudgetBurn",bundle="prod",cluster="eu-1",}',
        'ALERTS{alertname="SLOBudgetBurn",alertstate="firing",bundle="prod",cluster="eu-1"} 1',
        'SLOBudgetBurn{bundle="prod",cluster="eu-1"} => 1 @[1700000000.5]',
        json.dumps(PLAIN),
        json.dumps([PLAIN]),
        json.dumps([{"name": name, "value": value} for name, value in PLAIN.items()]),
        json.dumps({"groups": [{"rules": [{"query": "up", "labels": {"severity": "page"},
                                           "alerts": [{"labels": PLAIN}]}]}]}),
    ],
)  # fmt: skip
def test_looser_forms_are_read(text: str) -> None:
    """Of Alertmanager's own notation, its tool and mails, chats, and Prometheus' rules."""
    (alert,) = read_alerts(text)

    assert alert.labels == PLAIN
    assert alert.is_firing


def test_several_values_of_json_are_several_alerts() -> None:
    """A line for each, as jq writes them."""
    lines = "\n".join(json.dumps({"labels": {**PLAIN, "cluster": name}}) for name in ("eu", "us"))

    assert [alert.labels["cluster"] for alert in read_alerts(lines)] == ["eu", "us"]


def test_a_webhooks_payload() -> None:
    """Each alert of the notification, with its times; the zero time of Go is none."""
    firing = {
        "status": "firing",
        "labels": LABELS,
        "startsAt": BEGAN,
        "endsAt": "0001-01-01T00:00:00Z",
    }
    over = {**firing, "status": "resolved", "endsAt": "2026-11-26T09:05:00Z"}
    one, two = read_alerts(
        json.dumps({"version": "4", "status": "firing", "alerts": [firing, over]})
    )

    assert (one.started, one.ended, one.is_firing) == (BEGAN_AT, None, True)
    assert (two.ended, two.is_firing) == (BEGAN_AT + 299.5, False)


def test_alertmanagers_own_form() -> None:
    """What it says of receivers and silences is kept; comments are looked up by their ids."""
    data = {
        "labels": LABELS,
        "annotations": {"summary": "It burns"},
        "startsAt": BEGAN,
        "fingerprint": "f1",
        "receivers": [{"name": "pager"}],
        "status": {"state": "suppressed", "inhibitedBy": ["f2"], "silencedBy": ["s1", "s2"]},
    }
    (alert,) = read_alerts(json.dumps([data]))

    assert alert == ReceivedAlert(
        LABELS,
        {"summary": "It burns"},
        BEGAN_AT,
        state="suppressed",
        receivers=("pager",),
        fingerprint="f1",
        inhibited_by=("f2",),
        silenced_by=("s1", "s2"),
    )
    known = with_comments(alert, [{"id": "s1", "comment": "Moving racks", "createdBy": "ann"}, 7])
    assert known.silenced_by == ("Moving racks (ann)", "s2")


def test_prometheus_form() -> None:
    """Its API has `activeAt` in the place of `startsAt`; what is pending does not fire."""
    data = {"labels": LABELS, "state": "pending", "activeAt": BEGAN}
    (alert,) = read_alerts(json.dumps({"status": "success", "data": {"alerts": [data]}}))

    assert alert.started == BEGAN_AT


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{}", "there is no alert in this JSON"),
        ("[]", "there is no alert in this JSON"),
        ('{alertname=~"SLO.*"}', "matches several values"),
        ("{alertname=}", "is no alert"),
        ("alertname!=SLOBudgetBurn", "is no alert"),
        ("alertname=~SLO.* bundle=prod", "is no alert"),
        ("alertname=SLOBudgetBurn, then it said", "is no alert"),
        ('{"alertname":"SLOBudgetBurn"', "is no alert"),
        ("", "there are no labels"),
        ("{" * 100_000, "is no alert"),
    ],
)
def test_what_is_no_alert_is_refused(text: str, message: str) -> None:
    """With the forms that there are, and without a traceback."""
    with pytest.raises(UsageError, match=message):
        read_alerts(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "labels",
                    "alerts",
                    "data",
                    "status",
                    "startsAt",
                    "endsAt",
                    "receivers",
                    "silencedBy",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(JSON.map(json.dumps) | st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    """No exception but the one that says what is wanted."""
    try:
        found = read_alerts(text)
    except UsageError:
        return
    assert found
