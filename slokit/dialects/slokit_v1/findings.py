"""What SLI types find in their bodies, told at its place in the document."""

from typing import Any

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding
from slokit.diagnostics.location import KeyPath, Location
from slokit.dialects.slokit_v1.parts import Context, Part
from slokit.model.slo import Problem
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
    return [_finding(problem, part, context) for problem in told], told == problems


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
        return "$" not in str(_value_at(context.document.data, _location(problem, part).keys))
    return problem.code not in _OF_FOLDING


def _location(problem: Problem, part: Part) -> Location:
    keys = problem.keys
    if len(keys) == 1 and part.entry and getattr(part.entry, str(keys[0]), None) is not None:
        return part.entry_location.at(*keys)
    return part.sli_location.at(*keys)


def _finding(problem: Problem, part: Part, context: Context) -> Finding:
    location = _location(problem, part)
    if not problem.keys:
        where = part.sli_location.at(of_key=True)
        if part.entry and problem.code is codes.LIMITS:
            where = part.entry_location.at("name")
        return Finding(problem.code, problem.message, where, problem.hint)
    if problem.span and isinstance(_value_at(context.document.data, location.keys), list):
        location = location.at(0)
    comment = context.sources.comment_behind(location) if problem.is_cut else None
    if comment is not None:
        message = f"YAML ends this expression at {clip(comment, 24)!r}: {problem.message}"
        hint = "put the whole expression into single quotes"
        return Finding(codes.MANGLED_PROMQL, message, location, hint)
    where = location.at(span=problem.span)
    return Finding(problem.code, problem.message, where, problem.hint)


def _value_at(data: Any, keys: KeyPath) -> Any:
    for key in keys:
        data = data[key]
    return data
