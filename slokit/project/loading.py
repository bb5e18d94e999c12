"""Reading specs: the bundle file, the specs, and all that is wrong with them."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import compress
from pathlib import Path
from typing import NamedTuple

from slokit.diagnostics import codes, ignores
from slokit.diagnostics.errors import NoSpecsError, UsageError
from slokit.diagnostics.finding import Finding, Location, Place, Severity
from slokit.dialects import DIALECTS
from slokit.dialects.base import Dialect, Environment
from slokit.dialects.composites import with_members
from slokit.dialects.resolve import resolve
from slokit.lint import lint
from slokit.model.bundle import Bundle, Project
from slokit.model.routing import BaseConfiguration
from slokit.model.slo import Service, Slo
from slokit.project.alertmanager_base import read_base
from slokit.project.boundary import Boundary
from slokit.project.maintenance import KEY, read_maintenance_file
from slokit.project.project_file import BaseReader, read_project
from slokit.project.selection import Selection, named_slos
from slokit.project.templates import TemplateReader
from slokit.project.workspace import (
    STDIN,
    SpecFile,
    SpecFiles,
    find_project_file,
    outside,
    read_file,
    read_spec_files,
    shown_path,
)
from slokit.promql.selector import UTF8_HINT, read_for
from slokit.source.expansion import Value
from slokit.source.places import Expansions, Places
from slokit.source.tree import Document, read_documents
from slokit.targets import TARGETS
from slokit.targets.base import bundle_of
from slokit.text.similar_names import closest
from slokit.text.words import clip, joined

_ALIKE = 0.85  # slockit and slo-kit, but not sloth
_OPTIONS = {target.name: target.options for target in TARGETS}


@dataclass(frozen=True, slots=True)
class Loaded:
    """Specs that were read: the bundle, all findings, and what was looked at.

    ``selection`` is what the arguments name, all of the bundle when there were none.
    ``skipped`` are the files of YAML documents that are no slokit documents, one for each.
    ``texts`` maps file names to their texts, for drawing findings, and ``expansions`` are the uses
    of templates. ``root`` is the directory of
    slokit.yaml; ``source`` says where all of it was read. Where the arguments name files,
    ``findings`` are about those and slokit.yaml, and ``elsewhere`` holds all others.
    """

    bundle: Bundle
    root: Path
    findings: tuple[Finding, ...] = ()
    elsewhere: tuple[Finding, ...] = field(default=(), repr=False)
    selection: Selection = field(default=Selection(), repr=False)
    skipped: tuple[str, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict, repr=False)
    expansions: Expansions = field(default_factory=dict, repr=False)
    source: "_Source | None" = field(default=None, repr=False, compare=False)

    @property
    def selected(self) -> frozenset[str]:
        """The names of the selected services."""
        return self.selection.services

    @property
    def slos(self) -> tuple[Slo, ...]:
        """The selected SLOs."""
        return self.selection.slos

    def place(self, location: Location) -> Place:
        """The lines and columns of a location in the specs."""
        return Places(self.texts, self.expansions).place(location)

    def use_of(self, location: Location) -> Place | None:
        """Where the template is used that a location is in; None where it is in none."""
        return Places(self.texts, self.expansions).use_of(location)

    def with_findings(self, found: Iterable[Finding]) -> "Loaded":
        """With further findings about these specs, less what slokit.yaml or a comment silences."""
        places = Places(self.texts, self.expansions)
        kept = ignores.kept(_enabled(found, self.bundle.project), places)
        return replace(self, findings=(*self.findings, *kept))

    def owned_by(self, owner: str | None) -> "Loaded":
        """With those of the selected SLOs that have this owner; all of them without one.

        Raises:
            UsageError: there is none; the message has the owners that there are.
        """
        return replace(self, selection=self.selection.owned_by(owner))

    def naming(self, names: Iterable[str]) -> "Loaded":
        """With the SLOs of these names, ``service/slo``, and of the services with them.

        Raises:
            UsageError: a name is neither's.
        """
        slos = named_slos(names, self.bundle)
        services = frozenset(slo.service for slo in slos)
        return replace(self, selection=Selection(services, slos, is_whole=False))

    def narrowed(self, ids: Collection[str]) -> "Loaded":
        """With those of the selected SLOs that have these ids, ``service/slo``."""
        return replace(self, selection=self.selection.narrowed(ids))

    @property
    def needs_newer_server(self) -> bool:
        """Whether some of what is wrong with them is right for a newer server."""
        return any(UTF8_HINT in finding.hint for finding in self.errors)

    def read_for(self, server: int) -> "Loaded":
        """The same specs, read for servers of this major version. Raises as :func:`load` does."""
        if self.source is None:
            return self
        found, paths, base = self.source
        settings = replace(found.settings, requires_prometheus=server)
        read = _loaded(found._replace(settings=settings), paths, base)
        chosen = read.selection.owned_by(self.selection.owner).narrowed(self.selection.ids)
        return replace(read, selection=chosen)

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that keep the selected services from being compiled."""
        return tuple(filter(_is_error, self.findings))

    @property
    def errors_elsewhere(self) -> tuple[Finding, ...]:
        """Those that keep other services from being compiled, and so the bundle as a whole."""
        return tuple(filter(_is_error, self.elsewhere))


