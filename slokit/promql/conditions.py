"""Whether an expression is a condition: silent while all is well, and what it says when it is not.

An alert fires for each sample of its expression. What gives a sample whenever its series are there
fires for ever, and what compares nothing mostly does. Nothing here asks a server.
"""

from slokit.promql.expression import Node
from slokit.promql.presence import ABSENT

_BELOW = ("<", "<=")


def can_be_silent(node: Node) -> bool:
    """Whether an expression may give nothing while all its series are there.

    >>> from slokit.promql.expression import expression
    >>> can_be_silent(expression("sum by (job) (up) < 2"))
    True
    >>> can_be_silent(expression("up == bool 0")), can_be_silent(expression("up or vector(0)"))
    (False, False)
    """
    if node.kind == "selector":
        return False
    if node.kind == "call" and node.name in ABSENT:
        return True
    if node.kind == "binary":
        if node.name == "or":
            return all(map(can_be_silent, node.children))
        if node.name in ("and", "unless"):
            return True
        if node.is_comparison and not node.is_bool:
            return True
    return any(map(can_be_silent, node.children))


def is_lower_worse(node: Node) -> bool:
    """Whether the lowest of several samples says most: of what is asked to be below a limit.

    >>> from slokit.promql.expression import expression
    >>> is_lower_worse(expression("sum(up) < 2 and on () up")), is_lower_worse(expression("up > 2"))
    (True, False)
    """
    if node.kind == "binary" and node.name in ("and", "unless", "or"):
        return is_lower_worse(node.children[0])
    return node.kind == "binary" and node.name in _BELOW
