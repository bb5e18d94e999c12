"""An existing configuration of Alertmanager, read to be written again with more in it.

Every value keeps its meaning whatever reads it: a plain scalar stays plain, text in quotes stays
text. Aliases and merges are written out, comments stay in the base. Only what slokit adds to is
looked at; whether the rest is right, `amtool check-config` says.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from slokit.compiler.route_matching import loose_matchers, matchers_of
from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding, KeyPath, Location, Severity
from slokit.model.routing import BaseConfiguration
from slokit.promql.selector import Matcher
from slokit.source.parser import MERGE, CollectionNode, MappingNode, Node, ScalarNode, compose
from slokit.source.tree import read_documents
from slokit.targets.rule_yaml import Verbatim
from slokit.text.similar_names import did_you_mean
from slokit.text.words import clip

_SEE = "see Alertmanager's pages"
_NOTHING = "null"
_ADDED_TO = ("receivers", "inhibit_rules", "time_intervals")
_SECRETS = frozenset(
    "slack_api_url smtp_auth_password smtp_auth_secret opsgenie_api_key victorops_api_key"
    " wechat_api_secret telegram_bot_token bot_token routing_key service_key api_key api_secret"
    " auth_password auth_secret user_key token password credentials client_secret secret_key"
    " webhook_url".split()
)
# `api_url` is a secret of Slack's alone; elsewhere it is an address.
_SECRETS_OF_SLACK = ("slack_configs", "api_url")


def read_base(
    file: str, text: str, under: Sequence[str], asked: Location
) -> tuple[BaseConfiguration | None, list[Finding]]:
    """The base of a file's text, and what is wrong with it.

    ``under`` are the matchers that lead to the route below which slokit's stands; ``asked`` is
    where slokit.yaml says them.
    """
    documents, findings = read_documents(file, text)
    # what other readers take for a boolean is the base's own business: it is written as it was
    findings = [f for f in findings if f.code is not codes.AMBIGUOUS_SCALAR]
    if findings:
        return None, findings
    location = documents[0].location if documents else Location(file)
    if len(documents) != 1 or not isinstance(documents[0].data, dict):
        message = "this is no configuration of Alertmanager"
        return None, [Finding(codes.WRONG_TYPE, message, location, "one mapping is wanted here")]
    data = _typed(compose(text)[0][0])
    findings = [*_shape_faults(data, location), *_secrets(data, location)]
    if isinstance(data.get("route"), dict):
        known = BaseConfiguration(file, data).receivers
        findings += _route_faults(data["route"], known, location.at("route"))
    if any(finding.level is Severity.ERROR for finding in findings):
        return None, findings
    found = _route_under(data["route"], under)
    if isinstance(found, str):
        return None, [*findings, Finding(codes.BAD_VALUE, found, asked, _known_routes(data))]
    return BaseConfiguration(file, data, found), findings


def _typed(node: Node) -> Any:
    """The data of a node: mappings, lists, text, and plain scalars as they are written."""
    if isinstance(node, ScalarNode):
        is_plain = not node.style and "\n" not in node.value
        return Verbatim(node.value or "null") if is_plain else str(node.value)
    if isinstance(node, MappingNode):
        return _mapping(node)
    return [_typed(item) for item in node.value]


def _mapping(node: CollectionNode) -> dict[str, Any]:
    merged = [value for key, value in node.value if key.tag == MERGE]
    own = {key.value: _typed(value) for key, value in node.value if key.tag != MERGE}
    for value in merged:
        for source in [value] if isinstance(value, MappingNode) else value.value:
            own = {**own, **{k: v for k, v in _typed(source).items() if k not in own}}
    return own


def _shape_faults(data: Mapping[str, Any], location: Location) -> Iterator[Finding]:
    for key, kind, wanted in (("route", dict, "a mapping"), ("receivers", list, "a list")):
        if key not in data:
            message = f"{key!r} is missing: this is no configuration of Alertmanager"
            yield Finding(codes.MISSING_KEY, message, location, f"add `{key}:`")
        elif not isinstance(data[key], kind):
            message = f"{key!r} must be {wanted}"
            yield Finding(codes.WRONG_TYPE, message, location.at(key), _SEE)
    for key in _ADDED_TO:
        # one that is written and empty is none, to Alertmanager too
        is_empty = data.get(key) in (None, _NOTHING)
        if not (is_empty or isinstance(data[key], list)) and key != "receivers":
            message = f"{key!r} must be a list"
            yield Finding(codes.WRONG_TYPE, message, location.at(key), "leave it out, or list them")


def _route_faults(
    route: Any, known: Collection[str], location: Location, *, is_first: bool = True
) -> Iterator[Finding]:
    """What would make Alertmanager refuse a route, or slokit lose one; and those below it."""
    if not isinstance(route, dict):
        yield Finding(codes.WRONG_TYPE, "a route must be a mapping", location, _SEE)
        return
    name = route.get("receiver")
    if is_first and name in (None, _NOTHING):
        message = "the first route of the base has no receiver"
        yield Finding(codes.MISSING_KEY, message, location, "add `receiver:`")
    elif name not in (None, _NOTHING) and name not in known:
        hint = did_you_mean(str(name), list(known), "add it to `receivers`")
        where = location.at("receiver")
        yield Finding(codes.BAD_VALUE, f"no such receiver {clip(str(name))!r}", where, hint)
    for key in ("matchers", "routes"):
        if route.get(key) not in (None, _NOTHING) and not isinstance(route[key], list):
            message = f"{key!r} must be a list"
            yield Finding(codes.WRONG_TYPE, message, location.at(key), _SEE)
    for number, child in enumerate(_listed(route.get("routes"))):
        yield from _route_faults(child, known, location.at("routes", number), is_first=False)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _secrets(data: Any, location: Location, around: str = "") -> Iterator[Finding]:
    """Literal secrets: they would be written once more, into the output."""
    if isinstance(data, list):
        for number, item in enumerate(data):
            yield from _secrets(item, location.at(number), around)
    if not isinstance(data, dict):
        return
    for key, value in data.items():
        is_secret = key in _SECRETS or (around, key) == _SECRETS_OF_SLACK
        if is_secret and isinstance(value, str) and value and value != "null":
            message = f"{clip(key)!r} holds a secret, which is copied into the output"
            hint = f"write it into a file, and name that by `{key}_file`"
            where = location.at(key, of_key=True)
            yield Finding(codes.LITERAL_SECRET, message, where, hint, severity=Severity.WARNING)
        yield from _secrets(value, location.at(key), key if isinstance(value, list) else around)


def _route_under(route: Mapping[str, Any], wanted: Sequence[str]) -> KeyPath | str:
    """The positions that lead to a route by the matchers on its way, or what is wrong."""
    path: tuple[int, ...] = ()
    for text in wanted:
        matchers = frozenset(loose_matchers(text))
        if not matchers:
            return f'{clip(text)!r} are no matchers, such as team="sre"'
        children = _children(route)
        found = [n for n, child in enumerate(children) if _matchers_of(child) == matchers]
        if len(found) != 1:
            many = "has no route with" if not found else "has several routes with"
            return f"the base {many} the matchers {clip(text)!r} here"
        path, route = (*path, found[0]), children[found[0]]
    return path


def _children(route: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    listed = route.get("routes")
    return [r if isinstance(r, dict) else {} for r in listed] if isinstance(listed, list) else []


def _matchers_of(route: Mapping[str, Any]) -> frozenset[Matcher]:
    return frozenset(matchers_of(route))


def _known_routes(data: Mapping[str, Any]) -> str:
    texts = [",".join(map(str, matchers_of(child))) for child in _children(data["route"])]
    shown = [f"'{clip(text)}'" for text in texts if text]
    return f"its first routes have {' and '.join(shown[:4])}" if shown else "leave it out"
