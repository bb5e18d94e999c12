"""Where in a spec the things are written that a server does not agree with."""

from slokit.diagnostics.finding import Place
from slokit.model.slo import Route, Side, Slo


def of_side(slo: Slo, side: Side, number: int = 0) -> Place | None:
    """A side, or one of the selectors in its list."""
    keys: Route = tuple(side.key.split("."))
    if len(side.texts) > 1:
        keys = (*keys, number)
    return slo.locate((*slo.sli_route, *keys)) if slo.locate else None


def of_setting(slo: Slo, key: str) -> Place | None:
    """A setting, on whichever level it is written; the SLO when it is written nowhere."""
    return slo.place_of(key)


def of_slo(slo: Slo) -> Place | None:
    """The SLO's name."""
    return slo.place("name")


def of_service(slo: Slo) -> Place | None:
    """The name of the SLO's service."""
    return slo.locate(("service",)) if slo.locate else None
