"""Projects as a stranger's pull request may leave them, and what they must not reach."""

from pathlib import Path

SPEC = """\
apiVersion: slokit/v1
service: {service}
slos:
  - {{name: a, objective: 99%, sli: {{events: {{bad: errors_total, total: requests_total}}}}}}
"""
SECRET = "hunter2"


def spec(service: str) -> str:
    """A spec without a fault."""
    return SPEC.format(service=service)


def put(root: Path, files: dict[str, str]) -> None:
    """Write files by their paths below a directory."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def tree(root: Path) -> dict[str, str]:
    """All files below a directory, by path."""
    return {
        str(path.relative_to(root)): path.read_text()
        for path in sorted(root.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }
