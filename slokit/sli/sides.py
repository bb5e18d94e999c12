"""How a side of an SLI is read: from its text to selectors or to PromQL without variables.

A side is one selector, a list of selectors, or one PromQL expression; what it says is checked
against what it is for (its role) and against the labels that the SLO is grouped by. What is wrong
is noted with the reader of the body; how sides become expressions is :mod:`slokit.sli.expressions`'
business.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Annotated

from pydantic import PlainValidator, WithJsonSchema

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding, Location, Severity
from slokit.model.ledger import Folding, Side
from slokit.promql import build, variables
from slokit.promql.conditions import can_be_silent, is_lower_worse
from slokit.promql.expression import expression
from slokit.promql.faults import FaultKind, find_faults
from slokit.promql.name_pattern import NAME, each_name, is_pattern, with_plain_name
from slokit.promql.presence import given
from slokit.promql.reading import Reading
from slokit.promql.reading import read as read_promql
from slokit.promql.selector import Selector, label_list, matcher_list, pattern_as_text
from slokit.promql.variables import Replaced
from slokit.sli.base import Reader, Surroundings
from slokit.sli.side_checks import (
    Absence,
    WrittenPromql,
    check_names,
    check_rates,
    rated_twice,
    reports_recorded,
    without_fillers,
)
from slokit.source.fields import PROMQL, fault
from slokit.text.words import clip, quoted

_NO_VECTORS = {
    "scalar": ("a number", "name a metric: a number is there whatever happens"),
    "matrix": ("a range", "put it into a function such as rate()"),
    "string": ("a text", "name a metric"),
}
_LATE = re.compile(
    r"(?P<selector>.+?)\s*\boffset\s+(?P<offset>[0-9][0-9a-z]*)", re.IGNORECASE | re.DOTALL
)
_FIXED_RANGE = re.compile(r"\[\s*[0-9][0-9a-z]*\s*\]")


def _side_text(value: object) -> tuple[str, ...]:
    if isinstance(value, str) and value.strip():
        return (value,)
    items = value if isinstance(value, list | tuple) else ()
    if items and all(isinstance(item, str) for item in items):
        return tuple(items)
    if isinstance(value, dict) or any(isinstance(item, dict) for item in items):
        raise fault(
            codes.MANGLED_PROMQL,
            "YAML reads this as a mapping, not as PromQL",
            "put the whole expression into single quotes",
        )
    raise fault(
        codes.WRONG_TYPE,
        "a selector, a list of selectors or PromQL is wanted here",
        'such as http_requests_total{code=~"5.."}',
    )


SideText = Annotated[
    tuple[str, ...],
    PlainValidator(_side_text),
    WithJsonSchema({"anyOf": [PROMQL, {"type": "array", "items": PROMQL, "minItems": 1}]}),
]


def join_info(folding: Folding) -> Selector:
    """The info metric's selector with what it inherits; never with ``match``."""
    assert folding.join is not None
    bare = read_promql(folding.join.info).bare
    assert bare is not None
    # `match` is about labels of events, which the info metric does not have.
    return bare.inheriting(folding.selector)


def values_of_variables(surroundings: Surroundings) -> Mapping[str, str]:
    """What the variables of a PromQL side stand for."""
    folding, join = surroundings.folding, surroundings.folding.join
    info = build.rename(str(join_info(folding)), join.renamings) if join else ""
    joined = build.join("", info, join.by, join.labels).strip() if join else ""
    return {
        "window": surroundings.window,
        "window_seconds": build.number(surroundings.window_seconds),
        "selector": matcher_list(dict.fromkeys([*folding.selector, *folding.match])),
        "group_by": label_list(dict.fromkeys(folding.sources)),
        "join": joined,
    }


def read_side(
    reader: Reader,
    key: str,
    texts: tuple[str, ...] | None,
    role: str,
    absence: Absence = Absence.NO_DATA,
) -> Side | None:
    """A side from its text; None where there is none, and with the reason noted where it is faulty.

    ``role`` is counter, gauge, histogram, epoch or member; ``absence`` says what it
    means that the side has no series.
    """
    if texts is None:
        return None
    readings = [_read(reader, _key(key, n, texts), text) for n, text in enumerate(texts)]
    sound = [reading for reading in readings if reading is not None]
    if len(sound) < len(texts):
        return None
    for number, reading in enumerate(sound):
        _check_equalities(reader, _key(key, number, texts), reading)
    promql = [
        reading.bare is None or bool(variables.used(text))
        for reading, text in zip(sound, texts, strict=True)
    ]
    if len(texts) > 1 and any(promql):
        reader.report(
            codes.NOT_A_SELECTOR,
            f"{key}.{promql.index(True)}",
            "a list holds selectors only",
            "write one PromQL expression that adds them up",
        )
        return None
    if any(promql):
        return _promql_side(reader, key, texts[0], sound[0], role, absence)
    return _selector_side(reader, key, texts, tuple(r.bare for r in sound if r.bare), role)


