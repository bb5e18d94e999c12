"""The spec of a service that every user of Prometheus has: Prometheus itself."""

SERVICE, SLO = "prometheus", "availability"

SPEC = r"""
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
# runbook: https://runbooks.example.com/prometheus      # where whoever is paged finds help

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
    alert_policy: ticket-only           # nobody has to get up for it
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
