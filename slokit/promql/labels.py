"""Labels: the names that a spec may use, and which labels an expression keeps.

What an expression keeps follows from its text alone: a selector may have any label, and each
function, operator and aggregation above it keeps some. Nothing here asks a server.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import promql_parser

from slokit.promql.parse import type_of
from slokit.promql.selector import UTF8_HINT, allows_label, is_grouping_label, is_label_name

GROUP_RESERVED = frozenset(
    "bundle service slo window severity alert_policy long short owner category sli objective unit"
    " runbook period le quantile alertname alertgroup alertstate side maintenance failure_mode"
    " alert_fact alert_fails alert_allowed alert_description __name__".split()
)
INFO_LABELS = frozenset(
    "bundle service slo category sli measure objective window alert_policy min_bad_events owner"
    " unit runbook no_data alert_name timezone alert_fails alert_allowed alert_description".split()
)
ALERT_RESERVED = frozenset(
    "bundle service slo severity alert_policy window alertname alertgroup alertstate"
    " measure min_bad_events no_data alert_name failure_mode".split()
)
ROUTING_PREFIX = "routing__"  # of labels of the info series; without it they stand on alerts
RULE_GROUP = "rule_group"  # what Prometheus calls its rule groups in metrics about itself
LABEL_HINT = "letters, digits and underscores, no digit first"
NAME_TEXT = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
LONGEST_NAME = 63
_NAME = re.compile(NAME_TEXT)
_NO_NAME = re.compile(r"[^a-z0-9]+")
_NEW_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

# these pass on the samples that they choose, whatever they are grouped by
_CHOOSING = ("topk", "bottomk", "limitk", "limit_ratio")
# these pass on samples of their left side, or none
_SETS = ("and", "unless")
_ONE_TO_ONE = promql_parser.VectorMatchCardinality.OneToOne
_MANY_TO_ONE = promql_parser.VectorMatchCardinality.ManyToOne
_ONE_TO_MANY = promql_parser.VectorMatchCardinality.OneToMany


def is_name(text: str) -> bool:
    """Whether the text may name a service, an SLO or a bundle."""
    return len(text) <= LONGEST_NAME and _NAME.fullmatch(text) is not None


def nearest_name(text: str) -> str:
    """A name that says the same as a text that is none; empty where no short one does.

    >>> nearest_name("99999_http_request_lt_500"), nearest_name("readLatency")
    ('99999-http-request-lt-500', 'read-latency')
    """
    dashed = _NO_NAME.sub("-", _NEW_WORD.sub("-", text).lower()).strip("-")
    return dashed if text.isascii() and is_name(dashed) else ""


def label_hint(label: object) -> str:
    """What to do about a text that is no label name, or none before Prometheus 3."""
    is_dotted = isinstance(label, str) and "." in label and is_label_name(label.replace(".", "_"))
    return f"{LABEL_HINT}; {UTF8_HINT}" if is_dotted else LABEL_HINT


def refuse_group_label(label: str) -> str:
    """Why a group may not have this label, or an empty string."""
    if not allows_label(label):
        return f"{label!r} is no label name"
    if label in GROUP_RESERVED:
        return f"the label {label!r} is reserved"
    return refuse_grouping(label)


def refuse_grouping(label: str) -> str:
    """Why PromQL may not group or join by this label, or an empty string."""
    if not allows_label(label):
        return f"{label!r} is no label name"
    return "" if is_grouping_label(label) else f"PromQL cannot group by a label named {label!r}"


def refuse_info_label(label: str) -> str:
    """Why a spec may not have this label, or an empty string."""
    if not is_label_name(label):
        return f"{label!r} is no label name"
    if label.startswith("__"):
        return f"{label!r} begins with __, and Prometheus drops such labels"
    if label in INFO_LABELS or label.startswith(ROUTING_PREFIX):
        return f"the label {label!r} is slokit's own"
    return ""


def refuse_alert_label(label: str) -> str:
    """Why this label may not get onto alerts, or an empty string."""
    if not is_label_name(label) or label.startswith("__"):
        return f"{label!r} is no label name"
    if label in ALERT_RESERVED:
        return f"every alert has its own label {label!r}"
    return refuse_grouping(label)


@dataclass(frozen=True, slots=True)
class LabelSet:
    """Labels that a sample may have: exactly those of ``names``, or any but those."""

    names: frozenset[str]
    is_all_but: bool = False

    def __contains__(self, label: str) -> bool:
        return (label in self.names) is not self.is_all_but

    def __or__(self, other: "LabelSet") -> "LabelSet":
        if self.is_all_but and other.is_all_but:
            return LabelSet(self.names & other.names, is_all_but=True)
        if self.is_all_but or other.is_all_but:
            most, few = (self, other) if self.is_all_but else (other, self)
            return LabelSet(most.names - few.names, is_all_but=True)
        return LabelSet(self.names | other.names)

    def __and__(self, other: "LabelSet") -> "LabelSet":
        if self.is_all_but and other.is_all_but:
            return LabelSet(self.names | other.names, is_all_but=True)
        if self.is_all_but or other.is_all_but:
            most, few = (self, other) if self.is_all_but else (other, self)
            return LabelSet(few.names - most.names)
        return LabelSet(self.names & other.names)

    def without(self, names: Iterable[str]) -> "LabelSet":
        """Less these labels."""
        return self & LabelSet(frozenset(names), is_all_but=True)

    def plus(self, names: Iterable[str]) -> "LabelSet":
        """And these labels."""
        return self | LabelSet(frozenset(names))


ALL_LABELS = LabelSet(frozenset(), is_all_but=True)
_NONE = LabelSet(frozenset())


def kept_labels(node: Any) -> LabelSet:
    """The labels that a node of the parser's tree may have; a selector may have any."""
    return next((kept(node) for kind, kept in _RULES if isinstance(node, kind)), ALL_LABELS)


