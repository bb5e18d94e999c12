"""How a server deviates from the specs, as data: in the terms of SLOs, and in no order of blame."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from slokit.model.slo import Slo


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is otherwise: ``old`` is what the server has, ``new`` what the specs say.

    ``what`` is a label of the info series (objective, window, owner …), ``group_by``, a series of
    the ledger (``total``, ``bad``), where it is an expression, or rules of the bundle.
    """

    what: str
    old: str
    new: str
    is_expression: bool = False


@dataclass(frozen=True, slots=True)
class Orphan:
    """An SLO of the bundle that no spec has and whose rules run on.

    ``firing`` counts its alerts that fire now; ``files`` are those on the server.
    """

    service: str
    name: str
    objective: str
    window: str
    files: tuple[str, ...] = ()
    firing: int = 0

    @property
    def id(self) -> str:
        """``service/slo``."""
        return f"{self.service}/{self.name}"


@dataclass(frozen=True, slots=True)
class Repeated:
    """An SLO, or a group of the bundle, whose rules are loaded from several files.

    The files are unknown where only what was recorded is.

    ``is_equal`` says that they are the same rules in each.
    """

    name: str
    files: tuple[str, ...]
    is_equal: bool


@dataclass(frozen=True, slots=True)
class Deviations:
    """All deviations of a bundle.

    ``is_there`` says whether the server has anything of the bundle; ``is_by_rules`` whether its
    rules were compared, or only what was recorded. ``changed`` is by the SLO's id.
    ``strangers`` are SLOs in a file of their own beside the one with the service's other rules.
    ``lost_groups`` are groups of the bundle that are not loaded.
    """

    is_there: bool
    is_by_rules: bool = True
    missing: tuple[Slo, ...] = ()
    changed: Mapping[str, tuple[Difference, ...]] = field(default_factory=dict)
    orphans: tuple[Orphan, ...] = ()
    strangers: tuple[Orphan, ...] = ()
    repeated: tuple[Repeated, ...] = ()
    lost_groups: tuple[str, ...] = ()
    settings: tuple[Difference, ...] = ()
