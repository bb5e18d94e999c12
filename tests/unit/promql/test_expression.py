"""The tree of an expression: its precedence, its places, its numbers."""

import pytest

from slokit.promql.expression import Node, constant, expression
from slokit.promql.reading import read

EXPRESSIONS = [
    "up",
    'sum by (job) (rate(http_requests_total{code=~"5.."}[5m])) or on () vector(0)',
    "a + b * c - d / e % f ^ g ^ h or i and j unless k > bool l",
    "(a + b) * c",
    "-a ^ 2",
    "topk(5, x) / on (a) group_left (b) y",
    "max_over_time(rate(x[1m] offset 5m)[1h:5m] offset 1w)",
    'label_replace(x @ 123 , "a", "$1", "b", "(.*)")',
    "count without (a) (x == 5) # the end",
    "quantile(0.9, {__name__=~'a|b', c!=`d`})",
    "sum(x) by (a) + -1",
    "x[5m:]",
    "1e3 + 0x1F + Inf",
]


def parsed(text: str) -> Node:
    root = expression(text)
    assert root is not None
    return root


def shape(node: Node) -> str:
    """The tree with all parentheses."""
    inner = [shape(child) for child in node.children]
    if node.kind == "binary":
        return f"({inner[0]} {node.name} {inner[1]})"
    if node.kind == "sign":
        return f"({node.name}{inner[0]})"
    return f"{node.name}({', '.join(inner)})" if inner else node.name or f"{node.value:g}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a or b and c", "(a or (b and c))"),
        ("a or b or c", "((a or b) or c)"),
        ("a - b - c", "((a - b) - c)"),
        ("a ^ b ^ c", "(a ^ (b ^ c))"),
        ("a + b * c > d or e", "(((a + (b * c)) > d) or e)"),
        ("-a ^ 2", "(-(a ^ 2))"),
        ("(-a) ^ 2", "((-a) ^ 2)"),
        ("a UNLESS ON (x) b", "(a unless b)"),
        ("SUM(a) Or b", "(sum(a) or b)"),
        ("a atan2 b * c", "((a atan2 b) * c)"),
    ],
)
def test_operators_bind_as_in_prometheus(text: str, expected: str) -> None:
    """Powers from the right, all others from the left, signs less than powers."""
    assert shape(parsed(text)) == expected


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_the_place_of_a_node_reads_as_the_node(text: str) -> None:
    """What stands at a node's characters is that part of the expression, and nothing else."""
    for node in parsed(text).walk():
        if node.kind != "string":
            assert shape(parsed(text[slice(*node.span)])) == shape(node)


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_it_has_the_selectors_that_the_parser_finds(text: str) -> None:
    """All of them, each where it stands."""
    found = [node for node in parsed(text).walk() if node.kind == "selector"]

    assert [node.selector for node in found] == list(read(text).selectors)
    for node in found:
        assert read(text[slice(*node.span)]).selectors == (node.selector,)


def test_ranges_offsets_and_matchers_are_known() -> None:
    """A range is in seconds, an offset is its selector's, a matcher has its characters."""
    text = "rate(x{a='b'}[1h30m] offset 5m) + max_over_time(y[10m:1m])"
    left, right = parsed(text).children
    (window,) = left.children
    (span, matcher), *_ = window.children[0].matchers

    assert (window.seconds, window.offset) == (5400, 300)
    assert right.children[0].kind == "subquery"
    assert right.children[0].seconds == 600
    assert (text[slice(*span)], str(matcher)) == ("a='b'", 'a="b"')


def test_what_is_no_promql_has_no_tree() -> None:
    """The parser has refused it before; nothing is raised here."""
    assert expression("sum(") is None
    assert expression("x{a=b}") is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 / 4", 0.25),
        ("-(2 ^ 3)", -8),
        ("1 / 0", float("inf")),
        ("0x10", 16),
        ("1 > bool 2", None),
    ],
)
def test_numbers_are_computed(text: str, value: float | None) -> None:
    """Arithmetic of numbers alone has a value; what has a series in it has none."""
    assert constant(parsed(text)) == value
    assert constant(parsed(f"{text} + x")) is None
