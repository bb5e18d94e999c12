"""Regular expressions of matchers, in the syntax and within the bounds of Prometheus.

A pattern comes from a user's file. Python's own engine needs exponential time for some; this one,
of pydantic's core, is linear as RE2 is, knows the same syntax, and refuses what grows too large.
"""

from functools import lru_cache

from pydantic_core import SchemaError, SchemaValidator, core_schema

from slokit.promql.selector import Matcher

# What stands for something else here than in Prometheus: sets within sets.
_DIFFERENT = ("[[", "&&", "--", "~~")


def matches(pattern: str, text: str) -> bool | None:
    """Whether the pattern matches the whole text; None for one that is not readable.

    >>> matches("a|b+", "bb"), matches("a|b+", "ab"), matches("(a", "a")
    (True, False, None)
    """
    compiled = _compiled(pattern)
    return None if compiled is None else compiled.isinstance_python(text)


def is_match(matcher: Matcher, value: str) -> bool:
    """Whether a label has a value that the matcher takes; a missing label is an empty one.

    >>> is_match(Matcher("zone", "!~", "eu-.*"), "us-1"), is_match(Matcher("zone", "=", "eu"), "")
    (True, False)
    """
    if matcher.op in ("=", "!="):
        return (value == matcher.value) is (matcher.op == "=")
    return bool(matches(matcher.value, value)) is (matcher.op == "=~")


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> SchemaValidator | None:
    if any(part in pattern for part in _DIFFERENT):
        return None
    try:
        if "(" in pattern:
            _validator(pattern)  # brackets that only the ones around it would close
        return _validator(f"^(?:{pattern})$")
    except SchemaError:
        return None


def _validator(pattern: str) -> SchemaValidator:
    return SchemaValidator(core_schema.str_schema(pattern=pattern, regex_engine="rust-regex"))
