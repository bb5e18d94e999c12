"""What an SLO is, in words and in PromQL.

A debug dashboard writes it out, SLO by SLO. The page of one SLO has the texts of its service's SLOs
in hidden variables, whose queries ask Prometheus for the one that belongs to the chosen SLO: a page
is the same for all of them, and nothing is read but the info series of one.
"""

import json
import string
from collections.abc import Iterable, Mapping
from urllib.parse import quote as percent_encoded

from slokit.compiler import ledger as compiled
from slokit.compiler import names
from slokit.dashboards.panels import Variable
from slokit.dashboards.queries import DATA_SOURCE, Ledger
from slokit.model.bundle import Bundle
from slokit.model.slo import Slo
from slokit.promql.selector import quote

MEASURED, EXPLORED = "measured", "explored"
_MOST_TEXT = 100_000  # characters of a service's SLOs: a longer page is none that a browser likes
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


def expressions(slo: Slo, bundle: Bundle) -> dict[str, str]:
    """The two expressions that its ledger records, by their titles."""
    ledger = slo.sli.ledger(compiled.terms(slo, bundle.project))
    return {"Bad": ledger.bad, "Total": ledger.total}


def written_out(slo: Slo, bundle: Bundle) -> str:
    """All about an SLO: its words, a link to Explore, and its expressions."""
    exprs = expressions(slo, bundle)
    link = explore_link(percent_encoded(queries_json(exprs.values()), safe=""))
    return f"{words(slo)}\n- {link}\n{_listed(exprs)}"


def _listed(exprs: Mapping[str, str]) -> str:
    return "".join(f"\n{title}:\n```\n{expr}\n```" for title, expr in exprs.items())


def variables_of(bundle: Bundle, ledger: Ledger) -> tuple[Variable, ...]:
    """The hidden variables with the words and the queries of the chosen SLO of a service.

    None where all of them together would be too long to be asked for.
    """
    texts: dict[str, dict[str, str]] = {MEASURED: {}, EXPLORED: {}}
    for slo in bundle.slos:
        exprs = expressions(slo, bundle)
        texts[MEASURED][slo.name] = f"{words(slo)}\n{_listed(exprs)}"
        texts[EXPLORED][slo.name] = queries_json(exprs.values())
    if sum(len(text) for of_slos in texts.values() for text in of_slos.values()) > _MOST_TEXT:
        return ()
    return tuple(
        Variable(
            name,
            name,
            "What belongs to the chosen SLO, asked of Prometheus",
            query=f"query_result({text_of_chosen(ledger.info(), name, of_slos)})",
            pattern=rf'/\{{{name}="([\s\S]*)"\}} /',
            is_single=True,
            is_hidden=True,
        )
        for name, of_slos in texts.items()
    )


def text_of_chosen(chosen: str, label: str, texts: Mapping[str, str]) -> str:
    """PromQL for one sample with the text of the chosen SLO in a label.

    >>> print(text_of_chosen('slokit:info{slo="fast"}', "text", {"fast": "up == 0"}))
    count by (text) (label_replace(slokit:info{slo="fast"}, "text", "up == 0", "slo", "fast"))
    """
    # nested, not joined by `or`: the info series is looked up once
    ends = (
        # a `$` would stand for a part of the regular expression
        f', "{label}", {quote(text.replace("$", "$$"))}, "{names.SLO}", "{slo}")'
        for slo, text in texts.items()
    )
    return f"count by ({label}) ({'label_replace(' * len(texts)}{chosen}{''.join(ends)})"
