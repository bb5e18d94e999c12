"""Where in a spec the things are written that a server does not agree with."""

from slokit.diagnostics.location import KeyPath, Location
from slokit.model.ledger import Side
from slokit.model.slo import Slo


def of_side(slo: Slo, side: Side, number: int = 0) -> Location:
    """A side, or one of the selectors in its list."""
    keys: KeyPath = tuple(side.key.split("."))
    if len(side.texts) > 1:
        keys = (*keys, number)
    return slo.sli_location.at(*keys)


def of_setting(slo: Slo, key: str) -> Location:
    """A setting, on whichever level it is written; the SLO when it is written nowhere."""
    return slo.location_of(key)


def of_slo(slo: Slo) -> Location:
    """The SLO's name."""
    return slo.location_of("name")


def of_service(slo: Slo) -> Location:
    """The name of the SLO's service."""
    return slo.location_of("service")
