"""`slokit explain --alert` on the command line."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.commands.test_server_faults import drip, hang
from tests.edge.misbehaving import Behaviour, Caller, MisbehavingServer
from tests.support.command_here import slokit
from tests.support.compile.loaded import written
from tests.support.servers.loopback_server import LoopbackServer, QuietHandler

SPEC = """
apiVersion: slokit/v1
service: shop
owner: team-shop
defaults: {group_by: [cluster]}
slos:
  - {name: a, objective: 99.9%, sli: {events: {bad: b, total: t}}}
"""
ROUTES = {
    "receivers": {
        name: {"webhook": {"url": f"https://hook.example.com/{name}"}}
        for name in ("pager", "chat", "lead", "rest")
    },
    "default": "rest",
    "routes": [
        {
            "owner": "team-shop",
            "page": "pager",
            "ticket": "chat",
            "escalate": {"after": "30m", "to": "lead"},
        }
    ],
}
LABELS = {
    "alertname": "SLOBudgetBurn",
    "bundle": "test",
    "service": "shop",
    "slo": "a",
    "cluster": "eu",
    "severity": "page",
    "owner": "team-shop",
    "alert_policy": "default",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    written(tmp_path, SPEC, alertmanager=ROUTES)
    return tmp_path


def pasted(**changed: str) -> str:
    labels = {**LABELS, **changed}
    return f"{{{','.join(f'{name}={json.dumps(value)}' for name, value in labels.items())}}}"


def joined(text: str) -> str:
    """The text without its line breaks, which depend on the width."""
    return " ".join(text.split())


def test_a_page_is_explained(project: Path) -> None:
    """Its windows and what they need, who is notified when and why, and what to ask."""
    ran = slokit(project, "explain", "--alert", pasted())
    text = joined(ran.out)

    assert (ran.code, ran.err) == (0, "")
    assert text.startswith("SLOBudgetBurn (page) on shop/a cluster=eu")
    assert "page SLOBudgetBurn 1h/5m, burn rate above 14.4: more than 1.44% bad" in text
    assert "1d/2h" not in text
    assert (
        "pager after 30s, by alertmanager.routes[0].page, since"
        ' bundle="test" and owner="team-shop" and severity="page".' in text
    )
    assert "lead after 30m, by alertmanager.routes[0].escalate" in text
    assert "What silences it" not in text
    assert 'slokit:burn:1h{bundle="test",service="shop",slo="a",cluster="eu"}' in text


def test_a_ticket_names_what_silences_it(project: Path) -> None:
    """While a page on the same SLO and group fires."""
    text = joined(slokit(project, "explain", "--alert", pasted(severity="ticket")).out)

    assert "chat after 2m, by alertmanager.routes[0].ticket" in text
    assert (
        'While an alert with bundle="test" and slo!="" and severity="page" fires that has the same'
        " bundle, service, slo and cluster: a page on the same SLO and group." in text
    )


def test_a_page_says_what_it_waits_for(tmp_path: Path) -> None:
    """A share of the budget, and some events; a ticket waits for neither."""
    spec = SPEC.replace("{name: a,", "{name: a, min_bad_events: 4,")
    written(tmp_path, spec, alert_policies={"default": {"min_budget_spent": "2%"}})
    page, ticket = (
        joined(slokit(tmp_path, "explain", "--alert", pasted(severity=each)).out)
        for each in ("page", "ticket")
    )

    assert "A page waits for 4 events in its long window (min_bad_events)." in page
    assert "A page waits until its long window holds 2% of the 30d budget, in events" in page
    assert "waits" not in ticket


def test_a_cause_is_explained(tmp_path: Path) -> None:
    """What it means, its condition as it is evaluated, who is notified, and its runbook."""
    cause = """
cause_alerts:
  - name: ShopSplitBrain
    failure_mode: split-brain
    severity: page
    expr: sum by ($group_by) (leaders) > 1
    for: 1m
