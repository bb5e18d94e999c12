"""What `lint: {disable: …}` of slokit.yaml names: codes of warnings and notes, and no others."""

from collections.abc import Iterator, Sequence

from slokit.diagnostics import codes
from slokit.diagnostics.finding import Finding, Location, Severity
from slokit.text.similar_names import did_you_mean
from slokit.text.words import clip

# errors of these codes, and of live checks, are milder in some places
_SOMETIMES_MILDER = frozenset((codes.BAD_VALUE, codes.LITERAL_SECRET))


def disabled_faults(disabled: Sequence[str], location: Location) -> Iterator[Finding]:
    """Names that take nothing off: of no code, and of errors."""
    slugs = [code.slug for code in codes.CODES]
    for number, name in enumerate(disabled):
        where = location.at("disable", number)
        code = codes.by_name(name)
        if code is None:
            message = f"{clip(name)!r} is no code"
            hint = did_you_mean(name, slugs, otherwise="docs/codes/ lists them all")
            yield Finding(codes.IGNORE_UNKNOWN_CODE, message, where, hint)
        elif code.severity is Severity.ERROR and not code.is_live and code not in _SOMETIMES_MILDER:
            message = f"{code.number} is an error, which cannot be disabled"
            hint = f"mend it, or say why not at its place: # slokit: ignore[{code.number}] reason"
            yield Finding(codes.IGNORE_UNUSED, message, where, hint)
