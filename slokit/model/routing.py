"""Who is notified of a bundle's alerts: receivers, and which alerts go to which of them.

The key ``alertmanager`` of slokit.yaml as values. Nothing here knows how Alertmanager spells it:
that is for its target.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import PurePosixPath
from typing import Any

from slokit.diagnostics.finding import KeyPath
from slokit.model.alerting import PAGE, TICKET
from slokit.promql.selector import Matcher

_MINUTE = Fraction(60)


@dataclass(frozen=True, slots=True)
class Receiver:
    """A receiver: its name, and the settings of each way in which it is notified, by the way."""

    name: str
    channels: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Escalation:
    """Receivers of a page that still fires after so many seconds."""

    after: Fraction
    to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OwnRoute:
    """Receivers of the alerts of some owners, services or labels, by severity.

    An empty tuple of owners, services or matchers is any. A severity without receivers is left to
    later routes.
    """

    owners: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    match: tuple[Matcher, ...] = ()
    receivers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    escalations: tuple[Escalation, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All receivers that it names, each once."""
        severities = (name for names in self.receivers.values() for name in names)
        return tuple(dict.fromkeys([*severities, *(to for e in self.escalations for to in e.to)]))


@dataclass(frozen=True, slots=True)
class Pace:
    """How soon a group of alerts is notified first, then of changes, and again; seconds."""

    wait: Fraction
    interval: Fraction
    repeat: Fraction


@dataclass(frozen=True, slots=True)
class BaseConfiguration:
    """An existing configuration of Alertmanager that the bundle's is added to.

    ``data`` is the whole of it; ``under`` are the positions that lead from its first route down to
    the one below which the bundle's stands.
    """

    file: str
    data: Mapping[str, Any]
    under: KeyPath = ()

    @property
    def receivers(self) -> tuple[str, ...]:
        """The names of its receivers."""
        listed = self.data.get("receivers") or ()
        return tuple(
            str(one["name"]) for one in listed if isinstance(one, Mapping) and "name" in one
        )


PACES: Mapping[str, Pace] = {
    PAGE: Pace(_MINUTE / 2, 5 * _MINUTE, 240 * _MINUTE),
    # A ticket waits until a page of the same fault has silenced it, and is repeated by the day.
    TICKET: Pace(2 * _MINUTE, 5 * _MINUTE, 3 * 1440 * _MINUTE),
}
GROUP_BY = ("bundle", "cluster", "service", "slo")


@dataclass(frozen=True, slots=True)
class Alertmanager:
    """Receivers, and which alerts go to which.

    ``default`` gets what no route names; an empty one is the receiver of the base's route.
    """

    receivers: tuple[Receiver, ...] = ()
    default: str = ""
    routes: tuple[OwnRoute, ...] = ()
    group_by: tuple[str, ...] = GROUP_BY
    paces: Mapping[str, Pace] = field(default_factory=lambda: PACES)
    base: BaseConfiguration | None = None


_SECRET_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")
_SECRET_KEY = re.compile(r"[-._a-zA-Z0-9]{1,253}")


def secret_of(file: str) -> dict[str, str] | None:
    """The secret and its key that a file stands for; None for one that stands for none.

    >>> secret_of("/etc/alertmanager/secrets/pagerduty/storage")
    {'name': 'pagerduty', 'key': 'storage'}
    """
    parts = PurePosixPath(file).parts[-2:]
    if (
        len(parts) < 2
        or not _SECRET_NAME.fullmatch(parts[0])
        or not _SECRET_KEY.fullmatch(parts[1])
    ):
        return None
    return {"name": parts[0], "key": parts[1]}
