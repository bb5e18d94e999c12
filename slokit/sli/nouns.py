"""What is counted, in a word that people use: requests, queries, failovers.

Metrics say it in their names mostly; of what does not, "events" is right and says less. It is for
texts alone, and nothing is ever computed by it.
"""

from collections.abc import Iterable
from itertools import chain

from slokit.model.ledger import TOTAL, LedgerUnit, Side
from slokit.model.slo import Slo

EVENTS = "events"
# What metrics call in the singular what they count: http_request_duration_seconds_count.
_SINGULAR = {
    "request": "requests",
    "query": "queries",
    "call": "calls",
    "command": "commands",
    "commit": "commits",
    "connection": "connections",
    "fsync": "fsyncs",
    "job": "jobs",
    "message": "messages",
    "notification": "notifications",
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
# What says what is counted wherever it stands: xact_commit and xact_rollback are transactions.
_ANYWHERE = {"xact": "transactions", "transaction": "transactions"}
# What says so where nothing else does: gRPC's counters, such as grpc_server_handled_total.
_AT_LAST = {"grpc": "requests", "rpc": "requests"}
_SHORTEST = 4
# What a category says of what is counted, where no name says it.
_BY_CATEGORY = {"election-rate": "elections"}


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


def event_unit(slo: Slo) -> LedgerUnit:
    """What the events of an SLO are called: one, and many.

    Where the total is time, by the unit of the spec or by the SLO's name before any metric's.
    """
    sides = sorted(slo.sli.sides(), key=lambda side: side.key != TOTAL)
    own = (slo.sli.unit or noun_in(slo.name)) if slo.sli.counted_in.total.is_time else ""
    plural = own or _BY_CATEGORY.get(slo.category, "") or noun(sides)
    return LedgerUnit(singular(plural), plural)


def singular(plural: str) -> str:
    """One of what a noun counts.

    >>> singular("queries"), singular("elections"), singular("retries")
    ('query', 'election', 'retry')
    """
    known = next((one for one, many in _SINGULAR.items() if many == plural), "")
    if known or not plural.endswith("ies") or plural.endswith("series"):
        return known or plural.removesuffix("s")
    return f"{plural.removesuffix('ies')}y"


def noun_in(name: str) -> str:
    """The last noun in a name, in the plural; empty where there is none that is known as one.

    >>> noun_in("etcd_server_leader_changes_seen_total"), noun_in("pg_stat_database_xact_commit")
    ('changes', 'transactions')
    >>> noun_in("grpc_server_handled_total"), noun_in("lag_seconds")
    ('requests', '')
    """
    words = name.lower().replace("-", "_").split("_")
    for word in words:
        if word in _ANYWHERE:
            return _ANYWHERE[word]
    for word in reversed(words):
        if word in _SINGULAR:
            return _SINGULAR[word]
        if len(word) >= _SHORTEST and word[-1] == "s" != word[-2] and word not in _NO_NOUN:
            return word
    return next((_AT_LAST[word] for word in words if word in _AT_LAST), "")
