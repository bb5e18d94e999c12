"""A project's environments: which there are, what is wrong in all of them, what old ones left."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from slokit.diagnostics import codes
from slokit.diagnostics.errors import UsageError
from slokit.diagnostics.finding import Finding, sort_findings
from slokit.project.loading import BundleFile, Loaded, bundle_file
from slokit.targets import TARGETS
from slokit.targets.base import HEAD, bundle_of
from slokit.text.words import clip, joined


def _environments(project: str | BundleFile | None) -> tuple[str, ...]:
    return tuple(bundle_file(project).settings.environments)


def chosen_environments(
    given: Sequence[str], project: str | BundleFile | None = None
) -> tuple[str | None, ...]:
    """The environments that are meant: those given, else all there are, else None alone."""
    return tuple(dict.fromkeys(given)) or _environments(project) or (None,)


def chosen_environment(given: str | None, project: str | BundleFile | None = None) -> str | None:
    """The one environment that is meant: the one given, else the only one there is, else None.

    Raises:
        UsageError: there are several; the message names them.
    """
    if given is not None:
        return given
    known = _environments(project)
    if len(known) > 1:
        raise UsageError(f"which environment? choose --env {joined(known, 'or')}")
    return known[0] if known else None


def merged(states: Sequence[Loaded]) -> Loaded:
    """The findings of a project in several environments, each once.

    One that not all of them have says which do. An ignore comment is of use where it silences
    something in any of them.
    """
    first = states[0]
    if len(states) == 1:
        return first
    return replace(
        first,
        findings=_union([state.findings for state in states], states),
        elsewhere=_union([state.elsewhere for state in states], states),
        texts={name: text for state in states for name, text in state.texts.items()},
    )


def _union(findings: Sequence[Sequence[Finding]], states: Sequence[Loaded]) -> tuple[Finding, ...]:
    names = [state.bundle.project.environment for state in states]
    found: dict[tuple[object, str, str], tuple[Finding, list[int]]] = {}
    for number, own in enumerate(findings):
        for each in own:
            same = (each.place, each.code.number, each.message)
            found.setdefault(same, (each, []))[1].append(number)
    left = []
    for finding, where in found.values():
        if len(where) == len(states):
            left.append(finding)
        elif finding.code is not codes.IGNORE_UNUSED:
            environment = joined([clip(names[number]) for number in where])
            left.append(replace(finding, message=f"{finding.message} (in {environment})"))
    return tuple(sort_findings(left))


def left_over(project: str | BundleFile | None = None) -> dict[str, tuple[str, int]]:
    """Files of environments that slokit.yaml has no more, by directory: whose, and how many.

    Of a project that got its first environment those of before, which had no directory of its own.
    Prometheus may still load them. Links are not followed.
    """
    found = bundle_file(project)
    settings, out = found.settings, found.root / found.settings.out
    places = {out: settings.bundle} if settings.environments else {}
    for path in sorted(out.iterdir()) if out.is_dir() else ():
        if path.name not in settings.environments and path.is_dir() and not path.is_symlink():
            places[path] = settings.in_environment(path.name).bundle
    owned = dict.fromkeys(pattern for target in TARGETS for pattern in target.owns)
    counts = {
        place: (
            name,
            sum(_writer(path, place) == name for each in owned for path in place.glob(each)),
        )
        for place, name in places.items()
    }
    return {str(place): each for place, each in counts.items() if each[1]}


def _writer(path: Path, place: Path) -> str:
    """The bundle that a file is of; of none where it cannot be read, or a link leads elsewhere."""
    if not path.is_file() or path.resolve() != place.resolve() / path.relative_to(place):
        return ""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return bundle_of(file.read(HEAD))
    except OSError:
        return ""
