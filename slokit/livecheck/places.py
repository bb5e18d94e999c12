"""Where in a spec the things are written that a server does not agree with."""

from slokit.spec.diagnostics import Place
from slokit.spec.model import Route, Side, Slo


def of_side(slo: Slo, side: Side, number: int = 0) -> Place | None:
    """A side, or one of the selectors in its list."""
    keys: Route = tuple(side.key.split("."))
    if len(side.texts) > 1:
        keys = (*keys, number)
    return slo.locate((*slo.sli_route, *keys)) if slo.locate else None


def of_setting(slo: Slo, key: str) -> Place | None:
    """A setting, on whichever level it is written; the SLO when it is written nowhere."""
    if slo.locate is None:
        return None
    for base in (slo.route, slo.sli_route, slo.sli_route[:-2], ("defaults",)):
        route = (*base, key)
        # a route that does not exist stands for the longest part of it that does
        if slo.locate(route, of_key=True) != slo.locate(base, of_key=True):
            return slo.locate(route)
    return of_slo(slo)


def of_slo(slo: Slo) -> Place | None:
    """The SLO's name."""
    return slo.place("name")


def of_service(slo: Slo) -> Place | None:
    """The name of the SLO's service."""
    return slo.locate(("service",)) if slo.locate else None
