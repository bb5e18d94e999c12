"""What stands on an alert besides its group's labels: more labels, and annotations.

The labels of an alert are frozen (docs/reference/alerts.md): a change re-pages everyone. So all of
them are constant per SLO and severity, and nothing that depends on a value is ever among them. What
alerts only show, their annotations, is joined like a label and taken off again by the rule. They
are Prometheus templates: no text of a spec is pasted into one, so none is ever taken for one.
"""

from collections.abc import Collection, Iterable, Mapping
from fractions import Fraction

from slokit.compiler import names
from slokit.compiler.ledger import identity, metadata, with_metadata
from slokit.compiler.windows import look_back
from slokit.model.bundle import Bundle, Project
from slokit.model.slo import Slo
from slokit.model.window import Window, summed_over
from slokit.promql import build
from slokit.promql.selector import label_list
from slokit.text.durations import format_duration, open_range
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


_RUNBOOK = "runbook"
_MOST_SAMPLED = Fraction(6 * 3600)
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
        self._foreign = "|".join(label for label in own if label not in names.IDENTITY)
        # Only Prometheus 3 reads names in quotes, and of those in UTF-8 it reads no others.
        self._verb = "%s" if bundle.project.requires_prometheus < _QUOTING else "%q"
        self._project = bundle.project
        links = {"runbook_url": _runbook(bundle), "dashboard_url": dashboard_url(bundle.project)}
        self._links = {name: url for name, url in links.items() if url}
        self.group = (
            "{{ range $name, $value := $labels }}"
            f'{{{{ if not (match "^({"|".join(own)})$" $name) }}}}'
            " {{ $name }}={{ $value }}{{ end }}{{ end }}"
        )
        if "dashboard_url" in self._links:
            # the group's values for the variables of the dashboard, and the hours before the alert
            self._links["dashboard_url"] += self.group.replace(
                " {{ $name }}={{ $value }}", "&var-{{ $name }}={{ $value | urlquery }}"
            )
            self._links["dashboard_url"] += "&from=now-6h&to=now"

    def complete(self, own: Mapping[str, str]) -> Mapping[str, str]:
        """These texts with links, and with those that slokit.yaml takes from an SLO's metadata.

        An SLO's own text goes in place of a text here; of what it does not have, nothing is shown.
        """
        texts = {**own, **self._links}
        for name in self._project.alerts.annotations:
            texts[name] = _label(name, texts.get(name, ""))
        return texts

    def _counted(self, window: Fraction) -> str:
        """The bad events of an SLO's group within so many seconds, of a query in a template."""
        project = self._project
        # Up to six hours of one group's own samples: counts are a ledger window behind, and no
        # window may show fewer than a shorter one beside it.
        if window > _MOST_SAMPLED:
            return summed_over(f"{names.bad_events(project.ledger_window)}{{%[1]s}}", window)
        rates = f"{names.bad_rate(project.ledger_window)}{{%[1]s}}[{open_range(window)}]"
        return f"sum_over_time({rates}) * {build.number(project.interval)}"

    def badness_and_budget(
        self,
        burning: Mapping[str, str],
        longs: Iterable[Fraction],
        windows: Iterable[Window],
        *,
        kinds: Collection[bool],
    ) -> str:
        """How bad it is over which windows, the objective, and the budget: the one look-up.

        ``burning`` are labels of the series of what burns too fast, ``longs`` the long windows that
        it may have, in seconds. ``kinds`` says of which SLOs: rates, whose bad are counted (True),
        or those whose bad are a share (False). Of a budget without a history of half a window
        nothing is said: what is left of it on its first day says nothing. Time to exhaustion =
        budget left * window / burn rate (SRE workbook, chapter 5).
        """
        back = look_back(self._project)
        # bad = burn rate * budget: a share of all, or events a second
        own = f'bundle=\\"{self._project.bundle}\\",service=\\"%[3]s\\",slo=\\"%[4]s\\"'
        of_alert = ",".join(f'{label}=\\"{value}\\"' for label, value in burning.items())
        budget = f"scalar(min({names.BUDGET}{{{own}}}))"
        of_rates = f'{names.INFO}{{{own},objective=~\\".+/.+\\"}}'

        def too_fast(more: str = "") -> str:
            return f"{names.BURN_TOO_FAST}{{%[1]s{of_alert}{more}}}"

        bad = []
        if False in kinds:
            rows = f"clamp_max(100 * {too_fast()} * {budget}, 100)"
            bad.append(f"({rows} unless {build.ON} {of_rates})" if True in kinds else rows)
        if True in kinds:
            # counted, not burn rate * time: that would make up events for time without data
            counted = " or ".join(
                f"0 * {too_fast(_of_long(long))} + {_BESIDE} group_left () {self._counted(long)}"
                for long in longs
            )
            rows = f"round({counted})"
            rows = f"{rows} and {build.ON} {of_rates}" if False in kinds else rows
            bad.append(_marked(rows, "events"))
        old = f"last_over_time({names.HISTORY}{{%[1]s}}[{back}])"
        remaining = f"(last_over_time({names.BUDGET_REMAINING}{{%[1]s}}[{back}]) and {old})"
        gone = [
            _marked(
                f"{remaining.replace('%[1]s', _of_window(window))} * {build.number(window.longest)}"
                " / %[2]f > 0",
                "end",
            )
            for window in windows
        ]
        # One look-up for all: `long` is of what burns too fast, `events` says that its bad are
        # counted, and `end` sets the seconds until the budget is gone apart from what is left.
        query = " or ".join([*bad, f"topk(1, {names.INFO}{{{own}}})", remaining, *gone])
        return (
            # the labels of the budget's series, which has none but identity and group
            '{{ $of := "" }}{{ range $name, $value := $labels }}'
            f'{{{{ if not (match "^({self._foreign})$" $name) }}}}'
            # %q writes a string of Go, as PromQL has them: no label's value ends the selector.
            f'{{{{ $of = printf "%s{self._verb}=%q," $of $name $value }}}}'
            "{{ end }}{{ end }}"
            f'{{{{ range query (printf "{query}" $of $value $labels.service $labels.slo) }}}}'
            '{{ if .Labels.events }}, {{ printf "%.0f" .Value }} bad within {{ .Labels.long }}'
            '{{ else if .Labels.long }}, {{ printf "%.3g" .Value }}% bad over {{ .Labels.long }}'
            "{{ else if .Labels.objective }}, the objective is {{ .Labels.objective }}"
            # two units: minutes say nothing behind days, and seconds nothing behind hours
            "{{ else if .Labels.end }}, gone in {{ .Value | humanizeDuration | reReplaceAll"
            ' "^([0-9]+[dhm] [0-9]+[hm]) .*$" "$1" }}'
            "{{ else if gt .Value 0.0 }}; {{ .Value | humanizePercentage }} of the"
            " {{ .Labels.window }} budget is left"
            "{{ else }}; the {{ .Labels.window }} budget is spent"
            "{{ end }}{{ end }}"
        )


