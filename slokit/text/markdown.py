"""Text that Markdown shows as it is, whatever a user's file holds."""

import html
import re

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|~>-])")
_FENCES = re.compile(r"`{3,}")


def escape(text: str) -> str:
    r"""The text on one line, none of it markup.

    >>> escape("*all* <b>\n[x]")
    '\\*all\\* &lt;b&gt; \\[x\\]'
    """
    return _SPECIAL.sub(r"\\\1", html.escape(" ".join(text.split()), quote=False))


def fenced(text: str) -> str:
    """The text as a block of code; its own backticks cannot end the block.

    >>> print(fenced("sum(up)"))
    ```
    sum(up)
    ```
    """
    longest = max((len(run) for run in _FENCES.findall(text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}\n{text}\n{fence}"
