"""What an SLO is, in words and in PromQL: what differs from SLO to SLO, and no recorded series has.

A debug dashboard writes it out, SLO by SLO. The page of one SLO has it in hidden variables, whose
queries ask Prometheus for the text that belongs to the chosen SLO: one page serves all of them, and
nothing is read but the info series of one.
"""

import json
import re
import string
from collections.abc import Callable, Iterable, Mapping, Sequence
from urllib.parse import quote as percent_encoded

from slokit.compiler import ledger as compiled
from slokit.compiler import names
from slokit.dashboards.panels import Variable
from slokit.dashboards.queries import DATA_SOURCE, Ledger
from slokit.model.bundle import Bundle
from slokit.model.ledger import RATE_RANGE, Facet
from slokit.model.slo import Slo
from slokit.promql.selector import quote

MEASURED, EXPLORED, MEMBERS = "measured", "explored", "members"
MOST_TEXT = 600_000  # characters of all SLOs together: more is no page that a browser likes
_OF = "of"
_SOURCE, _FROM, _TO = f"${{{DATA_SOURCE}}}", "${__from}", "${__to}"
LEGEND_LABELS = re.compile(r"\{\{(.+?)\}\}")


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


def read_by(slo: Slo, bundle: Bundle) -> str:
    """The sides of its SLI in PromQL, as they are read before they are counted and grouped."""
    sides = {side.key: "\n".join(map(str, side.parts)) for side in slo.sli.sides()}
    read = sides or {"members": by_member(slo, bundle)}
    return "\n".join(f"- {key}: {_code(text)}" for key, text in read.items())


def _code(text: str) -> str:
    """PromQL in Markdown: on a line of its own only where it must be."""
    return f"`{text}`" if not {"`", "\n"} & set(text) else f"\n```\n{text}\n```"


def recorded(slo: Slo, bundle: Bundle) -> dict[str, str]:
    """The two expressions that its ledger records."""
    ledger = slo.sli.ledger(compiled.terms(slo, bundle.project))
    return {"Bad": ledger.bad, "Total": ledger.total}


def queries_json(exprs: Iterable[str]) -> str:
    """Expressions as Explore takes them: the inside of a JSON list."""
    queries = (
        {"refId": letter, "expr": expr}
        for letter, expr in zip(string.ascii_uppercase, exprs, strict=False)
    )
    return ",".join(json.dumps(query, separators=(",", ":")) for query in queries)


def explore_link(queries: str) -> str:
    """Markdown that opens queries in Explore, with the data source and the time of the page.

    ``queries`` are percent-encoded, or a variable that is.
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
    """All about an SLO, without a variable of its own."""
    exprs = recorded(slo, bundle)
    link = explore_link(percent_encoded(queries_json(exprs.values()), safe=""))
    listed = "".join(f"\n{title}:\n```\n{expr}\n```" for title, expr in exprs.items())
    return f"{words(slo)}\n- {link}\n{listed}"


def variables_of(bundle: Bundle, ledger: Ledger) -> tuple[Variable, ...]:
    """The hidden variables with the words, the queries and the members of the chosen SLO.

    None where all of them together would be too long to be asked for.
    """
    made: dict[str, Callable[[Slo], str]] = {
        MEASURED: lambda slo: f"{words(slo)}\n{read_by(slo, bundle)}",
        EXPLORED: lambda slo: queries_json([by_member(slo, bundle)]),
        MEMBERS: lambda slo: by_member(slo, bundle),
    }
    texts = {
        name: {f"{slo.service}/{slo.name}": text(slo) for slo in bundle.slos}
        for name, text in made.items()
    }
    if sum(len(text) for of_slos in texts.values() for text in of_slos.values()) > MOST_TEXT:
        return ()
    about = "What belongs to the chosen SLO, asked of Prometheus"
    return tuple(
        Variable(
            name,
            name,
            about,
            query=f"query_result({text_of_chosen(ledger.info(), name, of_slos)})",
            pattern=rf'/\{{{name}="([\s\S]*)"\}} /',
            is_single=True,
            is_hidden=True,
        )
        for name, of_slos in texts.items()
    )


def text_of_chosen(chosen: str, label: str, texts: Mapping[str, str]) -> str:
    """PromQL for one sample with the text of the chosen SLO in a label.

    >>> print(text_of_chosen('slokit:info{slo="fast"}', "text", {"api/fast": "up == 0"}))
    count by (text) (label_replace(label_join(slokit:info{slo="fast"}, "of", "/", "service", "slo"),
    "text", "up == 0", "of", "api/fast"))
    """
    named = f'label_join({chosen}, "{_OF}", "/", "{names.SERVICE}", "{names.SLO}")'
    # nested, not joined by `or`: the info series is looked up once
    ends = (
        # a `$` would stand for a part of the regular expression
        f', "{label}", {quote(text.replace("$", "$$"))}, "{_OF}", "{of}")'
        for of, text in texts.items()
    )
    return f"count by ({label}) ({'label_replace(' * len(texts)}{named}{''.join(ends)})"


def by_member(slo: Slo, bundle: Bundle) -> str:
    """What its SLI says of members: of bad events if it has it, else of the levels it judges."""
    facets = [
        facet
        for facet in slo.sli.facets(compiled.terms(slo, bundle.project))
        if facet.form == "lines"
    ]
    own = set(slo.folding.sources)
    # PromQL of the user's has labels of its own, which are not known here
    of_members = [facet for facet in facets if not (labels := _labels(facet)) or labels - own]
    chosen = next((f for f in of_members if f.key in ("slow", "bad")), [*of_members, *facets][0])
    window = f"[{compiled.terms(slo, bundle.project).window}]"
    return _union([expr.replace(RATE_RANGE, window) for expr, _ in chosen.queries])


def _union(exprs: Sequence[str]) -> str:
    """All of them in one query: of two parts the same members, which `or` alone would drop."""
    if len(exprs) == 1:
        return exprs[0]
    numbered = (
        f'label_replace({expr}, "part", "{number}", "", "")' for number, expr in enumerate(exprs, 1)
    )
    return " or ".join(numbered)


def _labels(facet: Facet) -> set[str]:
    return {label for _, legend in facet.queries for label in LEGEND_LABELS.findall(legend)}
