"""Two hours of what real exporters say, in promtool's notation, for the recipes of the docs.

Samples come every 30 seconds from 0:00 on. What a case is about happens from 60 to 70 minutes, and
the hour that the page speaks of ends at 1:40 unless the case says otherwise.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

STEP = 30
LENGTH = 125
GONE = "stale"
Part: TypeAlias = tuple[float, float | None]


@dataclass(frozen=True)
class Case:
    """A row of a table: its first cell, the series, and the end of its hour in minutes."""

    row: str
    series: dict[str, str]
    until: int = 100
    slo: str = ""
    evaluated: str = "30s"


def level(*parts: Part) -> str:
    """A gauge: for so many minutes this value, None for no sample; the last one goes on."""
    return _written(value for value in _spread(parts))


def grown(*parts: Part, reset_at: int = -1, until: int = LENGTH) -> str:
    """A counter: for so many minutes this growth per second, None for no sample."""
    return _written(_growing(parts, reset_at, until))


def _growing(parts: Iterable[Part], reset_at: int, until: int) -> Iterable[float | None]:
    value = 0.0
    for number, per_second in enumerate(_spread(parts, until)):
        if number * STEP == reset_at * 60:
            value = 0
        yield None if per_second is None else value
        value += STEP * (per_second or 0)


def _spread(parts: Iterable[Part], until: int = LENGTH) -> list[float | None]:
    values: list[float | None] = []
    for minutes, value in parts:
        values += [value] * round(minutes * 60 / STEP)
    missing = until * 60 // STEP - len(values)
    return (values + [values[-1]] * max(missing, 0))[: until * 60 // STEP]


def _written(values: Iterable[float | None]) -> str:
    return " ".join(GONE if value is None else f"{value:g}" for value in values)


ALWAYS = LENGTH
# In the hour, for ten minutes.


def trouble(usual: float | None, then: float | None) -> tuple[Part, Part, Part]:
    """One value, ten minutes of another, the first again."""
    return (60, usual), (10, then), (ALWAYS, usual)


def _haproxy(ok: str, failed: str, proxy: str = "web") -> dict[str, str]:
    name = "haproxy_frontend_http_responses_total"
    of = f'job="haproxy",instance="lb1:8405",proxy="{proxy}"'
    return {f'{name}{{{of},code="2xx"}}': ok, f'{name}{{{of},code="5xx"}}': failed}


def availability() -> list[Case]:
    """One load balancer in front of one site."""
    never = grown((ALWAYS, 0))
    return [
        Case(
            "one of them failed each second, for ten minutes",
            _haproxy(grown(*trouble(20, 19)), grown(*trouble(0, 1))),
        ),
        Case("nothing failed", _haproxy(grown((ALWAYS, 20)), never)),
        Case("nothing was asked", _haproxy(never, never)),
        Case(
            "HAProxy restarted, and its counters began anew: 30 seconds were never scraped",
            _haproxy(grown((ALWAYS, 20), reset_at=60), never),
        ),
        Case(
            "HAProxy was not there",
            _haproxy(grown((30, 20), (ALWAYS, None)), grown((30, 0), (ALWAYS, None))),
        ),
    ]


def _histogram(bound: str, quick: str) -> dict[str, str]:
    name = "prometheus_http_request_duration_seconds"
    of = 'job="prometheus",instance="prom:9090",handler="/api/v1/query"'
    return {
        f'{name}_bucket{{{of},le="{bound}"}}': quick,
        f'{name}_bucket{{{of},le="+Inf"}}': grown((ALWAYS, 10)),
        f"{name}_count{{{of}}}": grown((ALWAYS, 10)),
    }


def latency() -> list[Case]:
    """The query API of one Prometheus."""
    quick = grown(*trouble(10, 8))
    return [
        Case("two of ten took longer than 400 ms, for ten minutes", _histogram("0.4", quick)),
        Case("there is no bucket at 0.4", _histogram("0.5", quick)),
    ]


def _commands(calls: float, seconds: str) -> dict[str, str]:
    of = 'job="redis",cluster="c",instance="r1:9121",cmd="get"'
    return {
        f"redis_commands_total{{{of}}}": grown((ALWAYS, calls)),
        f"redis_commands_duration_seconds_total{{{of}}}": seconds,
    }


def mean_latency() -> list[Case]:
    """One Redis."""
    return [
        Case(
            "5 ms each, for ten minutes: a mean of over 2 ms for 12.5",
            _commands(100, grown(*trouble(0.1, 0.5))),
        ),
        Case("nothing was asked for the whole hour", _commands(0, grown((ALWAYS, 0)))),
    ]


def _redis(number: int, primary: str, replica: str, lag: str, up: str) -> dict[str, str]:
    of = f'job="redis",cluster="c",instance="r{number}:9121"'
    lagging = f'{of},master_host="10.0.0.1",master_port="6379"'
    return {
        f'redis_instance_info{{{of},role="master"}}': primary,
        f'redis_instance_info{{{of},role="slave"}}': replica,
        f"redis_master_last_io_seconds_ago{{{lagging}}}": lag,
        f"up{{{of}}}": up,
    }


def replication_lag() -> list[Case]:
    """Two replicas, the second one in trouble."""
    here, never = level((ALWAYS, 1)), level((ALWAYS, None))
    well = _redis(1, never, here, level((ALWAYS, 1)), here)

    def second(primary: str, replica: str, lag: str, up: str) -> dict[str, str]:
        return {**well, **_redis(2, primary, replica, lag, up)}

    gone, dead = level(*trouble(1, None)), level(*trouble(1, 0))
    left = level((60, 1), (ALWAYS, None))
    return [
        Case(
            "one was 25 s behind, for ten minutes",
            second(never, here, level(*trouble(1, 25)), here),
        ),
        Case(
            "one had lost its primary, for ten minutes",
            second(never, here, level(*trouble(1, -1)), here),
        ),
        Case("the exporter of one was dead, for ten minutes", second(never, gone, gone, dead)),
        Case("one was promoted", second(level((60, None), (ALWAYS, 1)), left, left, here)),
    ]


def failovers() -> list[Case]:
    """A primary and a replica that change places."""
    here, never = level((ALWAYS, 1)), level((ALWAYS, None))
    before, after = level((60, 1), (ALWAYS, None)), level((60, None), (ALWAYS, 1))
    half, other = level(*swapped(1)), level(*swapped(None))
    return [
        Case(
            "the replica was promoted",
            _redis(1, before, after, never, here) | _redis(2, after, before, never, here),
        ),
        Case(
            "the replica was promoted, and half an hour later the old primary again",
            _redis(1, half, other, never, here) | _redis(2, other, half, never, here),
        ),
        Case(
            "nothing happened",
            _redis(1, here, never, never, here) | _redis(2, never, here, never, here),
        ),
    ]


def swapped(first: float | None) -> tuple[Part, Part, Part]:
    """Half an hour in the other role."""
    return (60, first), (30, None if first else 1), (ALWAYS, first)


def restarts() -> list[Case]:
    """Two load balancers."""

    def starts(first: str, second: str) -> dict[str, str]:
        name = "haproxy_process_start_time_seconds"
        both = enumerate((first, second), 1)
        return {f'{name}{{job="haproxy",instance="lb{n}:8405"}}': at for n, at in both}

    calm, restarted = level((ALWAYS, 1000)), level((60, 1000), (ALWAYS, 4600))
    return [
        Case("one restarted", starts(calm, restarted)),
        Case("both restarted", starts(restarted, restarted)),
        Case(
            "one was gone for ten minutes, and restarted",
            starts(calm, level((60, 1000), (10, None), (ALWAYS, 4200))),
        ),
    ]


def quorum() -> list[Case]:
    """Three members."""

    def members(down: int) -> dict[str, str]:
        well, ill = level((ALWAYS, 1)), level(*trouble(1, 0))
        of = 'up{{job="etcd",cluster="c",instance="m{}:2379"}}'
        return {of.format(number): ill if number < down else well for number in range(3)}

    rows = ("one was down", "two were down", "all were down")
    return [
        Case(f"{row} for ten minutes", members(down), slo="members-quorum")
        for down, row in enumerate(rows, 1)
    ]


def queue() -> list[Case]:
    """Two queues of one broker."""

    def queues(first: str, second: str) -> dict[str, str]:
        of = 'job="rabbitmq",instance="mq:15692",vhost="/"'
        name = "rabbitmq_queue_messages_ready"
        return {
            f'{name}{{{of},queue="orders"}}': first,
            f'{name}{{{of},queue="mails"}}': second,
        }

    calm, gone = level((ALWAYS, 10)), level(*trouble(10, None))
    return [
        Case(
            "5,000 messages waited in one, for ten minutes",
            queues(calm, level(*trouble(10, 5000))),
        ),
        Case("700 waited in both", queues(level((ALWAYS, 700)), level((ALWAYS, 700)))),
        Case("the broker was gone for ten minutes", queues(gone, gone)),
    ]


def saturation() -> list[Case]:
    """Two file systems of one host, and a small one in memory."""

    def left(first: str, second: str) -> dict[str, str]:
        of = 'job="node",instance="h1:9100",device="/dev/sda{}",fstype="{}",mountpoint="{}"'
        found: dict[str, str] = {}
        rows = [("ext4", "/", first), ("ext4", "/srv", second)]
        rows.append(("tmpfs", "/run", level((ALWAYS, 0))))
        for number, (fstype, point, avail) in enumerate(rows):
            labels = of.format(number, fstype, point)
            found[f"node_filesystem_avail_bytes{{{labels}}}"] = avail
            found[f"node_filesystem_size_bytes{{{labels}}}"] = level((ALWAYS, 1e11))
        return found

    tenth = level((ALWAYS, 1e10))
    return [
        Case(
            "one had 5 GB left, for ten minutes",
            left(level((ALWAYS, 5e10)), level(*trouble(5e10, 5e9))),
        ),
        Case("both had 10 GB left", left(tenth, tenth)),
    ]


def low_traffic() -> list[Case]:
    """One request every three minutes; those that fail do so ten minutes before the end."""
    end = 12 * 60 + 40

    def requests(failing: int) -> dict[str, str]:
        asked = range(1, end // 3 + 2)
        last = (end - 10) // 3
        failed = [min(max(number - last + failing, 0), failing) for number in asked]
        fine = [number - bad for number, bad in zip(asked, failed, strict=True)]
        return _haproxy(_every_three_minutes(fine), _every_three_minutes(failed), "billing")

    return [
        Case("one of them failed", requests(1), until=end, evaluated="1m"),
        Case("eight in a row failed", requests(8), until=end, evaluated="1m"),
    ]


def _every_three_minutes(values: Iterable[int]) -> str:
    return " ".join(f"{value}x5" for value in values)


def batch() -> list[Case]:
    """A backup; the clock of the history begins at 0, so its last success was before that."""

    def success(hours: float, minute: float) -> dict[str, str]:
        name = 'backup_last_success_timestamp_seconds{job="node",instance="h1:9100"}'
        return {name: level((ALWAYS, 60 * minute - 3600 * hours))}

    # the counts of an hour hold the one that ended an evaluation, half a minute, before
    return [
        Case("the last success was 25 hours ago at its end", success(25, 100)),
        Case("the last success was 26 hours ago in its 25th minute", success(26, 64.5)),
    ]


def office_hours() -> list[Case]:
    """One site on a Thursday, the first of January 1970."""

    def failing_from(hour: int) -> dict[str, str]:
        then: tuple[Part, ...] = (60 * hour, 0), (10, 1), (ALWAYS, 0)
        ok: tuple[Part, ...] = (60 * hour, 20), (10, 19), (ALWAYS, 20)
        return _haproxy(grown(*ok, until=590), grown(*then, until=590), "intranet")

    return [
        Case(
            "one failed each second from 9:00 to 9:10, in the hour from 8:40 on",
            failing_from(9),
            until=580,
        ),
        Case("the same from 7:00 to 7:10, in the hour from 6:40 on", failing_from(7), until=460),
    ]


CASES = {
    "availability": availability,
    "latency": latency,
    "mean-latency": mean_latency,
    "replication-lag": replication_lag,
    "failovers": failovers,
    "restarts": restarts,
    "quorum": quorum,
    "queue": queue,
    "saturation": saturation,
    "low-traffic": low_traffic,
    "batch": batch,
    "office-hours": office_hours,
}
