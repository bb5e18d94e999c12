"""What the YAML parser's complaints mean for somebody who writes PromQL into YAML."""

import re
from collections.abc import Callable

import yaml

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding, Related
from slokit.source.parser import MAX_DEPTH, MAX_NODES, LimitExceededError
from slokit.source.places import SourceText

# What YAML 1.1 forbids in a file: control characters, lone surrogates, non-characters.
_FORBIDDEN = re.compile(
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]",
)
_KEY_WITHOUT_SPACE = re.compile(r"\s*(?:- +)*[\w.-]+:[^\s:/]")
_BEHIND_TEXT = re.compile(r"\S\s+#")
_KEY_AND_VALUE = re.compile(r"\s*(?:- +)*[\w.\"'-]+:\s+\S")


def fault_finding(source: SourceText, fault: Exception) -> Finding:
    """The finding for what `compose` met; its place is exact, its hint says what to do."""
    if isinstance(fault, LimitExceededError):
        return _limit_finding(source, fault)
    if isinstance(fault, yaml.MarkedYAMLError) and fault.problem_mark is not None:
        return _syntax_finding(source, fault)
    if found := _FORBIDDEN.search(source.text):
        message = f"the character U+{ord(found.group()):04X} is not allowed in YAML"
        return Finding(codes.NOT_UTF8, message, source.location(*found.span()), "remove it")
    return Finding(codes.YAML_SYNTAX, "the file is not valid YAML", source.location(0, 0))


def _limit_finding(source: SourceText, fault: LimitExceededError) -> Finding:
    offset = fault.offset or 0
    location = source.location(offset, offset + 1)
    if fault.deep:
        message = f"nested deeper than {MAX_DEPTH} levels, or an alias that holds itself"
        return Finding(
            codes.TOO_DEEP, message, location, "a spec needs ten: is a bracket left open?"
        )
    message = f"the file holds more than {MAX_NODES:,} values, aliases counted as often as used"
    return Finding(codes.TOO_DEEP, message, location, "split the file, or use fewer aliases")


def _syntax_finding(source: SourceText, fault: yaml.MarkedYAMLError) -> Finding:
    offset = _offset(source, fault)
    problem = (fault.problem or "not valid YAML").removeprefix("found ")
    hint = next((hint for rule in _HINTS if (hint := rule(source, fault, offset))), "")
    return Finding(
        codes.YAML_SYNTAX,
        f"not valid YAML: {problem}",
        source.location(offset, offset + 1),
        hint,
        _related(source, fault, offset),
    )


def _related(source: SourceText, fault: yaml.MarkedYAMLError, at: int) -> tuple[Related, ...]:
    """The other of the parser's two places: where it began, or where it gave up."""
    context, mark = fault.context_mark, fault.problem_mark
    if context is None or mark is None or not fault.context:
        return ()
    if context.index != at:
        return (Related(source.location(context.index, context.index + 1), fault.context),)
    if "flow" in fault.context and mark.index < len(source.text):
        return (Related(source.location(mark.index, mark.index + 1), "its end is missed here"),)
    return ()


def _offset(source: SourceText, fault: yaml.MarkedYAMLError) -> int:
    """Where to point: at an unclosed quote or a key without colon, not where the parser gave up."""
    mark, context = fault.problem_mark, fault.context_mark
    problem = fault.problem or ""
    # The parser gives up at the end of the file, lines below the quote that was left open.
    if context is not None and ("end of stream" in problem or "expected ':'" in problem):
        return int(context.index)
    assert mark is not None
    if context is not None and "flow" in (fault.context or "") and context.line < mark.line:
        return int(context.index)
    last = max(len(source.text.rstrip()) - 1, 0)
    return min(int(mark.index), last)


def _tab(source: SourceText, fault: yaml.MarkedYAMLError, offset: int) -> str:
    line = source.line_at(offset)
    indent = line[: len(line) - len(line.lstrip())]
    if "\t" in indent or source.text[offset : offset + 1] == "\t":
        return "indent with spaces, not with tabs"
    return ""


def _unclosed(source: SourceText, fault: yaml.MarkedYAMLError, offset: int) -> str:
    if "quoted scalar" not in (fault.context or ""):
        return ""
    if "escape" in (fault.problem or "") or "hexdecimal" in (fault.problem or ""):
        return "use single quotes, or write the backslash twice"
    return "this quote is never closed"


def _conflict(source: SourceText, fault: yaml.MarkedYAMLError, offset: int) -> str:
    if source.line_at(offset).startswith(("<<<<<<<", "=======", ">>>>>>>")):
        return "this is left over from a merge conflict"
    return ""


def _key(source: SourceText, fault: yaml.MarkedYAMLError, offset: int) -> str:
    if "expected ':'" not in (fault.problem or ""):
        return ""
    if _KEY_WITHOUT_SPACE.match(source.line_at(offset)):
        return "put a space behind the colon"
    return "a key needs a colon behind it"


def _quote_in_quotes(source: SourceText, fault: yaml.MarkedYAMLError, offset: int) -> str:
    before, here = source.text[offset - 1 : offset], source.text[offset : offset + 1]
    if before in ("'", '"') and here and here not in " \t\r\n,:]}#":
        return f"the {before} before it ends the text: put the whole value into other quotes"
    return ""


def _reserved(source: SourceText, fault: yaml.MarkedYAMLError, offset: int) -> str:
    char = source.text[offset : offset + 1]
    if "cannot start any token" in (fault.problem or "") and char in ("@", "`", "%"):
        return f"quote the value: in YAML it must not begin with {char}"
    return ""


def _colon(source: SourceText, fault: yaml.MarkedYAMLError, offset: int) -> str:
    if "mapping values are not allowed" not in (fault.problem or ""):
        return ""
    line, column = source.position(offset)
    if _KEY_AND_VALUE.match(source.lines[line - 1][: column - 1]):
        return "quote the value: it holds a colon and a space"
    for number in (line - 1, line):
        if number > 0 and _KEY_WITHOUT_SPACE.match(source.lines[number - 1]):
            return f"put a space behind the colon in line {number}"
    return "check the indentation of this line"


def _brackets(source: SourceText, fault: yaml.MarkedYAMLError, offset: int) -> str:
    if "flow" in (fault.context or ""):
        return "close the bracket; a value that begins with { or [ must be quoted"
    return ""


def _alias_or_tag(source: SourceText, fault: yaml.MarkedYAMLError, offset: int) -> str:
    problem, context = fault.problem or "", fault.context or ""
    if "undefined alias" in problem or "alias" in context:
        return "no such anchor above; quote the value if it begins with *"
    if "tag" in problem or "tag" in context:
        return "quote the value: in YAML ! begins a tag"
    return "quote the value: in YAML & begins an anchor" if "anchor" in context else ""


def _indentation(source: SourceText, fault: yaml.MarkedYAMLError, offset: int) -> str:
    if "block" not in (fault.context or ""):
        return ""
    line, column = source.position(offset)
    if source.lines[line - 1][: column - 1].strip(" -"):
        return "quote the whole value"
    if line > 1 and _BEHIND_TEXT.search(source.lines[line - 2]):
        return f"the comment in line {line - 1} ends the value; write it as a block: |"
    return "check the indentation of this line"


_HINTS: tuple[Callable[[SourceText, yaml.MarkedYAMLError, int], str], ...] = (
    _conflict,
    _key,
    _tab,
    _unclosed,
    _quote_in_quotes,
    _reserved,
    _colon,
    _brackets,
    _alias_or_tag,
    _indentation,
)
