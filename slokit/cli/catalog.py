"""slokit catalog: the specs that come with slokit."""

from collections.abc import Iterable
from typing import Annotated

import typer

from slokit.cli.help import Command
from slokit.cli.options import ProjectFile, completed
from slokit.cli.output import say
from slokit.text.words import counted

app = typer.Typer(
    help="List, show or add the specs that come with slokit.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


def _names() -> Iterable[str]:
    from slokit import api

    return [entry.name for entry in api.catalog()]


Name = Annotated[
    str,
    typer.Argument(
        metavar="NAME",
        help="A name from `slokit catalog list`, such as etcd.",
        autocompletion=completed(_names),
    ),
]


@app.command("list", cls=Command)
def show_all() -> None:
    """List the specs that come with slokit."""
    from slokit import api

    entries = api.catalog()
    widest = max(len(entry.name) for entry in entries)
    for entry in entries:
        slos = sum(len(service.slos) for service in entry.services)
        about = entry.services[0].description
        print(f"{entry.name:{widest}}  {counted(slos, 'SLO'):>8}  {about}")


@app.command(cls=Command)
def show(name: Name) -> None:
    """Print a spec of the catalog."""
    from slokit import api

    print(api.catalog_entry(name).text, end="")


@app.command(cls=Command)
def add(
    name: Name,
    to: Annotated[
        str | None,
        typer.Option(metavar="DIR", help="Where to write. Default: the project's specs."),
    ] = None,
    project: ProjectFile = None,
) -> None:
    """Write a spec of the catalog into the project."""
    from slokit import api

    added = api.add_from_catalog(name, to, project)
    say(f"wrote {added.file}")
    if not added.has_project:
        print("no slokit.yaml yet: `slokit init` writes one")
    elif not added.is_read:
        print("the project does not read it there: add its directory to `specs:` in slokit.yaml")
    print(
        "\nAdapt what its first lines name; then ask your Prometheus what does not fit:\n"
        "\n  slokit check --prometheus URL"
    )