def load(
    paths: Sequence[str] = (),
    project: "str | BundleFile | None" = None,
    directory: str | Path | None = None,
    env: str | None = None,
) -> Loaded:
    """Read the bundle: the project's specs and whatever the paths name beyond them.

    ``project`` is the bundle file, or what :func:`bundle_file` read of it; without it the nearest
    slokit.yaml is taken, upwards from ``directory``. Paths are relative to ``directory``,
    which is the working directory unless given.
    ``env`` is one of the project's environments; without it templates have the values alone that
    their uses and they themselves give.

    Raises:
        UsageError: a path, the project file or the environment does not exist.
        NoSpecsError: nothing of what was found, or of what the paths name, is a slokit document.
        BrokenEnvironmentError: a file cannot be read.
    """
    base = Path(directory) if directory is not None else Path.cwd()
    return _loaded(_in_environment(_project(project, base), env), paths, base)


def load_emptied(
    project: "str | BundleFile | None" = None,
    directory: str | Path | None = None,
    env: str | None = None,
) -> Loaded | None:
    """The bundle of a project that holds no spec any more, for when :func:`load` has found none.

    None where a path of `specs` is no directory: it may be misspelt, and the specs elsewhere.
    """
    found = _project(project, Path(directory) if directory is not None else Path.cwd())
    found = _in_environment(found, env)
    settings, root = found.settings, found.root
    if not all((root / path).is_dir() for path in settings.specs):
        return None
    return Loaded(Bundle(settings, ()), root, texts=found.texts)


def load_copy(project: Path, root: Path, env: str | None = None) -> Loaded:
    """Read the bundle of a project file within a copy of its repository, which ends at ``root``.

    An earlier state may not have the environment yet: it is read without one then. Raises as
    :func:`load` does.
    """
    found = _project(str(project), root)
    if env in found.settings.environments:
        found = _in_environment(found, env)
    return _loaded(found._replace(boundary=Boundary(root.resolve())), (), root)


def load_alone(path: str, project: str | None = None, env: str | None = None) -> Loaded:
    """Specs at one path by themselves, as if they were the whole bundle.

    Its settings are those of the nearest slokit.yaml, upwards from the path or else from the
    working directory. Raises as :func:`load` does.
    """
    there = Path(path).absolute()
    directory = there if there.is_dir() else there.parent
    file = project or find_project_file(directory) or find_project_file(Path.cwd())
    found = _in_environment(_project(str(file) if file else None, Path.cwd()), env)
    alone = replace(found.settings, specs=(str(there),), exclude=())
    reach = found.boundary.for_named(there)
    return _loaded(found._replace(settings=alone, boundary=reach), (), Path.cwd())