def _check_equalities(reader: Reader, key: str, reading: Reading) -> None:
    """Warn of patterns that are compared as they are, in what a side writes itself."""
    inherited = {*reader.folding.selector, *reader.folding.match}
    written = dict.fromkeys(m for selector in reading.selectors for m in selector.matchers)
    for matcher in written:
        message, hint = pattern_as_text(matcher)
        if message and matcher not in inherited:
            reader.report(codes.PATTERN_AS_TEXT, key, message, hint)


def read_condition(reader: Reader, key: str, text: str) -> str | None:
    """PromQL that gives one sample for each group in trouble; None where it is faulty.

    The selectors of a bare one get what is inherited, as those of a side do. The worst of several
    samples of a group counts: the lowest one of what is compared to be below a limit.
    """
    reading = _read(reader, key, text)
    if reading is None:
        return None
    if reading.bare is not None and not variables.used(text):
        named = with_plain_name(reading.bare.inheriting(reader.folding.selector))
        joined = values_of_variables(reader.surroundings)["join"]
        found: str | None = f"{named} {joined}" if reader.folding.is_joined else str(named)
    else:
        found = _condition(reader, key, text, reading)
    root = expression(found) if found else None
    if found is None or root is None:
        return found
    whole = variables.replaced(text, values_of_variables(reader.surroundings))
    _check_silence(WrittenPromql(reader, key, whole, root))
    _check_equalities(reader, key, reading)
    operation = "min" if is_lower_worse(root) else "max"
    renamed = build.rename(build.own(found), reader.folding.renamings)
    return build.fold(operation, reader.folding.names, renamed)


def _condition(reader: Reader, key: str, text: str, reading: Reading) -> str | None:
    if reading.type != "vector":
        gives, hint = _NO_VECTORS[reading.type]
        reader.report(codes.NOT_A_VECTOR, key, f"this gives {gives}, not a vector", hint)
        return None
    whole = variables.replaced(text, values_of_variables(reader.surroundings))
    _check_selector(reader, key, reading, variables.used(text))
    if not _keeps_groups(reader, key, reading, "the alert"):
        return None
    root = expression(whole.text)
    if root and not check_names(WrittenPromql(reader, key, whole, root)):
        return None
    return whole.text.strip()


def _check_silence(written: WrittenPromql) -> None:
    """Report a condition that never ends, or warn of one that holds whenever its series exist."""
    root = written.root
    if given(root).is_samples and not can_be_silent(root):
        message = "this always has a sample, so the alert fires for ever"
        hint = "compare it with a limit, and leave the constant out"
        written.reader.report(codes.CAUSE_WITHOUT_END, written.key, message, hint)
    elif given(root).is_samples and written.reader.folding.group_by:
        message = "this has a sample without any series, which belongs to no group"
        hint = "leave the constant or `absent()` out, or write `group_by: []`"
        written.reader.report(codes.CAUSE_WITHOUT_END, written.key, message, hint)
    elif not can_be_silent(root):
        message = "nothing is compared here, so the alert fires whenever the series exist"
        hint = (
            "compare it with a limit; a comparison without `bool` gives nothing while all is well"
        )
        location = Location(keys=tuple(written.key.split(".")))
        written.reader.findings.append(
            Finding(codes.CAUSE_WITHOUT_END, message, location, hint, severity=Severity.WARNING)
        )


def can_start_at_zero(reader: Reader, sides: Iterable[Side | None]) -> bool:
    """Whether counters that appear on these sides can count from zero; noted where not."""
    if not reader.folding.is_exact:
        message = "`starts_at_zero` needs exact counting: rate() never sees a first value"
        hint = "set `counting: exact` on the SLO, or leave `starts_at_zero` out"
        reader.report(codes.SIDES, "starts_at_zero", message, hint)
        return False
    for side in filter(None, sides):
        if side.role == "gauge":
            message = "only counters start at zero; levels are what they are"
            reader.report(codes.SIDES, "starts_at_zero", message, "leave `starts_at_zero` out")
            return False
        if side.is_promql:
            reader.report(
                codes.NOT_A_SELECTOR,
                side.key,
                "`starts_at_zero` needs selectors: slokit looks for the birth of each series",
                "write the counter's selector, or leave `starts_at_zero` out",
            )
            return False
    return True


