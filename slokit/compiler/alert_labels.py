"""What stands on an alert besides its group's labels: more labels, and annotations.

The labels of an alert are frozen (docs/reference/alerts.md): a change re-pages everyone. So all of
them are constant per SLO and severity, and nothing that depends on a value is ever among them. What
alerts only show, their annotations, is joined like a label and taken off again by the rule. They
are Prometheus templates: no text of a spec is pasted into one, so none is ever taken for one.
"""

from collections.abc import Iterable, Mapping

from slokit.compiler import names
from slokit.compiler.ledger import identity, metadata, with_metadata
from slokit.model.bundle import Bundle, Project
from slokit.model.slo import Slo
from slokit.promql import build
from slokit.text.escaping import literal


def carried(
    slo: Slo, project: Project, known: Mapping[str, str] | None = None
) -> Mapping[str, Mapping[str, str]]:
    """What every alert on an SLO carries, without its group's labels, by severity.

    Of the severities of its policy, under the policy's names of them. ``known`` is its metadata,
    where that is at hand.
    """
    known = metadata(slo) if known is None else known
    routed = {label: value for label, value in slo.routing.items() if value}
    found = {}
    for severity in slo.policy.severities:
        own = project.alerts.of(severity)
        lifted = {label: known[label] for label in own.lifted if label in known}
        named = {"severity": own.name, **own.static}
        found[severity] = {**identity(slo, project), **lifted, **routed, **named}
    return found


def on_alerts(bundle: Bundle) -> tuple[str, ...]:
    """The labels that an alert on an SLO may have besides those of its group.

    Rulers that leave what alerts only show on them, and name the rule's group, are thought of.
    """
    settings = bundle.project.alerts
    own = "alertname alertgroup alertstate alert_policy severity".split()
    found = (*own, *settings.lifted, *settings.static, *_shown(bundle), *bundle.routing)
    return tuple(dict.fromkeys(found))


def of_severity(severity: str, project: Project) -> Mapping[str, str]:
    """The labels that a rule gives to all its alerts, as Prometheus' templates want them."""
    settings = project.alerts.of(severity)
    written = {"severity": settings.name, **settings.static}
    return {label: literal(value) for label, value in written.items()}


def of_slos(severity: str, project: Project) -> Mapping[str, str]:
    """The same for alerts on SLOs; an empty label takes off what :func:`carrying` joins to show.

    The runbook even where no SLO has one of its own: a rule's labels do not change with the first.

    Prometheus renders annotations from the labels of the expression, and only then sets those of
    the rule, where an empty one is none.
    """
    lifted = project.alerts.of(severity).lifted
    shown = [label for label in (*project.alerts.annotations, _RUNBOOK) if label not in lifted]
    return {**of_severity(severity, project), **dict.fromkeys(shown, "")}


def carrying(vector: str, severity: str, bundle: Bundle) -> str:
    """The vector with the metadata that its alerts carry and show.

    Routing labels get their own names last, on what fires alone: an SLO that is not routed by a
    label keeps what it has.
    """
    project, routing = bundle.project, bundle.routing
    lifted = dict.fromkeys([*project.alerts.of(severity).lifted, *_shown(bundle)])
    joined = with_metadata(vector, [*lifted, *map(names.routing, routing)], project)
    for label in routing:
        joined = build.move(joined, label, names.routing(label))
    return joined


def _shown(bundle: Bundle) -> tuple[str, ...]:
    """The metadata that alerts show in annotations, whether or not they carry it as labels."""
    own = (_RUNBOOK,) if bundle.has_own_runbooks else ()
    return tuple(dict.fromkeys([*bundle.project.alerts.annotations, *own]))


BEFORE_NOW = "&from=now-6h&to=now"  # what a dashboard shows of the time before an alert
_RUNBOOK = "runbook"
_QUOTING = 3  # the version of Prometheus that reads label names in quotes

