"""The files of a new project, and what to do next."""

import re
import unicodedata
from collections.abc import Mapping

from slokit.project.project_file import FILE_NAME
from slokit.project.scaffold.ci import GITHUB, GITLAB
from slokit.project.scaffold.first_spec import SERVICE, SLO, SPEC
from slokit.promql.labels import LONGEST_NAME
from slokit.targets.yaml_text import dump

_NAMELESS = "my-slos"
_PROJECT = """\
# The bundle: what slokit makes of the specs below. All keys: slokit schema --bundle-file
{bundle}
specs: [slo-specs]

# How often Prometheus scrapes what the specs read; the ledger's window is four of it or more.
scrape_interval: 30s
ledger_window: 5m

# Links in the alerts.
# links:
#   runbooks: https://runbooks.example.com
#   grafana: https://grafana.example.com

# The server that `slokit check` and `slokit report` ask, unless they are given --prometheus URL.
# prometheus:
#   url: https://prometheus.example.com
#   bearer_token_file: /etc/slokit/token
"""

# The commands that a newcomer runs next, each with what it is for.
NEXT_COMMANDS: tuple[tuple[str, str], ...] = (
    ("slokit compile", "writes the rules into alert-rules/, for `rule_files:` of Prometheus"),
    (f"slokit explain {SERVICE}/{SLO}", "says what they compute, with the numbers in them"),
    (
        "slokit check --prometheus http://localhost:9090",
        "asks your server whether it has what the specs read",
    ),
)


def first_files(directory: str, version: str, *, has_gitlab: bool) -> Mapping[str, str]:
    """The texts of all files by their paths in the directory, whose name the bundle gets."""
    path, ci = GITLAB if has_gitlab else GITHUB
    bundle = dump({"bundle": bundle_name(directory)}).rstrip()
    return {
        FILE_NAME: _PROJECT.replace("{bundle}", bundle),
        f"slo-specs/{SERVICE}.yaml": SPEC,
        path: ci.replace("{version}", version),
    }


def bundle_name(directory: str) -> str:
    """A legal bundle name as near to a directory's name as may be."""
    plain = unicodedata.normalize("NFKD", directory).encode("ascii", "ignore").decode().lower()
    name = re.sub("[^a-z0-9]+", "-", plain).strip("-")[:LONGEST_NAME].rstrip("-")
    return name or _NAMELESS
