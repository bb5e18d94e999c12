"""Receivers below ``alertmanager`` of slokit.yaml: the ways in which people are notified.

A secret is never written here: a file on Alertmanager's machine holds it, and the key that ends in
``_file`` names that. What else a receiver of Alertmanager may say belongs into a base file.
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, Field, PlainValidator, WithJsonSchema, model_validator

from slokit.diagnostics import codes
from slokit.source.fields import Url, Written, fault
from slokit.text.words import clip, joined

_FILE = "/etc/alertmanager/secrets/"


def _line(text: str) -> str:
    if not text or not text.isprintable():
        raise fault(codes.BAD_VALUE, "one line of visible text is wanted here", "write it out")
    return text


Line = Annotated[str, AfterValidator(_line)]


class ChannelWritten(Written):
    """One way of notifying.

    ``secrets`` maps keys of Alertmanager that hold a secret to ours that name its file. Of each
    tuple in ``one_of`` exactly one is given, unless the base file may say it.
    """

    secrets: ClassVar[Mapping[str, str]] = {}
    one_of: ClassVar[tuple[tuple[str, ...], ...]] = ()
    from_base: ClassVar[frozenset[str]] = frozenset()

    send_resolved: bool = Field(default=True, description="Whether the end is notified, too.")

    @model_validator(mode="before")
    @classmethod
    def _hold_no_secret(cls, data: Any) -> Any:
        for key, file in cls.secrets.items():
            if isinstance(data, dict) and key in data:
                message = f"{key!r} is a secret, and slokit.yaml is no place for one"
                hint = f"write it into a file that Alertmanager reads: `{file}: {_FILE}…`"
                raise fault(codes.LITERAL_SECRET, message, hint, (key,), of_key=True)
        return data

    def lacks(self, *, has_base: bool) -> tuple[str, str]:
        """What is missing or given twice, as a message and a hint; empty where nothing is."""
        for keys in self.one_of:
            given = [key for key in keys if key in self.model_fields_set]
            if not given and not (has_base and self.from_base & set(keys)):
                return f"{joined(keys, 'or')} is missing", f"add `{keys[-1]}:`"
            if len(given) > 1:
                return f"{joined(given)} are both given", "keep one of them"
        return "", ""


class WebhookWritten(ChannelWritten):
    """A webhook: Alertmanager's JSON, by POST."""

    secrets: ClassVar[Mapping[str, str]] = {"bearer_token": "bearer_token_file"}
    one_of: ClassVar[tuple[tuple[str, ...], ...]] = (("url_file", "url"),)

    url: Url | None = Field(None, description="The address, where it holds no secret.")
    url_file: Line | None = Field(
        None, description="File with an address that holds one; Alertmanager 0.26 reads it."
    )
    bearer_token_file: Line | None = Field(None, description="File with a token to send.")


class SlackWritten(ChannelWritten):
    """A message in a channel of Slack."""

    secrets: ClassVar[Mapping[str, str]] = {
        "api_url": "api_url_file",
        "webhook_url": "api_url_file",
    }
    one_of: ClassVar[tuple[tuple[str, ...], ...]] = (("channel",), ("api_url_file",))
    from_base: ClassVar[frozenset[str]] = frozenset({"api_url_file"})

    channel: Line | None = Field(None, description='The channel, such as `"#storage"`; required.')
    api_url_file: Line | None = Field(
        None,
        description="File with the webhook's address; the base's `slack_api_url` unless given.",
    )


class PagerdutyWritten(ChannelWritten):
    """An incident of PagerDuty, by its Events API v2."""

    secrets: ClassVar[Mapping[str, str]] = {
        "routing_key": "routing_key_file",
        "service_key": "routing_key_file",
        "integration_key": "routing_key_file",
    }
    one_of: ClassVar[tuple[tuple[str, ...], ...]] = (("routing_key_file",),)

    routing_key_file: Line | None = Field(
        None, description="File with the integration's routing key; required."
    )


class OpsgenieWritten(ChannelWritten):
    """An alert of Opsgenie."""

    secrets: ClassVar[Mapping[str, str]] = {"api_key": "api_key_file"}
    one_of: ClassVar[tuple[tuple[str, ...], ...]] = (("api_key_file",),)
    from_base: ClassVar[frozenset[str]] = frozenset({"api_key_file"})

    api_key_file: Line | None = Field(
        None, description="File with the key; the base's `opsgenie_api_key` unless given."
    )
    api_url: Url | None = Field(None, description="Another address, such as that of the EU.")
    team: Line | None = Field(None, description="The team that responds.")
    priority: Line | None = Field(None, description="`P1` to `P5`.")


class EmailWritten(ChannelWritten):
    """An e-mail."""

    secrets: ClassVar[Mapping[str, str]] = {
        "auth_password": "auth_password_file",
        "password": "auth_password_file",
        "auth_secret": "auth_password_file",
    }
    one_of: ClassVar[tuple[tuple[str, ...], ...]] = (("to",), ("sender",), ("smarthost",))
    from_base: ClassVar[frozenset[str]] = frozenset({"sender", "smarthost"})

    to: Line | None = Field(None, description="The address; required.")
    sender: Line | None = Field(
        None, description="The sender's address; the base's `smtp_from` unless given."
    )
    smarthost: Line | None = Field(
        None, description="`host:port` of the server; the base's `smtp_smarthost` unless given."
    )
    auth_username: Line | None = Field(None, description="The user that logs in there.")
    auth_password_file: Line | None = Field(None, description="File with the user's password.")
    require_tls: bool = Field(default=True, description="Whether the connection must be encrypted.")


class TeamsWritten(ChannelWritten):
    """A message in Microsoft Teams, by a workflow; Alertmanager 0.28 sends it."""

    secrets: ClassVar[Mapping[str, str]] = {
        "webhook_url": "webhook_url_file",
        "url": "webhook_url_file",
    }
    one_of: ClassVar[tuple[tuple[str, ...], ...]] = (("webhook_url_file",),)

    webhook_url_file: Line | None = Field(
        None, description="File with the workflow's address; required."
    )


def _receivers(value: object) -> tuple[str, ...]:
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not names or not all(isinstance(n, str) and n for n in names):
        message = "a receiver or a list of receivers is wanted here"
        raise fault(codes.WRONG_TYPE, message, "such as storage-pager")
    if twice := next((name for name in names if names.count(name) > 1), ""):
        message = f"the receiver {clip(twice)!r} is given twice"
        raise fault(codes.BAD_VALUE, message, "keep one of them")
    return tuple(names)


ONE_OR_MORE = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
ReceiverNames = Annotated[tuple[str, ...], PlainValidator(_receivers), WithJsonSchema(ONE_OR_MORE)]


class ReceiverWritten(Written):
    """A receiver: one or more ways of notifying."""

    webhook: WebhookWritten | None = Field(None, description="A webhook.")
    slack: SlackWritten | None = Field(None, description="A channel of Slack.")
    pagerduty: PagerdutyWritten | None = Field(None, description="An integration of PagerDuty.")
    opsgenie: OpsgenieWritten | None = Field(None, description="Opsgenie.")
    email: EmailWritten | None = Field(None, description="An e-mail.")
    teams: TeamsWritten | None = Field(None, description="Microsoft Teams.")
