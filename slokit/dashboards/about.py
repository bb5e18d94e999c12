"""What an SLO is, in words and in PromQL.

A debug dashboard writes it out, SLO by SLO. The page of one SLO has the words in a hidden variable,
whose query asks Prometheus for what the info series says of the chosen SLO: one page serves all of
them, and no text of an SLO stands in it.
"""

import json
import re
import string
from collections.abc import Iterable
from urllib.parse import quote as percent_encoded

from slokit.compiler import ledger as compiled
from slokit.compiler import names
from slokit.dashboards.panels import Variable
from slokit.dashboards.queries import DATA_SOURCE, Ledger
from slokit.model.bundle import Bundle
from slokit.model.slo import Slo
from slokit.promql.selector import quote

MEASURED = "measured"
_LINES = (
    ("Objective", names.OBJECTIVE),
    ("Window", "window"),
    ("SLI", "sli"),
    ("Unit", "unit"),
    ("Owner", "owner"),
    ("Runbook", "runbook"),
)
_VARIABLE = re.compile(r"\$(\w+)")
LEGEND_LABELS = re.compile(r"\{\{(.+?)\}\}")
_SOURCE, _FROM, _TO = f"${{{DATA_SOURCE}}}", "${__from}", "${__to}"


def goal(slo: Slo) -> str:
    """The objective and the limit, as far as the SLO has them."""
    # what a rate allows is its objective
    objective = slo.objective_text if slo.objective is not None else ""
    return " ".join(part for part in (objective, slo.sli.limit_text) if part)


def words(slo: Slo) -> str:
    """The SLO in Markdown: its description, what it promises, its owner and its runbook."""
    lines = [
        slo.description,
        f"- Objective: {goal(slo)} over {slo.window.name}",
        f"- Owner: {slo.owner}" if slo.owner else "",
        f"- Runbook: {slo.runbook}" if slo.runbook else "",
    ]
    return "\n".join(line for line in lines if line)


def queries_json(exprs: Iterable[str]) -> str:
    """Expressions as Explore takes them: the inside of a JSON list."""
    queries = (
        {"refId": letter, "expr": expr}
        for letter, expr in zip(string.ascii_uppercase, exprs, strict=False)
    )
    return ",".join(json.dumps(query, separators=(",", ":")) for query in queries)


def explore_link(queries: str) -> str:
    """Markdown that opens queries in Explore, with the data source and the time of the page.

    ``queries`` are percent-encoded.
    """
    # Grafana replaces its variables before it draws the page: they stand as they are.
    pane = f'{{"a":{{"datasource":"{_SOURCE}","queries":['
    end = f'],"range":{{"from":"{_FROM}","to":"{_TO}"}}}}}}'
    panes = f"{_encoded(pane)}{queries}{_encoded(end)}"
    return f"[Open in Explore](/explore?schemaVersion=1&panes={panes})"


def _encoded(text: str) -> str:
    encoded = percent_encoded(text, safe="")
    for variable in (_SOURCE, _FROM, _TO):
        encoded = encoded.replace(percent_encoded(variable, safe=""), variable)
    return encoded


def written_out(slo: Slo, bundle: Bundle) -> str:
    """All about an SLO: its words, and the two expressions that its ledger records."""
    ledger = slo.sli.ledger(compiled.terms(slo, bundle.project))
    exprs = {"Bad": ledger.bad, "Total": ledger.total}
    link = explore_link(percent_encoded(queries_json(exprs.values()), safe=""))
    listed = "".join(f"\n{title}:\n```\n{expr}\n```" for title, expr in exprs.items())
    return f"{words(slo)}\n- {link}\n{listed}"


def variable_of(ledger: Ledger) -> Variable:
    """The hidden variable with the words of the chosen SLO, out of its info series.

    No text of an SLO stands in it: the page of a bundle is the same whatever its SLOs say, so that
    branches which change them merge.
    """
    return Variable(
        MEASURED,
        MEASURED,
        "What belongs to the chosen SLO, asked of Prometheus",
        query=f"query_result({words_of_chosen(ledger.info())})",
        pattern=rf'/\{{{MEASURED}="([\s\S]*)"\}} /',
        is_single=True,
        is_hidden=True,
    )


def words_of_chosen(chosen: str) -> str:
    r"""PromQL for one sample with the words of the chosen SLO in a label, in Markdown.

    >>> print(words_of_chosen('slokit:info{slo="fast"}')[:95])
    count by (measured) (label_join(label_replace(label_replace(label_replace(label_replace(label_r
    """
    vector = chosen
    for number, (title, label) in enumerate(_LINES):
        line = quote(f"\n- {title}: $1")
        vector = f'label_replace({vector}, "line_{number}", {line}, "{label}", "(.+)")'
    lines = "".join(f', "line_{number}"' for number in range(len(_LINES)))
    joined = f'label_join({vector}, "{MEASURED}", "", "{names.DESCRIPTION}"{lines})'
    return f"count by ({MEASURED}) ({joined})"


def recorded_link(ledger: Ledger) -> str:
    """Markdown that opens the ledger of the chosen SLO in Explore: bad and total a second."""
    window = ledger.project.ledger_window
    exprs = [ledger.series(name(window)) for name in (names.bad_rate, names.total_rate)]
    queries = percent_encoded(queries_json(exprs), safe="")
    for variable in _VARIABLE.findall("".join(exprs)):
        queries = queries.replace(f"%24{variable}", f"${{{variable}:percentencode}}")
    return explore_link(queries)
