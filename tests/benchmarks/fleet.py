"""What is measured: a fleet of services with SLOs of events, one service with SLOs of all types.

All SLOs are grouped by cluster and region.
"""

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


# Half of them share a metric, the total of all requests or `up`, and live in groups of their own.
_TYPES = (
    "objective: 99.9%, sli: {events: {bad: errors_N_total, total: requests_total}}",
    "objective: 95%, sli: {latency: {histogram: request_N_seconds, at_most: 300ms}}",
    "objective: 99%, sli: {threshold: {metric: lag_N_seconds, at_most: 2s, expected: up}}",
    "sli: {rate: {counter: elections_N_total, counted_by: every_member, at_most: 1/d}}",
)


def write_service(directory: Path, slos: int) -> str:
    """Write slokit.yaml and the spec of one service with ``slos`` SLOs; its name."""
    specs = directory / "slo-specs"
    specs.mkdir(parents=True, exist_ok=True)
    (directory / "slokit.yaml").write_text("bundle: fleet\n")
    lines = [
        f"  - {{name: slo-{n}, {_TYPES[n % len(_TYPES)].replace('N', str(n))}}}\n"
        for n in range(slos)
    ]
    head = "apiVersion: slokit/v1\nservice: shop\ndefaults: {group_by: [cluster, region]}\nslos:\n"
    (specs / "shop.yaml").write_text(head + "".join(lines))
    return "shop"