def load_shipped(directory: Path) -> Loaded:
    """Specs of a directory under no project's settings: those of the catalog."""
    settings = Project(specs=(str(directory),))
    reach = Boundary(directory.resolve())
    return _loaded(BundleFile(settings, directory, [], {}, reach), (), directory)


def bundle_file(project: "str | BundleFile | None" = None) -> "BundleFile":
    """What a bundle file says, the nearest one unless named; :func:`load` takes it in its place.

    Raises:
        UsageError: the file does not exist.
        BrokenEnvironmentError: it cannot be read.
    """
    return _project(project, Path.cwd())


def settings_of(project: str | None = None) -> tuple[Project, Path]:
    """The settings of a :func:`bundle_file`, and its directory."""
    found = bundle_file(project)
    return found.settings, found.root


def _loaded(found: "BundleFile", paths: Sequence[str], base: Path) -> Loaded:
    settings, root, findings, texts, boundary = found
    findings, texts = [*findings], {**texts}
    # whether the bundle has a name is unknown where its file could not be read as a whole
    unknown = (codes.UNNAMED_BUNDLE,) if any(map(_is_error, findings)) else ()
    named = read_spec_files(paths, base, root, boundary)
    entries = Location(settings.file, 0, ("specs",))
    own = read_spec_files(
        settings.specs, root, root, boundary, entries=entries, exclude=settings.exclude
    )
    sources = {s.name: s for s in (*own.files, *named.files)}
    texts |= {name: source.text for name, source in sources.items()}
    findings += [*named.findings, *own.findings]
    parsed, skipped = _documents(sources.values(), findings)
    reader = TemplateReader(sources, parsed, _reach(boundary, {s.name for s in own.files}))
    documents = _expanded(parsed, reader, _environment(settings), findings)
    texts |= reader.texts
    expansions = {
        (each.file, each.index): each.expansion
        for written in documents.values()
        for each in written
        if each.expansion
    }
    places = Places(texts, expansions)
    with read_for(settings.requires_prometheus):
        services = [
            replace(service, file=sources[service.file].origin)
            for service in _services(documents, settings, places, findings)
        ]
    bundle = Bundle(settings, tuple(sorted(services, key=lambda s: (s.name, s.file, s.index))))
    named = _with_names(named, paths, base, bundle, parsed)
    broken = {f.location.file for f in findings if _is_error(f) and f.location}
    unsound = {source.origin for source in sources.values() if source.name in broken}
    selection = _selection(bundle, paths, named, _origins(sources, named, expansions), unsound)
    if not selection.services and not findings:
        raise NoSpecsError(_where(paths, settings))
    findings += [f for f in lint(bundle) if f.code not in unknown]
    reported = ignores.apply(_enabled(findings, settings), places)
    if any(map(_is_error, reported)):
        reported = [f for f in reported if f.code is not codes.LEFT_OUT]
    wanted = {name.partition("/")[0] for name in named.missing}
    of_interest = {settings.file, *found.texts, "", *(s.name for s in named.files)}
    of_interest |= {f.location.file for f in named.findings if f.location}
    origins = {service.file for service in services if service.name in wanted}
    of_interest |= {source.name for source in own.files if source.origin in origins}
    is_own = [selection.is_whole or bool(of_interest & _files(finding)) for finding in reported]
    return Loaded(
        bundle,
        root,
        tuple(compress(reported, is_own)),
        tuple(f for f, is_here in zip(reported, is_own, strict=True) if not is_here),
        selection,
        skipped,
        texts,
        expansions,
        _Source(found, paths, base),
    )


