"""What an output format is: of findings, reports, explanations and differences alike."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from slokit.diagnostics.errors import UsageError
from slokit.text.escaping import inert
from slokit.text.words import no_such

Render_co = TypeVar("Render_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Format(Generic[Render_co]):
    """A format's name on the command line, and the function that renders the whole text.

    What the function takes is the room's own choice: a registry is a tuple of formats whose
    functions take the same. What it renders from a user's file steers no terminal; ``inert`` then
    takes from the whole text what the runner of a CI job would take for a command.
    """

    name: str
    render: Render_co
    inert: Callable[[str], str] = inert


def format_named(name: str, formats: Sequence[Format[Render_co]]) -> Format[Render_co]:
    """The format that a user chose.

    Raises:
        UsageError: none has this name.
    """
    for each in formats:
        if each.name == name:
            return each
    raise UsageError(no_such("format", name, (each.name for each in formats)))
