"""The dialect slokit/v1: slokit's own language.

`written` has the mappings as they are written, `labels` the texts in them that are read at once,
`templates` expands what is used, `drafts` makes drafts of it all, and `schema` is the JSON Schema
for editors.
"""

from slokit.dialects.base import Dialect
from slokit.dialects.slokit_v1.drafts import read
from slokit.dialects.slokit_v1.templates import expand
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


DIALECT = Dialect(VERSION, "slokit/", matches, read, expand)
