"""How commands show their help: plain text, with the names that slokit's registries hold.

A help text writes ``{target}`` where the names of all targets shall stand. They are looked up when
the help is shown: registries take too long to load for `slokit --version`.
"""

from typing import TYPE_CHECKING, Any

from typer.core import TyperArgument, TyperCommand

from slokit.text.words import joined

if TYPE_CHECKING:
    from slokit.choices import Choice


class _Names(dict[str, str]):
    def __missing__(self, choice: "Choice") -> str:
        from slokit import api

        return joined(api.names_of(choice), "or")


def filled(text: str) -> str:
    """A help text with names in place of ``{target}``, ``{report format}`` and their like."""
    return text.format_map(_Names()) if "{" in text else text


class Command(TyperCommand):
    """A command with arguments shown as they are typed, and without the types of Python."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """The usage line: OLD and [SPEC]..., where typer would write {OLD}."""
        return [piece.strip("{}") for piece in super().collect_usage_pieces(ctx)]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Two lists: arguments and options."""
        arguments, options = [], []
        for parameter in self.get_params(ctx):
            if isinstance(parameter, TyperArgument):
                name = f"{parameter.metavar}{'' if parameter.nargs == 1 else '...'}"
                arguments.append((name, filled(parameter.help or "")))
            elif record := parameter.get_help_record(ctx):
                options.append((record[0], filled(record[1])))
        for title, rows in (("Arguments", arguments), ("Options", options)):
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)