"""
    written(tmp_path, SPEC + cause, alertmanager=ROUTES)
    labels = {
        "alertname": "ShopSplitBrain", "bundle": "test", "service": "shop", "cluster": "eu",
        "failure_mode": "split-brain", "severity": "page", "owner": "team-shop",
    }  # fmt: skip
    alert = f"{{{','.join(f'{name}={json.dumps(value)}' for name, value in labels.items())}}}"
    text = joined(slokit(tmp_path, "explain", "--alert", alert).out)

    assert text.startswith("ShopSplitBrain (page) on shop")
    assert "A cause alert of shop: split-brain, more than one member acts as the primary." in text
    assert "once it has held for 1m" in text
    assert "sum by (cluster) (leaders) > 1" in text
    assert "docs/runbooks/split-brain.md" in text
    assert "pager after 30s, by alertmanager.routes[0].page" in text


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"bundle": "other"}, "It is an alert of the bundle other: this is the bundle test"),
        ({"slo": "gone"}, "The bundle has no such SLO any more"),
        ({"severity": "critical"}, "The severity critical is none of this bundle"),
        ({"alertname": "SLONoData", "severity": "ticket"}, "has no sample for"),
        ({"alertname": "SLOBudgetExhausted", "severity": "ticket"}, "nothing is left of the 30d"),
        ({"alertname": "Else"}, "of this SLO has no such alert of this severity now"),
        (
            {"alertname": "SlokitLedgerStale", "service": "", "slo": ""},
            "slokit's watch over itself: docs/runbooks/SlokitLedgerStale.md",
        ),
    ],
)
def test_other_alerts_say_what_they_are(
    project: Path, changed: dict[str, str], sentence: str
) -> None:
    """Of another bundle, of an older state of the specs, or not about burning."""
    ran = slokit(project, "explain", "--alert", pasted(**changed))

    assert ran.code == 0
    assert sentence in joined(ran.out)


def test_a_payload_is_read_from_a_file_and_its_alerts_silence_each_other(project: Path) -> None:
    """The page of a payload is what silences the ticket beside it."""
    alerts = [
        {"labels": {**LABELS, "severity": severity}, "startsAt": "2026-11-26T10:00:00Z"}
        for severity in ("page", "ticket")
    ]
    (project / "payload.json").write_text(json.dumps({"alerts": alerts}))
    text = joined(slokit(project, "explain", "--alert", "payload.json").out)

    assert text.count("since 2026-11-26 10:00:00 UTC") == 2
    assert "Now: a page on the same SLO and group: SLOBudgetBurn (page)." in text


def test_without_routes_it_says_so(tmp_path: Path) -> None:
    """A bundle that does not configure Alertmanager has its alerts explained all the same."""
    written(tmp_path, SPEC)
    text = joined(slokit(tmp_path, "explain", "--alert", pasted()).out)

    assert "slokit.yaml does not say who is notified" in text
    assert "1h/5m" in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "nothing to explain"),
        (["--alert", "no-such-file.json"], "no such file 'no-such-file.json', and no labels"),
        (["--alert", '{a=~"b"}'], "matches several values"),
        (["--alertmanager", "alertmanager:9093"], "--alertmanager: write it like https://"),
        (["--alertmanager", "http://u:p@host"], "without credentials"),
    ],
)
def test_wrong_usage(project: Path, arguments: list[str], message: str) -> None:
    """One line, and exit code 2."""
    ran = slokit(project, "explain", *arguments)

    assert ran.code == 2
    assert message in ran.err
    assert len(ran.err.splitlines()) == 1


class Held(LoopbackServer):
    """What an Alertmanager answers, by the ends of paths."""

    def __init__(self, answers: dict[str, tuple[int, Any]]) -> None:
        class Handler(QuietHandler):
            def do_GET(self) -> None:
                status, body = answers[self.path.rpartition("/")[2]]
                text = body if isinstance(body, str) else json.dumps(body)
                self.answer(status, "application/json", text.encode())

        super().__init__(Handler)


@pytest.fixture
def held() -> Iterator[Held]:
    """An Alertmanager that holds a page, its ticket, a silenced alert and one of another bundle."""

    def one(state: str, silences: list[str], **changed: str) -> dict[str, Any]:
        status = {"state": state, "silencedBy": silences, "inhibitedBy": []}
        labels = {**LABELS, **changed}
        return {"labels": labels, "startsAt": "2026-11-26T10:00:00Z", "status": status}

    alerts = [
        one("active", []),
        one("suppressed", [], severity="ticket"),
        one("suppressed", ["s1"], cluster="us"),
        one("active", [], bundle="other"),
    ]
    silences = [{"id": "s1", "comment": "Racks move", "createdBy": "ann"}]
    with Held({"alerts": (200, alerts), "silences": (200, silences)}) as server:
        yield server


def test_the_alerts_of_an_alertmanager(project: Path, held: Held) -> None:
    """Those of the bundle, each with what silences it now."""
    text = joined(slokit(project, "explain", "--alertmanager", held.url).out)

    assert text.count("What fired") == 3
    assert "Now: a page on the same SLO and group: SLOBudgetBurn (page)." in text
    assert "Now: the silence Racks move (ann)." in text


def test_one_alert_of_an_alertmanager(project: Path, held: Held) -> None:
    """Pasted labels are looked up there; a name chooses among them."""
    both = ["--alertmanager", held.url]
    pasted_one = slokit(project, "explain", "--alert", pasted(cluster="us"), *both).out
    named = slokit(project, "explain", "shop/b", *both)

    assert "Now: the silence Racks move (ann)." in pasted_one
    assert named.out == ""
    assert "no alert of this bundle fires there" in named.err


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ((500, ""), "answers 500 to /api/v2/alerts"),
        ((200, "<html>"), "does not answer in JSON"),
        ((200, {"status": "success"}), "answers with no list"),
        ((302, ""), "answers 302"),
        ((401, "who are you?"), "answers 401"),
    ],
)
def test_what_is_no_alertmanager(project: Path, answer: tuple[int, Any], message: str) -> None:
    """One line, and exit code 4."""
    with Held({"alerts": answer}) as server:
        ran = slokit(project, "explain", "--alertmanager", server.url)

    assert ran.code == 4
    assert message in ran.err
    assert len(ran.err.splitlines()) == 1


def test_an_alertmanager_that_fails_half_way(project: Path) -> None:
    """Its alerts come, its silences do not: those are named by their ids, and exit code 4."""
    alert = {"labels": LABELS, "status": {"state": "suppressed", "silencedBy": ["s1"]}}
    with Held({"alerts": (200, [alert]), "silences": (503, "")}) as server:
        ran = slokit(project, "explain", "--alertmanager", server.url)

    assert ran.code == 4
    assert "Now: the silence s1." in joined(ran.out)
    assert ran.err == f"slokit: Alertmanager at {server.url} answers 503 to /api/v2/silences\n"


class Cut(LoopbackServer):
    """A server that promises more than it sends, and is gone."""

    def __init__(self) -> None:
        class Handler(QuietHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Length", "1000")
                self.end_headers()
                self.wfile.write(b'[{"labels":')
                self.close_connection = True

        super().__init__(Handler)


def test_an_answer_that_is_cut_short(project: Path) -> None:
    """One line, and exit code 4."""
    with Cut() as server:
        ran = slokit(project, "explain", "--alertmanager", server.url)

    assert (ran.code, ran.out) == (4, "")
    assert "Alertmanager at" in ran.err
    assert len(ran.err.splitlines()) == 1


def test_a_server_that_is_not_there(project: Path) -> None:
    """One line, and exit code 4."""
    ran = slokit(project, "explain", "--alertmanager", "http://127.0.0.1:1")

    assert ran.code == 4
    assert ran.err.startswith("slokit: Alertmanager at http://127.0.0.1:1 cannot be asked")


@pytest.mark.parametrize("fault", [hang, drip])
def test_what_is_known_without_a_server_that_gives_no_answer(
    project: Path, fault: Behaviour
) -> None:
    """All but what it would have said, what to ask it, one line about each, and exit code 4."""
    both = ["--alert", pasted(), "--timeout", "1s"]
    with MisbehavingServer(fault) as server:
        alone = slokit(project, "explain", *both, "--prometheus", server.url)
        neither = slokit(
            project, "explain", *both, "--prometheus", server.url, "--alertmanager", server.url
        )

    offline = slokit(project, "explain", "--alert", pasted()).out
    assert "To ask Prometheus" in offline
    assert (alone.code, alone.out) == (neither.code, neither.out) == (4, offline)
    no_answer = f"at {server.url} gave no complete answer within 1 s"
    of_prometheus = [line for line in alone.err.splitlines() if no_answer in line]
    assert alone.err.splitlines() == of_prometheus
    assert alone.err.startswith("slokit: Prometheus ")
    assert neither.err.splitlines() == [f"slokit: Alertmanager {no_answer}", *of_prometheus]


def test_what_one_server_knows_without_the_other(project: Path, held: Held) -> None:
    """The alerts of the one are explained, the other is asked once and no more."""
    asked: list[str] = []

    def refuse(caller: Caller) -> None:
        asked.append(caller.path)
        caller.reply(500, "")

    with MisbehavingServer(refuse) as server:
        ran = slokit(project, "explain", "--alertmanager", held.url, "--prometheus", server.url)

    assert ran.code == 4
    assert ran.out == slokit(project, "explain", "--alertmanager", held.url).out
    assert len(ran.err.splitlines()) == len(asked) == 1


def test_an_alertmanager_that_gives_no_answer(project: Path) -> None:
    """Without it there is no alert to explain: one line, and exit code 4."""
    with MisbehavingServer(hang) as server:
        ran = slokit(project, "explain", "--alertmanager", server.url, "--timeout", "1s")

    assert (ran.code, ran.out) == (4, "")
    assert ran.err == (f"slokit: Alertmanager at {server.url} gave no complete answer within 1 s\n")