_OWN_LABELS = ("__name__", "alertname", "alertgroup", *names.IDENTITY, "severity", "alert_policy")


class AlertTexts:
    """What the alerts of one bundle say; made once, for some of it goes through all SLOs.

    ``subject`` names the SLO of an alert, ``group`` its group labels, each as ``name=value`` behind
    a space.
    """

    subject = "{{ $labels.service }}/{{ $labels.slo }}"

    def __init__(self, bundle: Bundle) -> None:
        alerts = bundle.project.alerts
        # labels that the expressions have from metadata; no SLO is grouped by one of them
        joined = dict.fromkeys([*alerts.lifted, *_shown(bundle), *bundle.routing])
        # What is left besides these is what the SLO is grouped by: templates cannot ask for it.
        own = [*_OWN_LABELS, *joined]
        self._own = "|".join(own)
        # Only Prometheus 3 reads names in quotes, and of those in UTF-8 it reads no others.
        self._verb = "%s" if bundle.project.requires_prometheus < _QUOTING else "%q"
        self._project = bundle.project
        chosen = {label: f"{{{{ $labels.{label} | urlquery }}}}" for label in names.IDENTITY}
        dashboard = dashboard_url(bundle.project, chosen)
        links = {"runbook_url": _runbook(bundle), "dashboard_url": dashboard}
        self._links = {name: url for name, url in links.items() if url}
        self.group = (
            "{{ range $name, $value := $labels }}"
            f'{{{{ if not (match "^({self._own})$" $name) }}}}'
            " {{ $name }}={{ $value }}{{ end }}{{ end }}"
        )
        if "dashboard_url" in self._links:
            # the group's values for the variables of the dashboard, and the hours before the alert
            self._links["dashboard_url"] += self.group.replace(
                " {{ $name }}={{ $value }}", "&var-{{ $name }}={{ $value | urlquery }}"
            )
            self._links["dashboard_url"] += BEFORE_NOW

    def complete(self, own: Mapping[str, str]) -> Mapping[str, str]:
        """These texts with links, and with those that slokit.yaml takes from an SLO's metadata.

        An SLO's own text goes in place of a text here; of what it does not have, nothing is shown.
        """
        texts = {**own, **self._links}
        for name in self._project.alerts.annotations:
            texts[name] = _label(name, texts.get(name, ""))
        return texts

    def burning(self, severity: str, windows: Iterable[str]) -> str:
        """The SLO and its group, how bad it is, how much may be, and what is left of the budget.

        By one look-up of the facts that are recorded of its burn alerts of a severity, as policies
        name it; where there are none yet, it says no numbers. Words stand on the facts as labels.
        ``windows`` are the long ones that may burn, in the order in which they are said.
        """
        own = f'bundle=\\"{self._project.bundle}\\",severity=~\\"|{severity}\\"'
        given = {
            "OWN": self._own,
            "VERB": self._verb,
            "WINDOWS": " ".join(f'"{window}"' for window in windows),
            "FACTS": f"{names.BURN_ALERT_FACTS}{{{own},service=%q,slo=%q%s}}",
        }
        text = _BURNING
        for name, value in given.items():
            text = text.replace(name, value)
        return text

    def promise(self) -> str:
        """The SLO's own description as a sentence, where it has one: one look-up."""
        found = f'{names.INFO}{{bundle=\\"{self._project.bundle}\\",service=%q,slo=%q}}'
        described = f".Labels.{names.DESCRIPTION}"
        return (
            f'{{{{ range query (printf "topk(1, {found})" $labels.service $labels.slo) }}}}'
            f"{{{{ if {described} }}}}{{{{ {described} }}}}. {{{{ end }}}}{{{{ end }}}}"
        )


