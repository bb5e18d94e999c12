"""A fleet of services of any size, for measuring: event SLOs grouped by cluster and region."""

from pathlib import Path

_SLOS_PER_SERVICE = 10


def write_fleet(directory: Path, slos: int) -> None:
    """Write slokit.yaml and ``slos`` / 10 spec files of ten SLOs each."""
    specs = directory / "slo-specs"
    specs.mkdir(parents=True, exist_ok=True)
    (directory / "slokit.yaml").write_text("bundle: fleet\n")
    for number in range(slos // _SLOS_PER_SERVICE):
        (specs / f"service-{number:04}.yaml").write_text(_service(number))


def _service(number: int) -> str:
    head = f"""\
apiVersion: slokit/v1
service: service-{number:04}
description: Service {number} of the fleet
owner: team-{number % 20}
labels: {{criticality: "1"}}
defaults:
  window: 30d
  group_by: [cluster, region]
  selector: {{job: service-{number:04}}}
slos:
"""
    return head + "".join(_slo(number, slo) for slo in range(_SLOS_PER_SERVICE))


def _slo(number: int, slo: int) -> str:
    return f"""\
  - name: requests-{slo}
    category: availability
    description: Requests of route {slo} answered without a fault
    objective: 99.{slo + 1}%
    sli:
      events:
        bad: http_requests_total{{code=~"5..",route="/api/{slo}"}}
        total: http_requests_total{{route="/api/{slo}"}}
"""
