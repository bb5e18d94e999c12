"""What is counted, in a word that people use: requests, queries, failovers.

Metrics say it in their names mostly; of what does not, "events" is right and says less. It is for
texts alone, and nothing is ever computed by it.
"""

from collections.abc import Iterable
from itertools import chain

from slokit.model.ledger import Side

EVENTS = "events"
# What metrics call in the singular what they count: http_request_duration_seconds_count.
_SINGULAR = {
    "request": "requests",
    "query": "queries",
    "call": "calls",
    "command": "commands",
    "commit": "commits",
    "connection": "connections",
    "job": "jobs",
    "message": "messages",
    "operation": "operations",
    "probe": "probes",
    "proposal": "proposals",
    "read": "reads",
    "response": "responses",
    "write": "writes",
}
# What ends in s and is no noun of what is counted.
_NO_NOUN = frozenset(
    "status success process class access address redis postgres kubernetes prometheus bytes ms"
    " seconds milliseconds errors failures status http https tls dns os is has was".split()
)
_SHORTEST = 4


def noun(sides: Iterable[Side | None]) -> str:
    """The last noun in a name of these sides' metrics, whatever is in front or behind it.

    >>> noun([side("counter", "db_query_duration_seconds_count")])
    'queries'
    """
    parts = chain.from_iterable(side.parts for side in sides if side and not side.is_promql)
    for part in parts:
        if found := noun_in(part.metric() or ""):
            return found
    return EVENTS


def noun_in(name: str) -> str:
    """The last noun in a name, in the plural; empty where there is none that is known as one.

    >>> noun_in("etcd_server_leader_changes_seen_total"), noun_in("grpc_server_handled_total")
    ('changes', '')
    """
    for word in reversed(name.lower().replace("-", "_").split("_")):
        if word in _SINGULAR:
            return _SINGULAR[word]
        if len(word) >= _SHORTEST and word[-1] == "s" != word[-2] and word not in _NO_NOUN:
            return word
    return ""