def _of_aggregate(node: Any) -> LabelSet:
    operation, below = str(node.op), kept_labels(node.expr)
    if operation in _CHOOSING:
        return below
    # the one aggregation that adds a label: the value that it has counted
    made = [node.param.val] if operation == "count_values" else []
    if node.modifier is None:
        return _NONE.plus(made)
    labels = frozenset(node.modifier.labels)
    if node.modifier.type == promql_parser.AggModifierType.Without:
        return below.without(labels).plus(made)
    return (below & LabelSet(labels)).plus(made)


def _of_binary(node: Any) -> LabelSet:
    # A number has no labels: those of a product with one are the vector's.
    if type_of(node.lhs) != "vector":
        return kept_labels(node.rhs)
    left, operator = kept_labels(node.lhs), str(node.op)
    if type_of(node.rhs) != "vector" or operator in _SETS:
        return left
    right = kept_labels(node.rhs)
    # Of `or` either side may give a sample: the label must be on both.
    return left & right if operator == "or" else _of_matching(node.modifier, left, right)


def _of_matching(modifier: Any, left: LabelSet, right: LabelSet) -> LabelSet:
    if modifier is None:
        return left & right
    # with group_left the samples are the left side's, and take the named labels along
    if modifier.card in (_MANY_TO_ONE, _ONE_TO_MANY):
        many = left if modifier.card == _MANY_TO_ONE else right
        return many.plus(modifier.group_labels or ())
    if modifier.matching is None:
        return left & right
    labels = frozenset(modifier.matching.labels)
    if modifier.matching.type == promql_parser.LabelModifierType.Include:
        return left & LabelSet(labels)
    return left.without(labels)


def _of_call(node: Any) -> LabelSet:
    name, arguments = node.func.name, node.args
    if name in ("label_replace", "label_join"):
        # a target that is no literal may be any label
        target = getattr(arguments[1], "val", None)
        return ALL_LABELS if target is None else kept_labels(arguments[0]).plus([target])
    # absent() makes labels of its selector's matchers, info() adds those of other series
    if name in ("absent", "absent_over_time", "info"):
        return ALL_LABELS
    vectors = [a for a in arguments if type_of(a) in ("vector", "matrix")]
    if not vectors or name in ("vector", "scalar"):
        return _NONE
    # Functions of one vector change its values; the few that change labels come before.
    below = kept_labels(vectors[0])
    return below.without(["le"]) if name == "histogram_quantile" else below


def _of_inner(node: Any) -> LabelSet:
    return kept_labels(node.expr)


_RULES: tuple[tuple[Any, Callable[[Any], LabelSet]], ...] = (
    (promql_parser.AggregateExpr, _of_aggregate),
    (promql_parser.BinaryExpr, _of_binary),
    (promql_parser.Call, _of_call),
    (promql_parser.ParenExpr, _of_inner),
    (promql_parser.UnaryExpr, _of_inner),
    (promql_parser.SubqueryExpr, _of_inner),
)
