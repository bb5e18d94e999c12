"""The first files of a project: slokit.yaml, a spec for any Prometheus, a CI job, .gitattributes.

The texts stand here as a newcomer reads them; writing them is the workspace's.
"""

import re
import unicodedata
from collections.abc import Mapping

from slokit.model.bundle import FILE_NAME
from slokit.promql.labels import LONGEST_NAME
from slokit.targets import TARGETS
from slokit.targets.rule_yaml import dump

_SERVICE, _SLO = "prometheus", "availability"
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

# A service that every user of Prometheus has: Prometheus itself.
_SPEC = r"""
# What "good" means for one service. This first one you surely have: Prometheus itself, as it
# scrapes itself under the job "prometheus". Change it, or put a file for each of your services
# beside it; `slokit catalog list` has ready-made ones.
#
# To have editors complete and check (yaml-language-server): run in the directory of slokit.yaml
#   slokit schema --out slokit.schema.json
# and put this line on top of the spec:
#   # yaml-language-server: $schema=../slokit.schema.json
apiVersion: slokit/v1
service: prometheus                     # unique in the bundle; a label of every series and alert
description: The Prometheus that watches everything else
owner: my-team                          # a label of the alerts: route them by it
# runbook: https://runbooks.example.com/prometheus      # help for the one who is paged

defaults:                               # each SLO may override these
  window: 30d                           # the time that an error budget is for
  selector: {job: prometheus}           # added to every selector below
  group_by: [instance]                  # an error budget for each; [] is one for all together

slos:
  # events: bad or good ones, out of all of them
  - name: availability
    category: availability
    description: Requests answered without a fault of the server
    objective: 99.9%                    # 0.1 % may fail: that is the error budget
    sli:
      events:                           # two of good, bad and total
        good: prometheus_http_requests_total{code!~"5.."}
        total: prometheus_http_requests_total

  # latency: events within a limit, which must be the bound of a bucket
  - name: latency
    category: latency
    description: Requests answered within 400 ms
    objective: 99%
    sli:
      latency:
        histogram: prometheus_http_request_duration_seconds     # without _bucket
        at_most: 400ms

  # threshold: time in which a value is within its limits
  - name: configuration
    category: availability
    description: Time in which the configuration in use is the one on disk
    objective: 99%
    alert_policy: ticket-only           # no reason to wake anybody
    sli:
      threshold:
        metric: prometheus_config_last_reload_successful
        at_least: 1                     # or at_most, or both

  # rate: how often something may happen; the allowance is the objective
  - name: failed-compactions
    category: errors
    description: Failed compactions of the storage, at most one a day
    alert_policy: ticket-only
    sli:
      rate:
        counter: prometheus_tsdb_compactions_failed_total
        counted_by: one_member          # or every_member, where all see the same event
        at_most: 1/d
""".lstrip()

# The wheel is pinned by its file: the same version writes the same bytes, and no index has slokit.
_COMMANDS = ("slokit validate --strict{format}", "slokit compile --check")

_GITHUB = (
    ".github/workflows/slokit.yaml",
    f"""\
# Checks every change of the specs, and that the committed rules are what they compile to.
# GitHub reads this file below the root of a repository: if slokit.yaml stands deeper, move
# .github there and set `defaults: {{run: {{working-directory: …}}}}`.
name: slokit
on: [push, pull_request]
permissions: {{contents: read}}
jobs:
  slokit:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with: {{python-version: "3.12"}}
      # From your clone of slokit: pip wheel --no-deps --wheel-dir HERE/vendor .
      - run: pip install vendor/slokit-{{version}}-py3-none-any.whl
      - run: {_COMMANDS[0].format(format=" --format github")}
      - run: {_COMMANDS[1]}
""",
)

_GITLAB = (
    "slokit.gitlab-ci.yaml",
    f"""\
# Checks every change of the specs, and that the committed rules are what they compile to.
# Name this file in .gitlab-ci.yml: `include: slokit.gitlab-ci.yaml`, with its path from the root of
# the repository; if slokit.yaml stands deeper, add `cd` to its directory as the first command.
slokit:
  image: python:3.12
  script:
    # From your clone of slokit: pip wheel --no-deps --wheel-dir HERE/vendor .
    - pip install vendor/slokit-{{version}}-py3-none-any.whl
    - {_COMMANDS[0].format(format="")}
    - {_COMMANDS[1]}
""",
)

# A project may have one already, which no file of slokit's replaces.
GIT_ATTRIBUTES = ".gitattributes"

# No `-diff`, for a review reads the rules that change. Files of services merge as text, for only
# the branches that change a service change them. In those of the bundle two changes may be at
# different lines and concern each other all the same, so no text of theirs is merged.
_GIT_ATTRIBUTES = """\
# What `slokit compile` writes: reviews fold it, and its bytes are the same on every system, since
# `slokit compile --check` compares them. Where two branches change a file that all services share
# git stops, for such a text may merge to rules that are wrong: `slokit compile` writes it anew.
"""
_OF_OUTPUT = "linguist-generated gitlab-generated text eol=lf"

# What a newcomer runs next, each with what it is for.
NEXT_COMMANDS: tuple[tuple[str, str], ...] = (
    ("slokit compile", "writes the rules into alert-rules/, for `rule_files:` of Prometheus"),
    (f"slokit explain {_SERVICE}/{_SLO}", "says what they compute, with the numbers in them"),
    (
        "slokit check --prometheus http://localhost:9090",
        "asks your server whether it has what the specs read",
    ),
)


def first_files(directory: str, version: str, *, has_gitlab: bool) -> Mapping[str, str]:
    """The texts of all files by their paths in the directory, whose name the bundle gets."""
    path, ci = _GITLAB if has_gitlab else _GITHUB
    bundle = dump({"bundle": bundle_name(directory)}).rstrip()
    return {
        FILE_NAME: _PROJECT.replace("{bundle}", bundle),
        f"slo-specs/{_SERVICE}.yaml": _SPEC,
        path: ci.replace("{version}", version),
        GIT_ATTRIBUTES: _git_attributes(),
    }


def _git_attributes() -> str:
    """One line for each pattern of files that a target writes, then those of the bundle.

    Environments are directories of their own, of names that are not known yet: each line is there
    for files one directory further down as well.
    """
    patterns = dict.fromkeys(path for target in TARGETS for path in target.owns)
    shared = dict.fromkeys(path for target in TARGETS for path in target.of_bundle)
    here = [f"{path} {_OF_OUTPUT}" for path in patterns] + [f"{path} -merge" for path in shared]
    lines = [*here, *(f"*/{line}" for line in here)]
    return _GIT_ATTRIBUTES + "".join(f"{line}\n" for line in lines)


def bundle_name(directory: str) -> str:
    """A legal bundle name as near to a directory's name as may be."""
    plain = unicodedata.normalize("NFKD", directory).encode("ascii", "ignore").decode().lower()
    name = re.sub("[^a-z0-9]+", "-", plain).strip("-")[:LONGEST_NAME].rstrip("-")
    return name or _NAMELESS
