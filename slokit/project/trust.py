"""Whether a slokit.yaml may say what is sent to a server in the user's name.

It is trusted where the user herself wrote it or chose it: on her own machine. It is not in CI,
which works on what strangers propose, nor when another user of the machine owns it.
"""

import os
from collections.abc import Mapping
from pathlib import Path

_CI = (
    "CI",
    "GITHUB_ACTIONS",
    "GITLAB_CI",
    "TF_BUILD",
    "JENKINS_URL",
    "TEAMCITY_VERSION",
    "CODEBUILD_BUILD_ID",
    "BITBUCKET_BUILD_NUMBER",
    "BUILDKITE",
    "CIRCLECI",
    "TRAVIS",
)
_OFF = ("", "0", "false", "no")
ROOT = 0


def why_untrusted(file: Path, environment: Mapping[str, str]) -> str:
    """Why a project file is not trusted, as the end of a sentence; empty when it is."""
    set_by_ci = [name for name in _CI if environment.get(name, "").lower() not in _OFF]
    if set_by_ci:
        return f"since {set_by_ci[0]} is set"
    if not hasattr(os, "geteuid") or not file.exists():
        return ""
    owner = file.stat().st_uid
    return "" if owner in (os.geteuid(), ROOT) else "since another user owns it"