def _with_names(
    named: SpecFiles,
    paths: Sequence[str],
    base: Path,
    bundle: Bundle,
    parsed: Mapping[str, Sequence[Document]],
) -> SpecFiles:
    """With the services and SLOs that a directory is called like which holds no spec.

    A service's program often stands in one of its name: there the name is meant.
    """
    known = {slo.id for slo in bundle.slos} | {service.name for service in bundle.services}
    specs = [Path(s.path) for s in named.files if any(map(_dialect_of, parsed.get(s.name, ())))]
    at = {path: (base / path).absolute() for path in paths if path in known}
    empty = (p for p in at if at[p].is_dir() and not any(s.is_relative_to(at[p]) for s in specs))
    return replace(named, missing=(*named.missing, *empty))


def _origins(sources: Mapping[str, SpecFile], named: SpecFiles, expansions: Expansions) -> set[str]:
    """The files that are named; who names a template means those that use it."""
    names = {source.name for source in named.files}
    uses = {file for (file, _), made in expansions.items() if made.template.file in names}
    return {sources[name].origin for name in (*names, *uses)}


def _selection(
    bundle: Bundle, paths: Sequence[str], named: SpecFiles, origins: set[str], unsound: set[str]
) -> Selection:
    """What the paths name: files, and the services and SLOs that are no files.

    ``unsound`` are the files with errors, for which an SLO may be missing that they do describe.
    """
    if not paths:
        return Selection(frozenset(s.name for s in bundle.services), bundle.slos)
    lossy = {s.name for s in bundle.services if s.file in unsound}
    known = {slo.id for slo in bundle.slos}
    surely = [n for n in named.missing if n in known or n.rpartition("/")[0] not in lossy]
    by_name = {slo.id for slo in named_slos(surely, bundle, "file, service or SLO")}
    services = {name.partition("/")[0] for name in named.missing}
    services |= {s.name for s in bundle.services if s.file in origins}
    slos = tuple(
        slo
        for service in bundle.services
        for slo in service.slos
        if service.file in origins or slo.id in by_name
    )
    return Selection(frozenset(services), slos, is_whole=False)


def _files(finding: Finding) -> set[str]:
    """The files that a finding is about; the empty name where it is about none."""
    places = (finding.place, *(other.place for other in finding.related))
    return {place.file for place in places if place} or {""}


def _is_error(finding: Finding) -> bool:
    return finding.level is Severity.ERROR


class BundleFile(NamedTuple):
    """A bundle file: its settings, its directory, what is wrong with it, and its text by name.

    ``boundary`` is how far its paths reach.
    """

    settings: Project
    root: Path
    findings: list[Finding]
    texts: dict[str, str]
    boundary: Boundary


class _Source(NamedTuple):
    """The bundle file, the paths that were named beyond it, and where those begin."""

    found: BundleFile
    paths: Sequence[str]
    base: Path


def _project(given: str | BundleFile | None, base: Path) -> BundleFile:
    if isinstance(given, BundleFile):
        return given
    path = Path(given) if given else find_project_file(base.absolute())
    if path is None:
        here = base.absolute()
        return BundleFile(Project(), here, [], {}, Boundary.of_project(here))
    if not path.is_file():
        raise UsageError(f"no such project file {str(path)!r}")
    root, name = path.parent.absolute(), shown_path(path)
    boundary = Boundary.of_project(root)
    if not boundary.holds(path):
        return BundleFile(Project(file=name), root, [outside(Location(name), name)], {}, boundary)
    text, findings = read_file(path)
    texts = {name: text}
    reader = _base_reader(root, boundary, texts)
    project, more = read_project(name, text, _OPTIONS, reader) if not findings else (None, [])
    if project and project.archive and not boundary.holds(root / project.archive):
        more = [*more, outside(Location(name, 0, ("archive",)), project.archive)]
    if project and not boundary.holds(root / project.out):
        findings.append(outside(Location(name, 0, ("out",)), project.out))
    if project and project.maintenance_file:
        project, faults, own = _with_maintenance(project, root, boundary)
        more, texts = [*more, *faults], {**texts, **own}
    return BundleFile(project or Project(file=name), root, findings + more, texts, boundary)