# Windows are said from the shortest to the longest: as labels, 18h would stand before 6h.
# What is counted has its singular in front. Less than all that a number can show is not zero.
# %q writes a string of Go, as PromQL has them: no label's value ends the selector. The facts come
# in the order in which their names sort; the words of the first one are for the others.
_BURNING = """\
{{ $group := "" }}{{ $of := "" }}
{{- range $name, $value := $labels }}{{ if not (match "^(OWN)$" $name) }}
{{- $group = printf "%s %s=%s" $group $name $value }}
{{- $of = printf "%s,VERB=%q" $of $name $value }}{{ end }}{{ end }}
{{- $labels.service }}/{{ $labels.slo }}{{ $group }}
{{- $sep := "" }}{{ $fail := "" }}{{ $may := "" }}{{ $about := "" }}
{{- $facts := query (printf "FACTS" $labels.service $labels.slo $of) }}
{{- range $facts | sortByLabel "alert_fact" }}{{ $is := .Labels.alert_fact }}
{{- if eq $is "about" }}{{ $sep = ":" }}{{ $fail = printf " %s" .Labels.alert_fails }}
{{- $may = .Labels.alert_allowed }}{{ $about = .Labels.alert_description }}
{{- range $long := args WINDOWS }}{{ range $facts }}
{{- if and (eq .Labels.alert_fact "bad") (eq .Labels.long $long) }}
{{- printf "%s %.3g%%%s over %s" $sep .Value $fail $long }}{{ $sep = "," }}{{ $fail = "" }}
{{- end }}{{ end }}{{ end }}
{{- else if eq $is "bad" }}
{{- else if eq $is "bad_events" }}{{ printf "%s %.0f" $sep .Value }}
{{- if eq .Value 1.0 }}{{ reReplaceAll "[|].*" "" $fail }}
{{- else }}{{ reReplaceAll "^.*[|]" " " $fail }}{{ end }} within {{ .Labels.long }}
{{- else if eq $is "budget" }}; {{ $may }}.{{ $may = "" }}
{{- if .Value }} {{ if lt .Value 0.01 }}less than 0.01{{ else }}{{ printf "%.3g" .Value }}{{ end }}%
{{- "" }} of the {{ .Labels.window }} budget is left
{{- else }} The {{ .Labels.window }} budget is spent{{ end }}
{{- else if eq $is "budget_gone" }}, gone in
{{- if lt .Value 2.0 }} a minute{{ else }}{{ printf " %.0f %s" .Value .Labels.unit }}{{ end }}
{{- else }}{{ if $may }}; {{ $may }}{{ end }}. Since
{{- .Value | humanizeTimestamp | reReplaceAll "^(.{16}).*$" " $1 UTC" }}{{ end }}
{{- else }} burns its error budget{{ end }}{{ if $about }}. {{ $about }}{{ end }}"""


def _label(name: str, otherwise: str) -> str:
    """The value of a label, or another text where it has none."""
    value = f"{{{{ $labels.{name} }}}}"
    if not otherwise:
        return value
    return f"{{{{ if $labels.{name} }}}}{value}{{{{ else }}}}{otherwise}{{{{ end }}}}"


def dashboard_url(project: Project, variables: Mapping[str, str]) -> str:
    """The on-call dashboard with these values of its variables; empty without a Grafana.

    A value is a template that quotes what may hold anything, or a name, which needs no quotes.
    """
    base = project.links.get("grafana", "").rstrip("/")
    if not base:
        return ""
    chosen = "&".join(f"var-{variable}={value}" for variable, value in variables.items())
    return f"{base}/d/{names.dashboard_uid(project.bundle, names.ON_CALL)}/?{chosen}"


def _runbook(bundle: Bundle) -> str:
    """The runbook of an SLO: its own one by its metadata, the others under ``links``.

    No list of them: it would stand in every rule, and change all with each service.
    """
    rest = bundle.runbook_of("{{ $labels.service }}")
    is_known = bundle.project.alerts.know(_RUNBOOK) or bundle.has_own_runbooks
    return _label(_RUNBOOK, rest) if is_known else rest