def keeps_members(reader: Reader, side: Side, member: tuple[str, ...]) -> bool:
    """Whether a side's expression keeps the labels that tell members apart; noted where not."""
    if not side.is_promql:
        return True
    reading = read_promql(side.parts[0])
    lost = [label for label in member if reading.loses(label)]
    if lost:
        reader.report(
            codes.MEMBER_LOST,
            side.key,
            f"the expression drops {', '.join(quoted(lost))}, so its samples are no members",
            "keep it in `by (…)`, or say which label is the member: `member: [pod]`",
        )
    return not lost


def names_members(reader: Reader, member: tuple[str, ...]) -> bool:
    """Whether members differ by labels that are not the observers'; noted where not."""
    lost = [label for label in member if label in reader.folding.observers]
    if lost:
        reader.report(
            codes.MEMBER_LOST,
            "member",
            f"`deduplicate` drops {', '.join(quoted(lost))}, so it names no member",
            "say what the observers see: `member: [pod]`, or leave the label out of `deduplicate`",
        )
    return not lost


def metrics_of(side: Side) -> tuple[str, ...]:
    """The metrics that a side names."""
    parts = [(p,) if isinstance(p, Selector) else read_promql(p).selectors for p in side.parts]
    return tuple(selector.metric() for selectors in parts for selector in selectors)


def keeps_names(reader: Reader, side: Side) -> bool:
    """Whether a side tells its metrics apart by more than their names; noted where not."""
    kept = True
    for number, part in enumerate(side.parts):
        if isinstance(part, Selector) and not is_pattern(part):
            continue
        text = side.texts[side.positions[number] if side.positions else number]
        kept = _keeps_name(reader, side.key_of(number), str(part), text) and kept
    return kept


def _keeps_name(reader: Reader, key: str, promql: str, text: str) -> bool:
    """Whether PromQL finds the metrics of one name only; noted at its key, where not."""
    root = expression(promql)
    # with matchers or variables added, no place in the one is known in the other
    whole = Replaced(promql, ((0, 0, len(text), promql != text),))
    if root is None:
        return True
    return check_names(WrittenPromql(reader, key, whole, root), is_dropped_at_end=True)


def _key(key: str, number: int, texts: tuple[str, ...]) -> str:
    return f"{key}.{number}" if len(texts) > 1 else key


def _read(reader: Reader, key: str, text: str) -> Reading | None:
    values = values_of_variables(reader.surroundings) if "$" in text else {}
    whole = variables.replaced(text, values)
    faults = find_faults(whole.text)
    for found in faults:
        message, hint = found.message, found.hint
        if found.kind is FaultKind.SYNTAX:
            message, hint = f"not PromQL: {message}", _empty_variable(text, values) or hint
        code = codes.PROMQL_SYNTAX if found.is_refusal else codes.NEWER_PROMQL
        if found.is_refusal and "$" in text and not reader.surroundings.is_folding_known:
            reader.withhold()  # what a variable stands for comes from the folding
            continue
        span = whole.origin(*found.span) if found.span else None
        reader.report(code, key, message, hint, span, is_cut=found.is_cut)
    if any(found.is_refusal for found in faults):
        return None
    return read_promql(whole.text.strip())


def _empty_variable(text: str, values: Mapping[str, str]) -> str:
    """A hint at a variable that stands for nothing, which often is why the rest is no PromQL."""
    if "$group_by" in text and not values.get("group_by"):
        return "$group_by is empty here: the SLO has one group"
    if "$selector" in text and not values.get("selector"):
        return "$selector is empty here: nothing is inherited"
    if "$join" in text and not values.get("join"):
        return "$join is empty here: the SLO has no `join`"
    return ""


def _selector_side(
    reader: Reader, key: str, texts: tuple[str, ...], selectors: tuple[Selector, ...], role: str
) -> Side | None:
    folding = reader.folding
    # `match` narrows what is counted; who must answer does not depend on it
    match = () if role == "member" else folding.match
    parts: list[Selector] = []
    positions: list[int] = []
    for number, selector in enumerate(selectors):
        matched = selector.inheriting(folding.selector, match)
        named = _named(reader, _key(key, number, texts), texts[number], matched, role)
        parts += named
        positions += len(named) * [number]
    # Some selector gave no metric; the reason is reported already.
    if len(set(positions)) < len(texts):
        return None
    return Side(key, role, texts, tuple(parts), is_promql=False, positions=tuple(positions))