_BESIDE = f"ignoring ({label_list(names.OF_BURN_ALERTS)})"


def _marked(vector: str, label: str) -> str:
    """The vector with a label that templates can ask for."""
    return f'label_replace({vector}, \\"{label}\\", \\"1\\", \\"\\", \\"\\")'


def _of_long(window: Fraction) -> str:
    return f',{names.LONG}=\\"{format_duration(window)}\\"'


def _of_window(window: Window) -> str:
    return f'%[1]swindow=\\"{window.name}\\"'


def _label(name: str, otherwise: str) -> str:
    """The value of a label, or another text where it has none."""
    value = f"{{{{ $labels.{name} }}}}"
    if not otherwise:
        return value
    return f"{{{{ if $labels.{name} }}}}{value}{{{{ else }}}}{otherwise}{{{{ end }}}}"


def dashboard_url(project: Project, variables: Iterable[str] = names.IDENTITY) -> str:
    """The on-call dashboard with an alert's labels as its variables; empty without a Grafana."""
    base = project.links.get("grafana", "").rstrip("/")
    if not base:
        return ""
    # A group's values may hold anything: in a URL they are quoted.
    chosen = "&".join(f"var-{v}={{{{ $labels.{v} | urlquery }}}}" for v in variables)
    return f"{base}/d/{names.dashboard_uid(project.bundle, names.ON_CALL)}/?{chosen}"


def _runbook(bundle: Bundle) -> str:
    """The runbook of an SLO: its own one by its metadata, the others under ``links``.

    No list of them: it would stand in every rule, and change all with each service.
    """
    rest = bundle.runbook_of("{{ $labels.service }}")
    is_known = bundle.project.alerts.know(_RUNBOOK) or bundle.has_own_runbooks
    return _label(_RUNBOOK, rest) if is_known else rest
