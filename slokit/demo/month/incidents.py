"""The incidents of the month: when they happened, whom they hurt, and what they cost."""

from dataclasses import dataclass

from slokit.demo.month.simulated import Group, Key, Simulated, Timeline

ETCD: Group = (("cluster", "etcd"),)
ORDERS: Group = (("cluster", "orders"),)
EU: Group = (("region", "eu"),)
US: Group = (("region", "us"),)


@dataclass(frozen=True)
class Calendar:
    """When each incident happened."""

    split: slice
    flapping: slice
    replica_lag: slice
    bad_deploy: slice
    scrape_outage: slice


@dataclass(frozen=True)
class Incident:
    """A named incident: its minutes, a sentence for people, and the groups of SLOs it hurt.

    ``blind`` means that it cost no budget but measurements.
    """

    name: str
    text: str
    stretch: slice
    hurt: tuple[Key, ...]
    blind: bool = False


@dataclass(frozen=True)
class Cost:
    """What an incident cost one group of one SLO: bad events, or seconds."""

    incident: Incident
    key: Key
    bad: float


def calendar_of(timeline: Timeline) -> Calendar:
    """The incidents, spread over the month; the last one still goes on at its end."""
    return Calendar(
        bad_deploy=timeline.stretch(7, 13.2, 40),
        scrape_outage=timeline.stretch(12, 2.0, 120),
        split=timeline.stretch(16, 3.3, 25),
        flapping=timeline.stretch(21, 15.5, 45),
        replica_lag=timeline.last(35),
    )


def incidents(calendar: Calendar) -> tuple[Incident, ...]:
    """All of them, in the order in which they happened."""
    return (
        Incident(
            "bad deploy",
            "two of three instances of the API in eu answer 40 % of all requests with 500, until"
            " the release is rolled back",
            calendar.bad_deploy,
            (("shop-api", "availability", EU), ("shop-api", "latency-fast", EU)),
        ),
        Incident(
            "scrape outage",
            "a firewall keeps Prometheus from the API in us: what happened there is not known",
            calendar.scrape_outage,
            (("shop-api", "availability", US),),
            blind=True,
        ),
        Incident(
            "network split",
            "no member of etcd reaches another one: no quorum, no leader, most requests fail",
            calendar.split,
            (
                ("etcd", "leader-present", ETCD),
                ("etcd", "members-with-leader", ETCD),
                ("etcd", "availability", ETCD),
            ),
        ),
        Incident(
            "leader flapping",
            "the disk of etcd-2 is slow: it loses the leadership whenever it gets it",
            calendar.flapping,
            (("etcd", "leader-elections", ETCD), ("etcd", "wal-fsync", ETCD)),
        ),
        Incident(
            "replica lag",
            "an import writes faster than pg-3 replays; it still goes on",
            calendar.replica_lag,
            (
                ("postgresql", "replication-lag-reads", ORDERS),
                ("postgresql", "replication-distance", ORDERS),
            ),
        ),
    )


def costs(simulated: Simulated, calendar: Calendar, timeline: Timeline) -> list[Cost]:
    """What each incident cost, by plain sums over the events of the simulation.

    All bad events of its minutes count, also the few that happen at any time; but for those of the
    last minute of all, which no count holds yet. A blind incident costs the seconds in which
    nothing was measured.
    """
    found, end = [], timeline.counted.stop
    for incident in incidents(calendar):
        length = float(incident.stretch.stop - incident.stretch.start) * 60
        for key in incident.hurt:
            counted = slice(incident.stretch.start, min(incident.stretch.stop, end))
            bad = length if incident.blind else simulated.truth[key].within(counted)[0]
            found.append(Cost(incident, key, bad))
    return found
