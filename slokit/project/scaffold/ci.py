"""The CI job of a new project. The version is pinned: the same version writes the same bytes."""

_COMMANDS = ("slokit validate --strict{format}", "slokit compile --check")

GITHUB = (
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
      - run: pip install slokit=={{version}}
      - run: {_COMMANDS[0].format(format=" --format github")}
      - run: {_COMMANDS[1]}
""",
)

GITLAB = (
    "slokit.gitlab-ci.yaml",
    f"""\
# Checks every change of the specs, and that the committed rules are what they compile to.
# Name this file in .gitlab-ci.yml: `include: slokit.gitlab-ci.yaml`, with its path from the root of
# the repository; if slokit.yaml stands deeper, add `cd` to its directory as the first command.
slokit:
  image: python:3.12
  script:
    - pip install slokit=={{version}}
    - {_COMMANDS[0].format(format="")}
    - {_COMMANDS[1]}
""",
)