def _base_reader(root: Path, boundary: Boundary, texts: dict[str, str]) -> BaseReader:
    """Reads the configuration of Alertmanager that slokit.yaml names, as far as it is in reach.

    Its text is added to ``texts``, so that findings about it can be drawn.
    """

    def read(
        path: str, under: Sequence[str], location: Location
    ) -> tuple[BaseConfiguration | None, list[Finding]]:
        where = location.at("base")
        if not boundary.holds(root / path):
            return None, [outside(where, path)]
        if not (root / path).is_file():
            message, hint = f"no such file {clip(path)!r}", "it is relative to slokit.yaml"
            return None, [Finding(codes.BAD_VALUE, message, where, hint)]
        text, findings = read_file(root / path)
        name = shown_path(root / path)
        texts[name] = text
        if findings:
            return None, findings
        base, findings = read_base(name, text, under, location.at("insert_under"))
        # named as slokit.yaml names it, wherever slokit was started
        return base and replace(base, file=path), findings

    return read


def _with_maintenance(
    project: Project, root: Path, boundary: Boundary
) -> tuple[Project, list[Finding], dict[str, str]]:
    """The project with the maintenances of a file of their own, and that file's text by its name.

    Raises:
        BrokenEnvironmentError: the file cannot be read.
    """
    path, where = root / project.maintenance_file, Location(project.file, 0, (KEY,))
    if not boundary.holds(path):
        return project, [outside(where, project.maintenance_file)], {}
    if not path.is_file():
        message = f"no such file {clip(project.maintenance_file)!r}"
        hint = "a path relative to slokit.yaml, or the list itself"
        return project, [Finding(codes.BAD_VALUE, message, where, hint)], {}
    name = shown_path(path)
    text, findings = read_file(path)
    found, more = read_maintenance_file(name, text) if not findings else ((), [])
    return replace(project, maintenances=found), [*findings, *more], {name: text}


def _in_environment(found: BundleFile, env: str | None) -> BundleFile:
    """The bundle file as it is in one of its environments.

    Raises:
        UsageError: no such environment.
    """
    known = found.settings.environments
    # of a file that cannot be read the environments are not known either
    if env is None or (env not in known and any(map(_is_error, found.findings))):
        return found
    if env not in known:
        choices = f"choose {joined(list(known), 'or')}" if known else "slokit.yaml has none"
        raise UsageError(f"no such environment {clip(env)!r}: {choices}")
    return found._replace(settings=found.settings.in_environment(env))


def _environment(settings: Project) -> Environment:
    """What slokit.yaml gives to the parameters of templates."""
    name, offered = settings.environment, dict[str, list[str]]()
    for other, values in settings.environments.items():
        for parameter in values:
            offered.setdefault(parameter, []).append(other)
    here = Location(settings.file, 0, ("environments", name))
    chosen = settings.environments.get(name, {})
    return Environment(name, {p: Value(v, here.at(p)) for p, v in chosen.items()}, offered)


def _reach(boundary: Boundary, own: Collection[str]) -> Callable[[SpecFile], Boundary]:
    """How far the paths in a file lead; a file that the user named may be of another place."""

    def reach(source: SpecFile) -> Boundary:
        is_own = source.name in own or source.path == STDIN
        return boundary if is_own else boundary.for_named(source.path)

    return reach


def _expanded(
    parsed: Mapping[str, Sequence[Document]],
    reader: TemplateReader,
    environment: Environment,
    findings: list[Finding],
) -> dict[str, list[Document]]:
    """The documents by the names of their dialects, with templates in the place of their uses."""
    written: dict[str, list[Document]] = {dialect.name: [] for dialect in DIALECTS}
    for documents in parsed.values():
        for document in documents:
            if dialect := _dialect_of(document):
                written[dialect.name].append(document)
    for dialect in DIALECTS:
        expanded: list[Document] = []
        for found in dialect.expand(written[dialect.name], reader, environment):
            if isinstance(found, Finding):
                findings.append(found)
            else:
                expanded.append(found)
        written[dialect.name] = expanded
    findings += reader.findings
    return written