def _named(
    reader: Reader, key: str, text: str, selector: Selector, role: str
) -> tuple[Selector, ...]:
    """One selector for each metric that a selector names; none, with the reason, where it fails."""
    found = each_name(selector) if is_pattern(selector) else (with_plain_name(selector),)
    if not found:
        return (selector,) if _is_pattern_kept(reader, key, text, selector, role) else ()
    for one in found if role in ("counter", "histogram") else ():
        reason, hint = rated_twice(one.metric())
        if reason:
            message = f"{reason}, and slokit would take the rate of it"
            reader.report(codes.RATED_TWICE, key, message, hint)
            return ()
    return found


def _is_pattern_kept(reader: Reader, key: str, text: str, selector: Selector, role: str) -> bool:
    """Whether a side may find metrics of any name: only where slokit's own PromQL keeps it."""
    if role in ("gauge", "epoch", "member") and reader.folding.join is None:
        return True
    if role == "histogram" and not any(m.label == NAME for m in selector.matchers):
        return True  # a name for its _bucket and _count is asked for by itself
    return _keeps_name(reader, key, text, text)


def _promql_side(
    reader: Reader, key: str, text: str, reading: Reading, role: str, absence: Absence
) -> Side | None:
    used = variables.used(text)
    if reading.type != "vector":
        gives, hint = _NO_VECTORS[reading.type]
        reader.report(codes.NOT_A_VECTOR, key, f"this gives {gives}, not a vector", hint)
        return None
    whole = variables.replaced(text, values_of_variables(reader.surroundings))
    root, kept = expression(whole.text), whole.text
    written = root and WrittenPromql(reader, key, whole, root)
    if written:
        left = without_fillers(written, absence)
        if left is None:
            return None
        kept = left
    if role == "counter" and not used & {"window", "window_seconds"}:
        if not (written and reports_recorded(written)):
            _missing_window(reader, key, text, reading, _LATE.fullmatch(whole.text.strip()))
        return None
    if reader.folding.match and "selector" not in used and role != "member":
        message = "`match` cannot reach this expression"
        hint = "put $selector between the braces of its selectors"
        reader.report(codes.MATCH_UNUSED, key, message, hint)
        return None
    _check_selector(reader, key, reading, used)
    if not _keeps_groups(reader, key, read_promql(kept.strip())):
        return None
    if written:
        are_rates = role != "counter" or check_rates(written)
        if not check_names(written) or not are_rates:
            return None
    return Side(key, role, (text,), (kept,), is_promql=True)


def _check_selector(reader: Reader, key: str, reading: Reading, used: Collection[str]) -> None:
    """Warn of an inherited selector that an expression neither takes over nor replaces.

    What has matchers of its own was selected on purpose: another job has other labels.
    """
    is_judged = "selector" not in used and reader.surroundings.is_folding_known
    inherited = reader.folding.selector if is_judged else ()
    left = dict.fromkeys(
        matcher
        for selector in reading.selectors
        for matcher in inherited
        if not {own.label for own in selector.matchers} - {"__name__"}
    )
    if left:
        message = f"the inherited selector {{{clip(matcher_list(left))}}} does not reach it"
        hint = "put $selector between the braces of its selectors, or matchers of its own"
        reader.report(codes.SELECTOR_UNUSED, key, message, hint)


def _missing_window(
    reader: Reader, key: str, text: str, reading: Reading, late: re.Match[str] | None
) -> None:
    """``late`` is what is written as this expression's selector and offset, if it ends in one."""
    message, hint = "a PromQL side of counters must use $window", "write rate(metric[$window])"
    found = _FIXED_RANGE.search(text)
    if late and read_promql(late["selector"]).bare:
        hint = f"write the selector alone, and `offset: {late['offset']}` beside `sli`"
    elif reading.bare is not None:
        hint = "write the selector alone: slokit adds $selector and rate() itself"
    elif found:
        hint = "write [$window] instead"
    reader.report(codes.MISSING_WINDOW, key, message, hint, found and found.span())


def _keeps_groups(reader: Reader, key: str, reading: Reading, what: str = "the SLO") -> bool:
    lost = [source for source in reader.folding.sources if reading.loses(source)]
    if lost:
        hint = "keep it with `by ($group_by)`"
        message = f"the expression drops {', '.join(quoted(lost))}, which {what} is grouped by"
        reader.report(codes.LOST_LABEL, key, message, hint)
    return not lost
