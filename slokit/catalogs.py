"""The specs that come with slokit: use cases of `slokit.api`, which has their functions too."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from slokit.project.catalog import AddedSpec, CatalogEntry


def catalog() -> "tuple[CatalogEntry, ...]":
    """The specs that come with slokit, ordered by name.

    Raises:
        BrokenEnvironmentError: slokit is not installed as a whole.
    """
    from slokit.project.catalog import entries

    return entries()


def catalog_entry(name: str) -> "CatalogEntry":
    """One spec of the catalog.

    Raises:
        UsageError: no such spec.
        BrokenEnvironmentError: slokit is not installed as a whole.
    """
    from slokit.project.catalog import entry

    return entry(name)


def add_from_catalog(name: str, to: str | None = None, project: str | None = None) -> "AddedSpec":
    """Write a spec of the catalog into the directory ``to``, or where the project's specs are.

    Raises:
        UsageError: no such spec, its file or its service exists, or it is not clear where to write.
        BrokenEnvironmentError: it cannot be written.
    """
    from slokit.project.catalog import add

    return add(name, to, project)
