"""slokit catalog: specs that slokit ships."""

from typing import Annotated

import typer

from slokit.cli.arguments import ProjectFile
from slokit.text.words import counted

app = typer.Typer(help="Specs that slokit ships: list, show, add.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(metavar="NAME", help="A name that `catalog list` tells.")]


@app.command("list")
def show_all() -> None:
    """List the specs that slokit ships."""
    from slokit.project import catalog

    entries = catalog.entries()
    widest = max(len(entry.name) for entry in entries)
    for entry in entries:
        slos = sum(len(service.slos) for service in entry.services)
        about = entry.services[0].description
        print(f"{entry.name:{widest}}  {counted(slos, 'SLO'):>8}  {about}")


@app.command()
def show(name: Name) -> None:
    """Print a spec that slokit ships."""
    from slokit.project import catalog

    print(catalog.entry(name).text, end="")


@app.command()
def add(
    name: Name,
    to: Annotated[
        str | None,
        typer.Option(metavar="DIR", help="Where. Default: the project's specs."),
    ] = None,
    project: ProjectFile = None,
) -> None:
    """Write a spec that slokit ships into the project; overwrites nothing."""
    from slokit.project import catalog, workspace

    added = catalog.add(name, to, project)
    print(f"wrote {workspace.display(added.path)}")
    if not added.has_project:
        print("there is no slokit.yaml yet: `slokit init` writes one")
    elif not added.is_read:
        print("the project does not read it there: add its directory to `specs:` in slokit.yaml")
    print(
        "\nAdapt what its first lines name; then ask your Prometheus what does not fit:\n"
        "\n  slokit check --prometheus URL"
    )
