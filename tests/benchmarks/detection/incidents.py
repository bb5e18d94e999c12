"""Incident shapes, all in one file: what an SLO of 99.9 % over 30 days goes through.

Minutes of traffic and failures, for one service each. Six hours of health stand before each, and
what is left of the time after it. An incident that spends over a tenth of the budget must be
alerted on, and one that spends less than a hundredth must not page.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

BUDGET = 0.001
WINDOW = 30 * 1440
HEALTHY = 360  # minutes before an incident
BUSY, QUIET = 6000, 2  # requests a minute


@dataclass(frozen=True)
class Stretch:
    """So many minutes of requests a minute, of which a share fails.

    ``kind`` is "" for samples, "gap" for scrapes that fail while the service goes on, and "nan" for
    samples that are no number. ``is_reset`` says that the counters begin anew.
    """

    minutes: int
    requests: float
    failing: float = 0.0
    kind: str = ""
    is_reset: bool = False

    @property
    def failed(self) -> float:
        """Failed requests in each of its minutes."""
        return self.requests * self.failing


@dataclass(frozen=True)
class Incident:
    """A shape: what it is called, and the stretches of each of its instances, of equal length."""

    name: str
    instances: tuple[tuple[Stretch, ...], ...]
    usual: float = BUSY

    @property
    def minutes(self) -> int:
        """Its length with the health before it."""
        return max(sum(part.minutes for part in parts) for parts in self.instances)

    def failed_by(self, minute: float) -> float:
        """How many requests have failed until then."""
        found = 0.0
        for parts in self.instances:
            start = 0
            for part in parts:
                found += part.failed * max(0.0, min(minute - start, part.minutes))
                start += part.minutes
        return found

    def spent_by(self, minute: float) -> float:
        """The share of the budget of 30 days at the usual traffic that is spent until then."""
        return self.failed_by(minute) / (BUDGET * self.usual * WINDOW)

    @property
    def spends(self) -> float:
        """The share of the budget that all of it spends."""
        return self.spent_by(self.minutes)

    @property
    def begins(self) -> int:
        """The minute of the first failure; that after the health, where there is none."""
        for parts in self.instances:
            start = 0
            for part in parts:
                if part.failed:
                    return start
                start += part.minutes
        return HEALTHY

    @property
    def ends(self) -> int:
        """The minute after the last failure."""
        last = self.begins
        for parts in self.instances:
            start = 0
            for part in parts:
                start += part.minutes
                last = max(last, start) if part.failed else last
        return last


def one(name: str, *parts: Stretch, usual: float = BUSY) -> Incident:
    """An incident of a service that is one instance."""
    return Incident(name, ((Stretch(HEALTHY, usual), *parts),), usual)


def failing(minutes: int, share: float, requests: float = BUSY) -> Stretch:
    """A stretch of failures."""
    return Stretch(minutes, requests, share)


def well(minutes: int, requests: float = BUSY) -> Stretch:
    """A stretch of health."""
    return Stretch(minutes, requests)


def _replicas() -> Incident:
    fifth = BUSY / 5
    bad = (Stretch(HEALTHY, fifth), Stretch(120, fifth, 0.5))
    good = (Stretch(HEALTHY + 120, fifth),)
    return Incident("one bad replica of five, half of its answers, 2 hours", (bad, *[good] * 4))


SHAPES: tuple[Incident, ...] = (
    one("total outage, 2 minutes", failing(2, 1)),
    one("total outage, 10 minutes", failing(10, 1)),
    one("total outage, 1 hour", failing(60, 1)),
    one("20 % errors, 5 minutes", failing(5, 0.2)),
    one("20 % errors, 1 hour", failing(60, 0.2)),
    one("5 % errors, 30 minutes", failing(30, 0.05)),
    one("5 % errors, 6 hours", failing(360, 0.05)),
    one("2 % errors, 1 hour", failing(60, 0.02)),
    one("2 % errors, 12 hours", failing(720, 0.02)),
    one("2 % errors, 2 days", failing(2880, 0.02)),
    one("0.4 % errors, 1 day", failing(1440, 0.004)),
    one("slow leak, 0.2 % errors, 2 days", failing(2880, 0.002)),
    one("slow leak within the budget, 0.05 % errors, 2 days", failing(2880, 0.0005)),
    one("flapping, all fail for 1 minute of each 10, 4 hours",
        *[part for _ in range(24) for part in (failing(1, 1), well(9))]),
    one("flapping, 5 % for 5 minutes of each 30, 1 day",
        *[part for _ in range(48) for part in (failing(5, 0.05), well(25))]),
    one("deploy spike, 30 % errors for 1 minute", failing(1, 0.3)),
    one("deploy spike, 5 % errors for 3 minutes", failing(3, 0.05)),
    _replicas(),
    one("night-time blip, 1 failure of 2 a minute", failing(1, 0.5, QUIET), usual=QUIET),
    one("night-time outage, 2 requests a minute, 30 minutes", failing(30, 1, QUIET), usual=QUIET),
    one("scrape gap, 20 minutes, no failure", Stretch(20, BUSY, kind="gap")),
    one("scrape gap within an outage of 1 hour", failing(20, 1), Stretch(20, BUSY, 1, "gap"),
        failing(20, 1)),
    one("counter reset, no failure", Stretch(60, BUSY, is_reset=True)),
    one("counter reset within 5 % errors, 2 hours", failing(60, 0.05),
        Stretch(60, BUSY, 0.05, is_reset=True)),
    one("idle, no request for 6 hours", well(360, 0)),
    one("idle, then all fail for 10 minutes", well(360, 0), failing(10, 1)),
    one("samples that are no number, 30 minutes", Stretch(30, BUSY, kind="nan")),
)  # fmt: skip


def random_incidents(count: int, seed: int) -> Sequence[Incident]:
    """Incidents of one to three stretches: a minute to eight hours, 0.05 % to 100 % failing."""
    chance = random.Random(seed)
    found = []
    for number in range(count):
        usual = chance.choice((60, 600, BUSY))
        parts: list[Stretch] = []
        for _ in range(chance.randint(1, 3)):
            minutes = round(10 ** chance.uniform(0, 2.2))
            share = round(10 ** chance.uniform(-3.3, 0), 4)
            parts += [failing(minutes, share, usual), well(chance.randint(1, 60), usual)]
        found.append(one(f"random {number}", *parts, usual=usual))
    return found


def series(incident: Incident, label: str, minutes: int) -> dict[str, str]:
    """Its counters in promtool's words, one sample a minute, followed by health up to the end."""
    found: dict[str, str] = {}
    for number, parts in enumerate(incident.instances):
        rest = minutes - sum(part.minutes for part in parts)
        usual = incident.usual / len(incident.instances)
        for metric, bad in (("requests_total", False), ("errors_total", True)):
            labels = f'incident="{label}",instance="{number}"'
            text = _samples((*parts, Stretch(rest, usual)), bad=bad)
            found[f"{metric}{{{labels}}}"] = text
    return found


def _samples(parts: Sequence[Stretch], *, bad: bool) -> str:
    value, words = 0.0, ["0"]
    for part in parts:
        step = part.failed if bad else part.requests
        if part.minutes < 1:
            continue
        value = 0.0 if part.is_reset else value
        if part.kind == "gap":
            words.append(f"_x{part.minutes}")
        elif part.kind == "nan":
            words += part.minutes * ["NaN"]
        else:
            words.append(f"{value + step:.10g}+{step:.10g}x{part.minutes - 1}")
        value += part.minutes * step
    return " ".join(words)
