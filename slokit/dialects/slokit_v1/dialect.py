"""The dialect slokit/v1: slokit's own language."""

from slokit.dialects.base import Dialect
from slokit.dialects.slokit_v1.drafts import read
from slokit.dialects.slokit_v1.written import VERSION


def matches(data: object) -> bool:
    """Whether the document says that it is slokit's, or is one that forgot to say so."""
    if not isinstance(data, dict):
        return False
    versions = [v for k, v in data.items() if k.lower().replace("_", "") == "apiversion"]
    if versions:
        return any(isinstance(v, str) and v.lower().startswith("slokit") for v in versions)
    # Sloth's specs look alike, but have a `version`
    return {"service", "slos"} <= set(data) and not {"version", "kind"} & set(data)


DIALECT = Dialect(VERSION, matches, read)
