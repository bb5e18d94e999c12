"""Reads slokit.yaml, the bundle file."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, PlainValidator, WithJsonSchema

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding, Location, Severity
from slokit.model.alerting import AlertLabels
from slokit.model.bundle import ENVIRONMENT_SEPARATOR, Project
from slokit.model.maintenance import Maintenance
from slokit.model.routing import Alertmanager, BaseConfiguration
from slokit.project import budget_policy as budget_key
from slokit.project import maintenance as maintenance_key
from slokit.project import policies as policies_key
from slokit.project.alertmanager import AlertmanagerWritten, alertmanager, alertmanager_faults
from slokit.project.alerts import AlertsWritten, alert_faults, alert_labels
from slokit.project.lint_key import disabled_faults
from slokit.project.maintenance import KEY
from slokit.project.policies import PolicyWritten
from slokit.project.prometheus_key import server_faults
from slokit.promql.labels import LONGEST_NAME
from slokit.promql.selector import read_for
from slokit.source import parameters
from slokit.source.decode import Decoded, decode
from slokit.source.fields import Duration, LabelName, Name, Url, Written, fault
from slokit.source.tree import Document, read_documents
from slokit.text.durations import format_duration
from slokit.text.similar_names import did_you_mean
from slokit.text.words import clip
from slokit.version import __version__

# Reads a base by its path, its matchers and the key's location: what it is, and what is wrong.
BaseReader = Callable[
    [str, Sequence[str], Location], tuple[BaseConfiguration | None, list[Finding]]
]

_TIMES = ("scrape_interval", "ledger_window", "interval")
_LEDGER_WINDOWS = tuple(Fraction(60 * n) for n in (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60))

_FILL = {**maintenance_key.FILL, **policies_key.FILL, **budget_key.FILL}

_REQUIRES = re.compile(r">= *(\d+(?:\.\d+){0,2})")


def _texts(value: object) -> tuple[str, ...]:
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(v, str) and v for v in values):
        message, hint = "a path or a list of paths is wanted here", "such as [slo-specs]"
        raise fault(codes.WRONG_TYPE, message, hint)
    return tuple(map(_path, values))


def _requires(value: object) -> str:
    """The least version, such as 1.2 of `>=1.2`."""
    found = _REQUIRES.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        message = f"{clip(str(value))!r} is no version that can be required"
        raise fault(codes.BAD_VALUE, message, 'write it like ">=1.2"')
    return found[1]


def _numbers(version: str) -> tuple[int, ...]:
    """The numbers of a version, three of them.

    >>> _numbers("1.2")
    (1, 2, 0)
    """
    found = [int(number) for number in version.split(".")]
    return (*found, *[0] * (3 - len(found)))


def _path(text: str) -> str:
    if not text.isprintable():
        raise fault(codes.BAD_VALUE, "a path holds no invisible characters", "write it out")
    return text


def _is_pair(value: object) -> bool:
    return isinstance(value, dict) and len(value) == 1


def _targets(value: object) -> dict[str, dict[str, Any]]:
    if not isinstance(value, list):
        raise fault(codes.WRONG_TYPE, "a list of targets is wanted here", "such as [prometheus]")
    targets: dict[str, dict[str, Any]] = {}
    for number, item in enumerate(value):
        pairs = {item: {}} if isinstance(item, str) else item
        name, options = next(iter(pairs.items())) if _is_pair(pairs) else ("", None)
        if not isinstance(options, dict):
            message = "a target is a name, or a name and its options"
            hint = "such as prometheus or {prometheus-operator: {namespace: monitoring}}"
            raise fault(codes.WRONG_TYPE, message, hint, (number,))
        if name in targets:
            message = f"the target {clip(name)!r} is given twice"
            raise fault(codes.BAD_VALUE, message, "keep one of them", (number,))
        targets[name] = options
    return targets


def _version(value: object) -> int:
    if str(value) not in ("2", "3"):
        message = "a major version of Prometheus is wanted here"
        raise fault(codes.BAD_VALUE, message, "2 or 3; 3 opens names in UTF-8")
    return int(str(value))


_PATHS = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
_TARGETS = {"type": "array", "items": {"type": ["string", "object"]}}
Paths = Annotated[tuple[str, ...], PlainValidator(_texts), WithJsonSchema(_PATHS)]
MajorVersion = Annotated[int, PlainValidator(_version), WithJsonSchema({"enum": [2, 3]})]
LeastVersion = Annotated[
    str, PlainValidator(_requires), WithJsonSchema({"type": "string", "pattern": "^>= *[0-9]"})
]
PathText = Annotated[str, AfterValidator(_path)]
Targets = Annotated[dict[str, dict[str, Any]], PlainValidator(_targets), WithJsonSchema(_TARGETS)]


def _environments(values: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    for name, given in values.items():
        for parameter, text in given.items():
            for found in parameters.misuses(text, {}):
                message = "a value is taken as it is, and this looks like a parameter"
                hint = "write $${ where the two characters themselves are meant"
                at = (name, parameter)
                raise fault(codes.PARAMETER, message, hint, at, span=found.span)
    return values


Environments = Annotated[dict[Name, dict[str, str]], AfterValidator(_environments)]


class LintWritten(Written):
    """Codes that are not reported."""

    disable: list[str] = Field(
        [], description="Codes or slugs of warnings and notes that are not reported."
    )


class PrometheusWritten(Written):
    """The server that `check` and `report` ask."""

    url: str | None = Field(None, description="The server's address, without user and password.")
    bearer_token_file: str | None = Field(
        None, description="Holds the token; relative to slokit.yaml, like all files here."
    )
    basic_auth_file: str | None = Field(None, description="Holds `user:password`.")
    headers: dict[str, str] = Field(
        {}, description="Sent with every request, such as a key for a gateway."
    )
    tenant: str | None = Field(
        None, description="Sent as the header `X-Scope-OrgID`, which Mimir and Cortex want."
    )
    replica_labels: list[LabelName] = Field(
        [],
        description="Labels by which the store tells replicas apart: any one of them is counted.",
    )
    ca_file: str | None = Field(None, description="Certificates to trust, as PEM.")
    client_cert: str | None = Field(None, description="Our certificate, as PEM.")
    client_key: str | None = Field(None, description="The key of our certificate.")
    timeout: Duration | None = Field(None, description="For each request.")


class FilesWritten(Written):
    """How output files are called."""

    prefix: Literal["bundle"] | None = Field(
        None,
        description="`bundle`: files of services begin with the bundle's name and `_`, so that two"
        " bundles may write into one directory.",
    )


class ProjectWritten(Written):
    """slokit.yaml as it is written."""

    bundle: Name = Field(
        "default", description="Distinguishes this repository's series on a shared Prometheus."
    )
    specs: Paths = Field(
        ("slo-specs",),
        description="Where the specs are: files, directories or globs, relative to this file.",
    )
    exclude: Paths = Field((), description="Patterns of files that are no specs.")
    out: PathText = Field(".", description="Where output goes, relative to this file.")
    files: FilesWritten = Field(FilesWritten(), description="How output files are called.")
    archive: PathText | None = Field(
        None,
        description="A directory in which `report` keeps hours of the ledger as Parquet, and reads"
        " those that the server has forgotten; needs `slokit[archive]`.",
    )
    interval: Duration = Field(
        Fraction(30), description="How often ledger and fast rules are evaluated."
    )
    scrape_interval: Duration = Field(
        Fraction(30), description="How often the metrics are scraped."
    )
    ledger_window: Duration = Field(
        Fraction(300),
        description="The span of a ledger slot: four scrape intervals or more. Names follow it.",
    )
    targets: Targets | None = Field(
        None, description="What `compile` writes; the default targets unless given."
    )
    alerts: AlertsWritten = Field(AlertsWritten(), description="What alerts carry.")
    alertmanager: AlertmanagerWritten | None = Field(
        None, description="Who is notified of what: the target `alertmanager` writes it."
    )
    alert_policies: dict[Name, PolicyWritten] = Field(
        {},
        description="Alert policies by their names: what differs from a preset, or from another.",
    )
    error_budget_policy: list[budget_key.BudgetRuleWritten] = Field(
        [],
        description="What to do at which budget that is left; the first that holds is taken.",
    )
    maintenance: maintenance_key.ListOrPath | None = Field(
        None,
        description="Planned times in which nothing is counted and alerts are silent: a list, or"
        " the path of a file with this key and the list.",
    )
    links: dict[str, Url] = Field(
        {},
        description="Base addresses: `grafana`, `runbooks`, and `docs`: where slokit's docs/ can be"
        " read, for findings to carry the address of their page.",
    )
    prometheus: PrometheusWritten = Field(
        PrometheusWritten(), description="The server that `check` and `report` ask."
    )
    requires_prometheus: MajorVersion = Field(
        2,
        description="The oldest Prometheus that loads the rules; 3 opens names in UTF-8.",
    )
    requires: LeastVersion | None = Field(
        None,
        description='The oldest slokit that may read the bundle, such as `">=1.2"`.',
    )
    environments: Environments = Field(
        {},
        description="Values for the parameters of templates, such as `{prod: {lag: 200ms}}`; each"
        " environment is a bundle of its own.",
    )
    lint: LintWritten = Field(LintWritten(), description="What is not reported.")


def _no_base(
    _path: str, _under: Sequence[str], _location: Location
) -> tuple[BaseConfiguration | None, list[Finding]]:
    return None, []


def read_project(
    file: str,
    text: str,
    targets: Mapping[str, type[Written]],
    read_base: BaseReader = _no_base,
) -> tuple[Project | None, list[Finding]]:
    """The project of a slokit.yaml, and what is wrong with it.

    ``targets`` names the output targets there are, and the options of each. ``read_base`` reads the
    file that `alertmanager: {base: …}` names.
    """
    documents, findings = read_documents(file, text)
    if findings and not documents:
        return None, findings
    document = documents[0] if documents else None
    if document is None or document.data is None:
        return Project(file=file), findings
    with read_for(_server(document.data)):
        decoded = decode(ProjectWritten, document.data, document.location, fill=_FILL)
    findings += decoded.findings
    if decoded.value is None:
        return None, findings
    options, more = _options(decoded.value.targets, document, targets)
    findings += more
    findings += alert_faults(decoded.value.alerts, document.location.at("alerts"))
    # of one that is faulty nothing else is said: what it lacks may be what was left out
    routing, more = Alertmanager() if decoded.is_faulty("alertmanager") else None, []
    if routing is None and (written := decoded.value.alertmanager) is not None:
        labels = alert_labels(decoded.value.alerts)
        routing, more = _alertmanager(written, labels, document, read_base)
    findings += more
    planned, more = _maintenances(decoded, document)
    findings += more
    findings += _long_bundles(decoded.value, document)
    findings += _too_old(decoded.value, document)
    findings += disabled_faults(decoded.value.lint.disable, document.location.at("lint"))
    if not decoded.is_faulty("prometheus"):
        findings += server_faults(decoded.value.prometheus, document.location.at("prometheus"))
    timing = [] if any(map(decoded.is_faulty, _TIMES)) else _timing(decoded.value, document)
    # what merely follows from times that do not fit is not reported
    times = ProjectWritten() if timing else decoded.value
    own, more = policies_key.policies(
        decoded.value.alert_policies,
        times.ledger_window,
        document.location.at(policies_key.KEY),
        decoded,
    )
    findings += more
    rules, more = budget_key.budget_policy(
        decoded.value.error_budget_policy, document.location.at(budget_key.KEY), decoded
    )
    findings += more
    project = replace(_project(decoded.value, options, times, file), budget_rules=rules)
    found = replace(project, alertmanager=routing, maintenances=planned, own_policies=own)
    return found, findings + timing


def _alertmanager(
    written: AlertmanagerWritten, alerts: AlertLabels, document: Document, read_base: BaseReader
) -> tuple[Alertmanager, list[Finding]]:
    """What is written below `alertmanager`, its base read, and what is wrong with both."""
    location, base = document.location.at("alertmanager"), None
    findings: list[Finding] = []
    if written.base is not None:
        base, findings = read_base(written.base, written.insert_under or (), location)
    # where the base cannot be read, nothing is known of the receivers that it has
    if not any(finding.level is Severity.ERROR for finding in findings):
        known = base.receivers if base else ()
        findings += alertmanager_faults(written, known, alerts, location)
    return replace(alertmanager(written), base=base), findings


def _maintenances(
    decoded: Decoded[ProjectWritten], document: Document
) -> tuple[tuple[Maintenance, ...], list[Finding]]:
    """Those of the file itself; none where they are in a file of their own."""
    written = decoded.value.maintenance if decoded.value else None
    if written is None or isinstance(written, str):
        return (), []
    return maintenance_key.maintenances(written, document.location.at(KEY), decoded)


def _server(data: object) -> int:
    """The version that the labels of the file itself are read for; a wrong one is a finding."""
    version = data.get("requires_prometheus") if isinstance(data, dict) else None
    return 3 if str(version) == "3" else 2


def _options(
    given: Mapping[str, Mapping[str, Any]] | None,
    document: Document,
    known: Mapping[str, type[Written]],
) -> tuple[dict[str, Written] | None, list[Finding]]:
    """The options of each target; targets that do not exist, and options that theirs lacks."""
    if given is None:
        return None, []
    found: dict[str, Written] = {}
    findings: list[Finding] = []
    for number, (name, options) in enumerate(given.items()):
        location = document.location.at("targets", number)
        if name in known:
            decoded = decode(known[name], dict(options), location.at(name))
            found[name] = decoded.value or known[name]()
            findings += decoded.findings
            continue
        hint = did_you_mean(name, known, f"one of {', '.join(known)}")
        written: Any = document.data
        if _is_pair(written["targets"][number]):
            location = location.at(name, of_key=True)
        message = f"unknown target {clip(name)!r}"
        findings.append(Finding(codes.BAD_VALUE, message, location, hint))
    return found, findings


def _long_bundles(written: ProjectWritten, document: Document) -> Iterator[Finding]:
    """Environments whose bundles would have names that are too long."""
    for name in written.environments:
        bundle = f"{written.bundle}{ENVIRONMENT_SEPARATOR}{name}"
        if len(bundle) > LONGEST_NAME:
            where = document.location.at("environments", name, of_key=True)
            message = f"the bundle {bundle!r} is longer than {LONGEST_NAME} characters"
            yield Finding(codes.BAD_NAME, message, where, "shorten one of the two names")


def _too_old(written: ProjectWritten, document: Document) -> Iterator[Finding]:
    """That this slokit is older than the bundle wants."""
    least = written.requires
    if least and _numbers(__version__) < _numbers(least):
        message = f"the bundle requires slokit {least} or newer, and this is {__version__}"
        hint = f"install it: pip install 'slokit>={least}'"
        yield Finding(codes.TOO_OLD, message, document.location.at("requires"), hint)


def _project(
    written: ProjectWritten,
    options: Mapping[str, Written] | None,
    times: ProjectWritten,
    file: str,
) -> Project:
    server = written.prometheus
    return Project(
        bundle=written.bundle,
        specs=written.specs,
        exclude=written.exclude,
        out=written.out,
        interval=times.interval,
        scrape_interval=times.scrape_interval,
        ledger_window=times.ledger_window,
        targets=options,
        alerts=alert_labels(written.alerts),
        links=written.links,
        prometheus={
            key: getattr(server, key)
            for key in sorted(server.model_fields_set - {"replica_labels"})
        },
        replica_labels=tuple(dict.fromkeys(server.replica_labels)),
        requires_prometheus=written.requires_prometheus,
        lint_disable=tuple(written.lint.disable),
        maintenance_file=written.maintenance if isinstance(written.maintenance, str) else "",
        archive=written.archive or "",
        file=file,
        has_file_prefix=written.files.prefix == "bundle",
        environments={
            name: {key: parameters.fill(text, {}) for key, text in values.items()}
            for name, values in written.environments.items()
        },
    )


def _timing(written: ProjectWritten, document: Document) -> list[Finding]:
    window, scrape, interval = written.ledger_window, written.scrape_interval, written.interval
    faults = []
    if window < 4 * scrape:
        fitting = next((fit for fit in _LEDGER_WINDOWS if fit >= 4 * scrape), None)
        hint = (
            f"set `ledger_window: {format_duration(fitting)}`" if fitting else "scrape more often"
        )
        need = format_duration(4 * scrape)
        why = f"the ledger window is shorter than four scrape intervals ({need})"
        faults.append(("ledger_window", why, hint))
    if window > 3600 or Fraction(3600) % window:
        why = "an hour is no whole number of these ledger windows"
        faults.append(("ledger_window", why, "such as 5m, 6m or 10m"))
    if (window / interval).denominator != 1:
        why = "the ledger window is no whole number of these intervals"
        faults.append(("interval", why, "such as 30s or 1m"))
    if interval > 300:
        why = "the interval is longer than the 5m after which Prometheus forgets a sample"
        faults.append(("interval", why, "5m at most"))
    data = document.data if isinstance(document.data, dict) else {}
    return [
        Finding(
            codes.BAD_TIMING, why, document.location.at(key if key in data else _cause(data)), hint
        )
        for key, why, hint in faults
    ]


def _cause(data: dict[str, Any]) -> str:
    """The time that is written where the one at fault is left at its default."""
    return next((key for key in _TIMES if key in data), "bundle")