def _documents(
    sources: Iterable[SpecFile], findings: list[Finding]
) -> tuple[dict[str, list[Document]], tuple[str, ...]]:
    """The documents of each file, and the files of those that are in no dialect."""
    parsed: dict[str, list[Document]] = {}
    skipped: list[str] = []
    for source in sources:
        if bundle_of(source.text) and not source.is_named:
            continue  # what slokit itself wrote, where specs and output share a directory
        documents, faults = read_documents(source.name, source.text)
        parsed[source.name] = documents
        dialects = [_dialect_of(document) for document in documents]
        if any(dialects) or source.is_named or any(d.mark in source.text for d in DIALECTS):
            findings += faults
        elif faults:
            skipped.append(source.name)  # so broken that not even its kind is known
        for document, dialect in zip(documents, dialects, strict=True):
            if dialect is None and document.data is not None:
                skipped.append(source.name)
                near = _nearly_a_spec(document)
                if near or source.is_named:
                    findings.append(near or _not_a_spec(document.location))
        if source.is_named and not faults and all(d.data is None for d in documents):
            findings.append(_not_a_spec(Location(source.name)))
    return parsed, tuple(skipped)


def _services(
    written: Mapping[str, Sequence[Document]],
    project: Project,
    places: Places,
    findings: list[Finding],
) -> Iterator[Service]:
    services: list[Service] = []
    drafted: set[str] = set()
    for dialect in DIALECTS:
        for found in dialect.read(written[dialect.name]):
            if isinstance(found, Finding):
                findings.append(found)
                continue
            service, more = resolve(found, project, places)
            findings += more
            drafted |= {f"{found.name}/{draft.name}" for draft in found.slos}
            services += [service] if service is not None else []
    linked, more = with_members(services, drafted)
    findings += more
    yield from linked


def _dialect_of(document: Document) -> Dialect | None:
    return next((dialect for dialect in DIALECTS if dialect.matches(document.data)), None)


def _nearly_a_spec(document: Document) -> Finding | None:
    """A misspelt apiVersion: the part before the slash is all but a dialect's."""
    version = document.data.get("apiVersion") if isinstance(document.data, dict) else None
    if not isinstance(version, str):
        return None
    near = [d.name for d in DIALECTS if closest(_group(version), [_group(d.name)], _ALIKE)]
    if not near:
        return None
    location = document.location.at("apiVersion")
    message, hint = f"unknown version {clip(version)!r}", f"did you mean {near[0]}?"
    return Finding(codes.UNKNOWN_VERSION, message, location, hint)


def _group(version: str) -> str:
    return version.partition("/")[0].lower()


def _not_a_spec(location: Location) -> Finding:
    message, hint = "this is no slokit spec", "a spec says `apiVersion: slokit/v1`"
    return Finding(codes.NOT_A_SPEC, message, location, hint)


def _enabled(findings: Iterable[Finding], project: Project) -> list[Finding]:
    """Without what slokit.yaml disables; an error cannot be disabled. Each with its address."""
    disabled = set(project.lint_disable)
    docs = project.links.get("docs", "").rstrip("/")
    return [
        replace(f, url=f"{docs}/codes/{f.code.number}.md") if docs else f
        for f in findings
        if _is_error(f) or not disabled & {f.code.number, f.code.slug}
    ]


def _where(paths: Sequence[str], project: Project) -> str:
    places = ", ".join(paths or project.specs)
    advice = "" if paths else ": run `slokit init` to write a first one"
    return f"no slokit specs in {places}{advice}"
