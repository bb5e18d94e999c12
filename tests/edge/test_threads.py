"""One client serves many threads: no answer, deadline or count gets mixed up."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import requests

from slokit.prometheus import errors
from slokit.prometheus.types import Sample
from tests.edge.conftest import Connect
from tests.edge.misbehaving import Caller, MisbehavingServer
from tests.support.servers.prometheus_server import PrometheusServer

THREADS = 8


def in_threads(job: Callable[[int], object], times: int) -> list[object]:
    """What the jobs return, in order, or the exceptions that they raise."""

    def caught(number: int) -> object:
        try:
            return job(number)
        except errors.PrometheusError as error:
            return error

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(caught, range(times)))


def query_of(caller: Caller) -> str:
    return parse_qs(urlsplit(caller.path).query)["query"][0]


def echo(caller: Caller) -> None:
    """Answers with the query as a label, and with a warning of its own."""
    query = query_of(caller)
    sample = {"metric": {"query": query}, "value": [0, "1"]}
    data = {"resultType": "vector", "result": [sample]}
    caller.reply_json({"status": "success", "data": data, "warnings": [f"about {query}"]})


def test_each_thread_gets_its_own_answer(connect: Connect) -> None:
    """Of 400 queries from 8 threads each has its own answer; every request and warning counts."""
    with MisbehavingServer(echo) as server:
        client = connect(server.url, timeout=30)
        answers = in_threads(lambda number: client.instant(f"q{number}", 0), 400)

    assert answers == [(Sample({"query": f"q{n}"}, 1.0, 0.0),) for n in range(400)]
    assert client.requests == len(server.seen) == 400
    assert set(client.warnings) == {f"about q{n}" for n in range(400)}
    assert len(client.warnings) == 400


def test_threads_are_really_served_at_the_same_time(connect: Connect) -> None:
    """The server sees 8 requests at once: none waits for another's answer."""
    together = threading.Barrier(THREADS, timeout=20)

    def wait_for_all(caller: Caller) -> None:
        together.wait()
        echo(caller)

    with MisbehavingServer(wait_for_all) as server:
        client = connect(server.url, timeout=30)
        answers = in_threads(lambda number: len(client.instant(f"q{number}", 0)), THREADS)

    assert answers == [1] * THREADS


def test_a_deadline_belongs_to_one_request(connect: Connect) -> None:
    """Requests that hang run into their own timeout; those of other threads are answered."""

    def behave(caller: Caller) -> None:
        if query_of(caller).startswith("slow"):
            caller.callee.stopping.wait(30)
        else:
            echo(caller)

    with MisbehavingServer(behave) as server:
        client = connect(server.url, timeout=1)
        answers = in_threads(lambda n: client.instant(f"{'slow' if n % 4 == 0 else 'q'}{n}", 0), 16)

    timed_out = [n for n, one in enumerate(answers) if isinstance(one, Exception)]
    assert timed_out == [0, 4, 8, 12]
    assert all(isinstance(answers[n], errors.PrometheusTimeoutError) for n in timed_out)


def test_a_refusal_reaches_the_thread_that_asked(connect: Connect) -> None:
    """An error quotes the query of its own thread."""

    def refuse(caller: Caller) -> None:
        words = f"no {query_of(caller)}"
        caller.reply_json({"status": "error", "errorType": "bad_data", "error": words}, 400)

    with MisbehavingServer(refuse) as server:
        client = connect(server.url, timeout=30)
        answers = in_threads(lambda number: client.instant(f"q{number}", 0), 100)

    assert [str(answer) for answer in answers] == [
        f"Prometheus at {server.url} rejects `q{n}`: no q{n}" for n in range(100)
    ]


def test_every_thread_carries_the_credentials(connect: Connect, tmp_path: Path) -> None:
    """Whichever thread asks first and reads the file, all requests carry its token."""
    path = tmp_path / "token"
    path.write_text("geheim-token")

    with MisbehavingServer(echo) as server:
        client = connect(server.url, timeout=30, bearer_token_file=path)
        in_threads(lambda number: client.instant(f"q{number}", 0), 40)

    assert {seen.headers["authorization"] for seen in server.seen} == {"Bearer geheim-token"}


def accepted_connections(server: PrometheusServer) -> float:
    """How many connections the server has taken so far, by its own count."""
    lines = requests.get(f"{server.url}/metrics", timeout=10).text.splitlines()
    (line,) = [one for one in lines if one.startswith("net_conntrack_listener_conn_accepted_total")]
    return float(line.split()[-1])


def test_threads_share_the_connections(prometheus: PrometheusServer, connect: Connect) -> None:
    """A real Prometheus answers 8 threads rightly, over about as many connections as threads."""
    client, before = connect(prometheus.url, timeout=30), accepted_connections(prometheus)

    answers = in_threads(lambda number: client.instant(f"vector({number})", 0), 400)

    assert answers == [(Sample({}, float(number), 0.0),) for number in range(400)]
    assert client.requests == 400
    assert accepted_connections(prometheus) - before <= 2 * THREADS
