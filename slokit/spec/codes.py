"""Every code of a finding, in one registry.

Families: 0xx reading, 1xx shape, 2xx meaning of an SLO, 3xx PromQL, 4xx alerts, 6xx live server.
A code is never reused and never changes its number or slug: ignore comments and CI filters name it.
"""

from slokit.spec.diagnostics import Code, Severity

_registered: list[Code] = []


def _code(number: str, slug: str, severity: Severity, title: str) -> Code:
    code = Code(number, slug, severity, title)
    _registered.append(code)
    return code


# 0xx: reading a file
YAML_SYNTAX = _code("SLK001", "yaml/syntax", Severity.ERROR, "The file is not valid YAML.")
DUPLICATE_KEY = _code(
    "SLK002", "yaml/duplicate-key", Severity.ERROR, "A mapping holds the same key twice."
)
AMBIGUOUS_SCALAR = _code(
    "SLK003",
    "yaml/ambiguous-scalar",
    Severity.ERROR,
    "An unquoted scalar is read as a boolean or a number by other YAML readers.",
)
MANGLED_PROMQL = _code(
    "SLK004",
    "yaml/mangled-promql",
    Severity.ERROR,
    "YAML cut a PromQL expression short or read it as a mapping, because it is not quoted.",
)
TOO_LARGE = _code(
    "SLK005", "yaml/too-large", Severity.ERROR, "The file is larger than slokit reads."
)
TOO_DEEP = _code(
    "SLK006",
    "yaml/too-deep",
    Severity.ERROR,
    "The file nests too deeply, or its aliases expand to too much.",
)
NOT_UTF8 = _code(
    "SLK007",
    "yaml/not-utf8",
    Severity.ERROR,
    "The file is not UTF-8 text, or holds control characters.",
)
NOT_A_SPEC = _code(
    "SLK008",
    "yaml/not-a-spec",
    Severity.ERROR,
    "A file named on the command line holds no slokit document.",
)
IGNORE_UNUSED = _code(
    "SLK090", "ignore/unused", Severity.WARNING, "An ignore comment silences nothing."
)
IGNORE_NO_REASON = _code(
    "SLK091", "ignore/no-reason", Severity.WARNING, "An ignore comment gives no reason."
)
IGNORE_UNKNOWN_CODE = _code(
    "SLK092",
    "ignore/unknown-code",
    Severity.WARNING,
    "An ignore comment names a code that does not exist.",
)

# 1xx: the shape of a document
UNKNOWN_VERSION = _code(
    "SLK101",
    "shape/unknown-version",
    Severity.ERROR,
    "The apiVersion is none that this slokit reads.",
)
MISSING_KEY = _code("SLK102", "shape/missing-key", Severity.ERROR, "A required key is absent.")
UNKNOWN_KEY = _code(
    "SLK103", "shape/unknown-key", Severity.ERROR, "A key is none that slokit knows here."
)
WRONG_TYPE = _code(
    "SLK104",
    "shape/wrong-type",
    Severity.ERROR,
    "A value has another shape than the one wanted here.",
)
NOT_YET = _code(
    "SLK105",
    "shape/not-yet",
    Severity.ERROR,
    "A key belongs to the contract, but this version of slokit does not support it yet.",
)

CODES: tuple[Code, ...] = tuple(_registered)


def by_name(name: str) -> Code | None:
    """The code with this number (`SLK103`) or slug (`shape/unknown-key`), if there is one."""
    return next((code for code in CODES if name in (code.number, code.slug)), None)
