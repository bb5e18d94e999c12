"""Templates: documents with ``parameters``, and the services that ``use`` makes of them.

All of it happens to plain data, before any document is decoded: what a template is expanded to is
checked like a service that is written out. A template cannot use another one, so there are no
cycles.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding, KeyPath, Location
from slokit.dialects.base import Environment, Expanding, TemplateFiles, left_out
from slokit.dialects.slokit_v1.written import (
    ParametersWritten,
    ParameterWritten,
    UseWritten,
)
from slokit.source import parameters
from slokit.source.decode import decode
from slokit.source.expansion import Expansion, Override, Value, merged
from slokit.source.tree import Document
from slokit.text.similar_names import did_you_mean
from slokit.text.words import clip, counted, joined

PARAMETERS, USE = "parameters", "use"
_OF_USE = frozenset(UseWritten.model_fields) - {"apiVersion"}
# What templates expand to counts like specs that are written out, so it has limits like theirs.
_MOST_VALUES, _MOST_CHARACTERS = 2_000_000, 200_000_000
_ESCAPE = "write $${ where the two characters themselves are meant"


class _FullError(Exception):
    """Templates expand to more than the limits allow."""


def expand(
    documents: Sequence[Document], files: TemplateFiles, environment: Environment
) -> Expanding:
    """The documents with templates expanded in the place of their uses, and what is wrong."""
    templates = _Templates(files)
    room = _Room()
    for document in documents:
        data = document.data
        if not isinstance(data, dict) or not _is_about_templates(data):
            yield document
        elif PARAMETERS in data and not _OF_USE & data.keys():
            templates.add(document)
        else:
            yield from _Use(document, templates, environment, room).expanded()
    yield from templates.findings(environment)


def _is_about_templates(data: Mapping[str, Any]) -> bool:
    is_use = bool(_OF_USE & data.keys()) and (USE in data or "slos" not in data)
    return PARAMETERS in data or is_use


class _Room:
    """How much templates may still expand to, over all uses of a bundle."""

    def __init__(self) -> None:
        self._values, self._characters = _MOST_VALUES, _MOST_CHARACTERS

    def take(self, values: int = 0, characters: int = 0) -> None:
        """Raises _FullError where that is more than there is."""
        self._values -= values
        self._characters -= characters
        if self._values < 0 or self._characters < 0:
            raise _FullError


class _Template:
    """One template: its parameters, the rest of its data, and what is wrong with it by itself."""

    def __init__(self, document: Document) -> None:
        data = document.data
        assert isinstance(data, dict)
        self.location = document.location
        self.data = {key: value for key, value in data.items() if key != PARAMETERS}
        decoded = decode(ParametersWritten, {PARAMETERS: data[PARAMETERS]}, self.location)
        self.is_used = False
        self.parameters: Mapping[str, ParameterWritten | None] = {}
        self.findings = list(decoded.findings)
        if decoded.value is not None:
            self.parameters = decoded.value.parameters
        names: set[str] = set()
        self.size = 0
        if not self.findings:
            self._look_through(self.data, (), names)
            if USE in self.data:
                self.findings.append(_nested(self.location.at(USE, of_key=True)))
            self.findings += self._faulty_defaults()
        self.is_sound = not self.findings
        self._unused = [name for name in self.parameters if name not in names]

    def _look_through(self, data: object, keys: KeyPath, names: set[str]) -> None:
        """Count the values, collect the parameters, and find what is none."""
        self.size += 1
        if isinstance(data, str):
            if parameters.OPENING in data:
                names.update(parameters.used(data))
                self.findings += self._misuses(data, self.location.at(*keys))
        elif isinstance(data, dict):
            for key, value in data.items():
                if parameters.OPENING in key:
                    message = f"a key holds no parameters, and {clip(key)!r} has a `${{`"
                    where = self.location.at(*keys, key, of_key=True)
                    hint = "parameters stand in values: write the key out"
                    self.findings.append(Finding(codes.PARAMETER, message, where, hint))
                self._look_through(value, (*keys, key), names)
        elif isinstance(data, list):
            for number, value in enumerate(data):
                self._look_through(value, (*keys, number), names)

    def _misuses(self, text: str, location: Location) -> Iterator[Finding]:
        for found in parameters.misuses(text, self.parameters):
            where = location.at(span=found.span)
            if not found.is_closed:
                message, hint = "a `${` that is not closed", f"close it with }}, or {_ESCAPE}"
                where = location.at(span=(found.span[0], found.span[0] + len(parameters.OPENING)))
            elif found.name in self.parameters or not _is_name(found.name):
                message = f"{clip(found.name)!r} is no name of a parameter"
                hint = f"letters, digits and underscores; or {_ESCAPE}"
            else:
                message = f"unknown parameter {clip(found.name)!r}"
                known = ", ".join(self.parameters)
                hint = f"known: {known}" if known else "there is none: add it to `parameters:`"
                near = did_you_mean(found.name, self.parameters)
                hint = f"{near} Or {_ESCAPE}" if near else f"{hint}; or {_ESCAPE}"
            yield Finding(codes.PARAMETER, message, where, hint)

    def _faulty_defaults(self) -> Iterator[Finding]:
        for name, parameter in self.parameters.items():
            if parameter is not None and parameter.default is not None:
                where = self.location.at(PARAMETERS, name, "default")
                yield from literal_faults(parameter.default, where)

    def default_of(self, name: str) -> Value | None:
        """What a parameter is where no use says so."""
        parameter = self.parameters[name]
        if parameter is None or parameter.default is None:
            return None
        where = self.location.at(PARAMETERS, name, "default")
        return Value(_literal(parameter.default), where)

    def unused(self) -> Iterator[Finding]:
        """Parameters that stand nowhere, and the template itself where nothing uses it."""
        if not self.is_used:
            message = "nothing uses this template"
            where = self.location.at(PARAMETERS, of_key=True)
            hint = "write a document with `use:` and the path of this file"
            yield Finding(codes.UNUSED_TEMPLATE, message, where, hint)
        for name in self._unused if self.is_sound else ():
            message = f"the parameter {name!r} stands nowhere in this template"
            where = self.location.at(PARAMETERS, name, of_key=True)
            hint = f"write ${{{name}}} where its value belongs, or leave it out"
            yield Finding(codes.UNUSED_TEMPLATE, message, where, hint)

    def filled(self, values: Mapping[str, str], room: _Room) -> Any:
        """Its data with the values of its parameters; parts without any are shared."""
        room.take(values=self.size)
        return _filled(self.data, values, room)


def _nested(where: Location) -> Finding:
    message, hint = "a template cannot use another one", "write all of it into one file"
    return Finding(codes.NO_TEMPLATE, message, where, hint)


def _is_name(text: str) -> bool:
    return any(parameters.used(f"${{{text}}}"))


def _filled(data: Any, values: Mapping[str, str], room: _Room) -> Any:
    if isinstance(data, str):
        if parameters.OPENING not in data:
            return data
        text = parameters.fill(data, values)
        room.take(characters=len(text))
        return text
    changed: Any = None
    if isinstance(data, (dict, list)):
        for key, value in data.items() if isinstance(data, dict) else enumerate(data):
            new = _filled(value, values, room)
            if new is not value:
                changed = changed if changed is not None else data.copy()
                changed[key] = new
    return data if changed is None else changed


def literal_faults(text: str, location: Location) -> Iterator[Finding]:
    """What looks like a parameter in a value, which is taken as it is."""
    for found in parameters.misuses(text, {}):
        message = "a value is taken as it is, and this looks like a parameter"
        where, hint = location.at(span=found.span), f"parameters stand in templates; {_ESCAPE}"
        yield Finding(codes.PARAMETER, message, where, hint)


def _literal(text: str) -> str:
    return parameters.fill(text, {})


class _Templates:
    """The templates of a bundle, each looked through once, and the files that hold them."""

    def __init__(self, files: TemplateFiles) -> None:
        self._files = files
        self._known: dict[tuple[str, int], _Template] = {}

    def add(self, document: Document) -> _Template:
        """The template in a document."""
        key = document.file, document.index
        if key not in self._known:
            self._known[key] = _Template(document)
        return self._known[key]

    def at(self, path: str, location: Location) -> "_Template | Finding":
        """The template that a path leads to, which is written at a location."""
        found = self._files(location, path)
        if isinstance(found, Finding):
            return found
        holds = [each for each in found if isinstance(each.data, dict) and PARAMETERS in each.data]
        if len(holds) != 1:
            number = counted(len(holds), "template") if holds else "no template"
            message = f"{clip(path)!r} holds {number}"
            hint = "a template is a document with `parameters:`"
            hint = "write each into a file of its own" if holds else hint
            return Finding(codes.NO_TEMPLATE, message, location, hint)
        return self.add(holds[0])

    def findings(self, environment: Environment) -> Iterator[Finding]:
        """What is wrong with the templates themselves, and values that none of them takes."""
        taken: set[str] = set()
        for template in self._known.values():
            yield from template.findings
            yield from template.unused()
            taken.update(template.parameters)
        for name, value in environment.values.items():
            if name not in taken:
                message = f"no template has a parameter {clip(name)!r}"
                where = value.location.at(of_key=True)
                hint = did_you_mean(name, taken, "leave it out")
                yield Finding(codes.UNUSED_TEMPLATE, message, where, hint)


class _Use:
    """One document that uses a template."""

    def __init__(
        self, document: Document, templates: _Templates, environment: Environment, room: _Room
    ) -> None:
        self._document, self._here = document, document.location
        self._templates, self._environment, self._room = templates, environment, room
        self._findings: list[Finding] = []

    def expanded(self) -> Expanding:
        """The document that it stands for, unless something keeps it from being one."""
        made = self._made()
        yield from self._findings
        if made is not None:
            yield made
        else:
            where = self._here.at(USE, of_key=True)
            yield left_out("service", where, "mend the error")

    def _made(self) -> Document | None:
        data = self._document.data
        assert isinstance(data, dict)
        if PARAMETERS in data:
            self._findings.append(_nested(self._here.at(PARAMETERS, of_key=True)))
            return None
        decoded = decode(UseWritten, data, self._here)
        self._findings += decoded.findings
        if decoded.value is None or decoded.faulty:
            return None
        written = decoded.value.model_dump()
        found = self._templates.at(written[USE], self._here.at(USE))
        if isinstance(found, Finding):
            self._findings.append(found)
            return None
        found.is_used = True
        values = self._values(found, written["with"])
        if not found.is_sound or self._findings:
            return None
        return self._expansion(found, values, written["override"], written["disable"])

    def _values(self, template: _Template, given: Mapping[str, str]) -> dict[str, Value]:
        """The value of each parameter: the use's, else the environment's, else the default."""
        for name, text in given.items():
            where = self._here.at("with", name)
            self._findings += literal_faults(text, where)
            if name not in template.parameters and template.is_sound:
                message = f"the template has no parameter {clip(name)!r}"
                known = ", ".join(template.parameters)
                hint = f"known: {known}" if known else "leave it out"
                hint = did_you_mean(name, template.parameters, hint)
                where = where.at(of_key=True)
                self._findings.append(Finding(codes.PARAMETER_VALUE, message, where, hint))
        values: dict[str, Value] = {}
        for name in template.parameters:
            if name in given:
                values[name] = Value(_literal(given[name]), self._here.at("with", name))
            elif value := self._environment.values.get(name) or template.default_of(name):
                values[name] = value
            else:
                self._findings.append(self._missing(name))
        return values

    def _missing(self, name: str) -> Finding:
        message, hint = f"no value for the parameter {name!r}", f"add `{name}: …` to `with:`"
        chosen, offered = self._environment.name, self._environment.offered.get(name, ())
        if offered and not chosen:
            hint = f"choose an environment that has it: --env {joined(offered, 'or')}"
        elif chosen:
            hint += f", or to `environments: {{{chosen}: …}}` in slokit.yaml"
        return Finding(codes.PARAMETER_VALUE, message, self._here.at(USE, of_key=True), hint)

    def _expansion(
        self,
        template: _Template,
        values: Mapping[str, Value],
        override: Mapping[str, Mapping[str, Any]],
        disable: Sequence[str],
    ) -> Document | None:
        try:
            texts = {name: value.text for name, value in values.items()}
            data = template.filled(texts, self._room)
        except _FullError:
            message = f"the templates of this bundle expand to more than {_MOST_VALUES:,} values"
            message += f" or {_MOST_CHARACTERS:,} characters"
            where, hint = self._here.at(USE, of_key=True), "split the bundle"
            self._findings.append(Finding(codes.TOO_LARGE, message, where, hint))
            return None
        parts = _Parts(data.get("slos"), self._here, template.location)
        overrides = parts.overridden(override, disable)
        kept = parts.less(disable)
        self._findings += parts.findings
        if parts.findings:
            return None
        moved = [(parts.moved(at, kept), over, where) for at, over, where in overrides]
        data = {**data, "slos": parts.slos} if override or disable else data
        for at, over, _ in moved:
            data = _merged_at(data, at, over)
        expansion = Expansion(
            template.location,
            self._here.at(USE),
            _OF_USE,
            values,
            kept,
            tuple(Override(at, over, where) for at, over, where in moved),
        )
        return Document(self._document.file, self._document.index, data, (), expansion)


class _Parts:
    """The SLOs of an expanded template, by the names that they get."""

    def __init__(self, slos: object, use: Location, template: Location) -> None:
        self.slos: list[Any] = list(slos) if isinstance(slos, list) else []
        self.findings: list[Finding] = []
        self._use, self._template = use, template
        self._paths: dict[str, KeyPath] = {}
        for number, slo in enumerate(self.slos):
            if not isinstance(slo, dict):
                continue
            name, entries = slo.get("name"), slo.get("objectives")
            if isinstance(name, str):
                self._paths.setdefault(name, ("slos", number))
            for place, entry in enumerate(entries if isinstance(entries, list) else ()):
                if isinstance(entry, dict) and isinstance(entry.get("name"), str):
                    path = ("slos", number, "objectives", place)
                    self._paths.setdefault(f"{name}-{entry['name']}", path)

    def overridden(
        self, override: Mapping[str, Mapping[str, Any]], disable: Sequence[str]
    ) -> list[tuple[KeyPath, object, Location]]:
        """What is put over which SLO: its key path in the template, the data, and where that is."""
        found: list[tuple[KeyPath, object, Location]] = []
        for name, over in override.items():
            where = self._use.at("override", name)
            self.findings += _faults_of_literals(over, where)
            if name in disable:
                message = f"the SLO {clip(name)!r} is disabled, so nothing can be put over it"
                key = where.at(of_key=True)
                self.findings.append(Finding(codes.UNKNOWN_SLO, message, key, "keep one of them"))
            elif (path := self._path(name, where.at(of_key=True))) is not None:
                found.append((path, _literals(over), where))
        # what is about a whole SLO first, what is about one of its objectives on top of it
        return sorted(found, key=lambda each: len(each[0]))

    def less(self, disable: Sequence[str]) -> dict[KeyPath, Sequence[int]]:
        """Take out what is disabled; the positions that the rest has in the template."""
        gone: set[KeyPath] = set()
        for number, name in enumerate(disable):
            path = self._path(name, self._use.at("disable", number))
            gone |= {path} if path is not None else set()
        if not gone:
            return {}
        kept = [n for n in range(len(self.slos)) if not self._is_gone(n, gone)]
        positions: dict[KeyPath, Sequence[int]] = {("slos",): kept}
        slos = []
        for new, old in enumerate(kept):
            slo = self.slos[old]
            left = self._objectives_left(old, gone)
            if left is not None:
                positions["slos", new, "objectives"] = left
                slo = {**slo, "objectives": [slo["objectives"][place] for place in left]}
            slos.append(slo)
        if not slos and not self.findings:
            message, hint = "all SLOs of the template are disabled", "delete this document"
            where = self._use.at("disable", of_key=True)
            self.findings.append(Finding(codes.UNKNOWN_SLO, message, where, hint))
        self.slos = slos
        return positions

    def moved(self, path: KeyPath, kept: Mapping[KeyPath, Sequence[int]]) -> KeyPath:
        """A key path of the template as it is once others are taken out."""
        found: list[str | int] = []
        for key in path:
            places = kept.get(tuple(found))
            found.append(places.index(key) if places and isinstance(key, int) else key)
        return tuple(found)

    def _is_gone(self, number: int, gone: set[KeyPath]) -> bool:
        return ("slos", number) in gone or self._objectives_left(number, gone) == []

    def _objectives_left(self, number: int, gone: set[KeyPath]) -> list[int] | None:
        """The objectives of an SLO that are not disabled; None where all are left."""
        out = {path[3] for path in gone if len(path) > 2 and path[1] == number}
        if not out:
            return None
        return [place for place in range(len(self.slos[number]["objectives"])) if place not in out]

    def _path(self, name: str, where: Location) -> KeyPath | None:
        if name not in self._paths:
            message = f"the template has no SLO {clip(name)!r}"
            known = f"known: {', '.join(self._paths)}" if self._paths else "it has none"
            hint = did_you_mean(name, self._paths, known)
            self.findings.append(Finding(codes.UNKNOWN_SLO, message, where, hint))
        return self._paths.get(name)


def _merged_at(data: Any, path: KeyPath, over: object) -> Any:
    """The data with something merged into it at a key path."""
    if not path:
        return merged(data, over)
    copied = data.copy()
    copied[path[0]] = _merged_at(copied[path[0]], path[1:], over)
    return copied


def _faults_of_literals(data: object, location: Location) -> Iterator[Finding]:
    if isinstance(data, str):
        yield from literal_faults(data, location)
    elif isinstance(data, dict):
        for key, value in data.items():
            yield from _faults_of_literals(value, location.at(key))
    elif isinstance(data, list):
        for number, value in enumerate(data):
            yield from _faults_of_literals(value, location.at(number))


def _literals(data: Any) -> Any:
    if isinstance(data, str):
        return _literal(data)
    if isinstance(data, dict):
        return {key: _literals(value) for key, value in data.items()}
    return [_literals(value) for value in data] if isinstance(data, list) else data
