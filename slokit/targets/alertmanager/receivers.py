"""Receivers as Alertmanager's configuration has them, with texts that say first what matters.

Templates are Alertmanager's: what stands in an alert's annotations is data to them, never a part of
them.
"""

from collections.abc import Callable, Mapping
from typing import Any

from slokit.model.routing import Receiver
from slokit.targets.rule_yaml import SingleQuoted

_FIRST = "(index .Alerts 0).Annotations"
# Slack reads <!channel> and links out of any text: a label's value must not notify everybody.
_ESCAPED = ' | reReplaceAll "&" "&amp;" | reReplaceAll "<" "&lt;" | reReplaceAll ">" "&gt;"'


def _title(escaped: str = "") -> str:
    """One line: the summary of the alert, or of the first of several, and how many there are."""
    return SingleQuoted(
        '{{ if eq .Status "resolved" }}Resolved: {{ end }}'
        f"{{{{ {_FIRST}.summary{escaped} }}}}"
        "{{ if gt (len .Alerts) 1 }} (first of {{ len .Alerts }} alerts){{ end }}"
    )


def _text(escaped: str = "") -> str:
    """What it means, what to do about it and where to look, of each alert."""

    def shown(name: str, key: str) -> str:
        value = f".Annotations.{key}"
        return f"{{{{ if {value} }}}}\n{name}: {{{{ {value}{escaped} }}}}{{{{ end }}}}"

    links = shown("Runbook", "runbook_url") + shown("Dashboard", "dashboard_url")
    since = '\nSince {{ .StartsAt.UTC.Format "2006-01-02 15:04" }} UTC\n'
    what = f"{{{{ .Annotations.description{escaped} }}}}"
    return f"{{{{ range .Alerts }}}}{what}{links}{since}{{{{ end }}}}"


TITLE, TEXT = _title(), _text()


def receiver_data(receiver: Receiver) -> dict[str, Any]:
    """A receiver as it stands in `receivers`."""
    data: dict[str, Any] = {"name": receiver.name}
    for way, settings in receiver.channels.items():
        key, make = _WAYS[way]
        data[key] = [make(settings)]
    return data


def _given(settings: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    return {key: settings[key] for key in keys if key in settings}


def _webhook(settings: Mapping[str, Any]) -> dict[str, Any]:
    data = _given(settings, "url", "url_file", "send_resolved")
    if file := settings.get("bearer_token_file"):
        data["http_config"] = {"authorization": {"credentials_file": file}}
    return data


def _slack(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **_given(settings, "channel", "api_url_file", "send_resolved"),
        "title": _title(_ESCAPED),
        "title_link": f"{{{{ {_FIRST}.dashboard_url }}}}",
        "fallback": _title(_ESCAPED),
        "text": _text(_ESCAPED),
    }


def _pagerduty(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **_given(settings, "routing_key_file", "send_resolved"),
        "description": TITLE,
        "details": {"text": TEXT},
    }


def _opsgenie(settings: Mapping[str, Any]) -> dict[str, Any]:
    data = _given(settings, "api_key_file", "api_url", "send_resolved", "priority")
    if team := settings.get("team"):
        data["responders"] = [{"name": team, "type": "team"}]
    return {**data, "message": TITLE, "description": TEXT}


def _email(settings: Mapping[str, Any]) -> dict[str, Any]:
    data = _given(settings, "to", "smarthost", "auth_username", "auth_password_file", "require_tls")
    if sender := settings.get("sender"):
        data["from"] = sender
    return {
        **data,
        "send_resolved": settings["send_resolved"],
        "headers": {"Subject": TITLE},
        "text": f"{TITLE}\n\n{TEXT}",
    }


def _teams(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **_given(settings, "webhook_url_file", "send_resolved"),
        "title": TITLE,
        "text": TEXT,
    }


_WAYS: Mapping[str, tuple[str, Callable[[Mapping[str, Any]], dict[str, Any]]]] = {
    "webhook": ("webhook_configs", _webhook),
    "slack": ("slack_configs", _slack),
    "pagerduty": ("pagerduty_configs", _pagerduty),
    "opsgenie": ("opsgenie_configs", _opsgenie),
    "email": ("email_configs", _email),
    "teams": ("msteamsv2_configs", _teams),
}
