"""What SLI types find in their bodies, told at its place in the document."""

from typing import Any

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding
from slokit.dialects.slokit_v1.parts import Context, Part
from slokit.model.slo import Problem, Route
from slokit.source.tree import Document
from slokit.text.words import clip

# what cannot be judged without knowing how the sides are selected and grouped
_OF_FOLDING = (codes.LOST_LABEL, codes.MEMBER_LOST, codes.MATCH_UNUSED)


def problem_findings(
    problems: list[Problem], part: Part, context: Context
) -> tuple[list[Finding], bool]:
    """The findings for an SLI's problems, and whether all were told.

    What merely follows from a fault that was told already is kept back.
    """
    told = [problem for problem in problems if _is_own(problem, part, context)]
    return [_finding(problem, part, context.document) for problem in told], told == problems


def _is_own(problem: Problem, part: Part, context: Context) -> bool:
    if not problem.keys and not part.is_sound:
        return False
    if problem.is_unsure and part.decoded_body.faulty:
        return False
    if problem.code is codes.BAD_UNIT and part.decoded_body.is_faulty("unit"):
        return False
    if not part.has_faulty_folding(context):
        return True
    if problem.code is codes.PROMQL_SYNTAX:
        return "$" not in _text_at(context.document.data, _route(problem, part))
    return problem.code not in _OF_FOLDING


def _route(problem: Problem, part: Part) -> Route:
    keys = problem.keys
    if len(keys) == 1 and part.entry and getattr(part.entry, str(keys[0]), None) is not None:
        return (*part.entry_route, *keys)
    return (*part.sli_route, *keys)


def _finding(problem: Problem, part: Part, document: Document) -> Finding:
    route = _route(problem, part)
    if not problem.keys:
        place = document.place(route, of_key=True)
        if part.entry and problem.code is codes.LIMITS:
            place = document.place((*part.entry_route, "name"))
        return Finding(problem.code, problem.message, place, problem.hint)
    if isinstance(_value_at(document.data, route), list) and problem.span:
        route = (*route, 0)
    if problem.is_cut and (comment := document.line_comment(route)) is not None:
        message = f"YAML ends this expression at {clip(comment, 24)!r}: {problem.message}"
        hint = "put the whole expression into single quotes"
        return Finding(codes.MANGLED_PROMQL, message, document.place(route), hint)
    place = document.place(route, span=problem.span)
    return Finding(problem.code, problem.message, place, problem.hint)


def _text_at(data: Any, route: Route) -> str:
    return str(_value_at(data, route))


def _value_at(data: Any, route: Route) -> Any:
    for key in route:
        data = data[key]
    return data
