"""What the machines and containers below services do, where their exporters are present.

node_exporter and kube-state-metrics carry labels of their own: nothing of an SLO narrows them, and
each graph shows the few that are worst at the end of the time range.
"""

from collections.abc import Collection

from slokit.dashboards.panels import GREEN, MOST_LINES, ORANGE, RED, Graph, Query, Shown, Step
from slokit.model.bundle import Bundle

_AT_END = " @ end()"
EMPTY = "no node_exporter or kube-state-metrics here"
_USED = Shown("percentunit", 0, (Step(GREEN), Step(ORANGE, 0.8), Step(RED, 0.95)))

# key, title, what it means, the expression with {at} behind each selector, legend, how it is shown
_GRAPHS = (
    (
        "cpu",
        "CPU in use",
        "The share of a node's processors that works. Above 80 % for long, requests wait.",
        '1 - avg by (instance) (rate(node_cpu_seconds_total{{mode="idle"}}[$__rate_interval]{at}))',
        "{{instance}}",
        _USED,
    ),
    (
        "memory",
        "Memory in use",
        "The share of a node's memory that nothing else can have. Near 100 % processes are killed.",
        (
            "1 - max by (instance) (node_memory_MemAvailable_bytes{at})"
            " / max by (instance) (node_memory_MemTotal_bytes{at})"
        ),
        "{{instance}}",
        _USED,
    ),
    (
        "disk",
        "Disk in use",
        "The fullest file system of each node. Databases stop where it is full: free or grow it.",
        (
            'max by (instance, mountpoint) (1 - node_filesystem_avail_bytes{{fstype!="tmpfs"}}{at}'
            ' / node_filesystem_size_bytes{{fstype!="tmpfs"}}{at})'
        ),
        "{{instance}} {{mountpoint}}",
        _USED,
    ),
    (
        "disk-io",
        "Disk time",
        "The share of time in which a disk was busy. A disk at 100 % is what everything waits for.",
        "max by (instance, device) (rate(node_disk_io_time_seconds_total[$__rate_interval]{at}))",
        "{{instance}} {{device}}",
        _USED,
    ),
    (
        "network",
        "Network received",
        "Bytes a second that each node receives. A node far above the others holds a hot shard.",
        (
            "sum by (instance)"
            ' (rate(node_network_receive_bytes_total{{device!="lo"}}[$__rate_interval]{at}))'
        ),
        "{{instance}}",
        Shown("Bps", 1, (Step(GREEN),)),
    ),
    (
        "restarts",
        "Container restarts in an hour",
        "How often containers were started again. Several are a crash loop: read its last log.",
        (
            "sum by (namespace, pod, container)"
            " (increase(kube_pod_container_status_restarts_total[1h]{at}))"
        ),
        "{{namespace}} {{pod}} {{container}}",
        Shown("short", 0, (Step(GREEN), Step(ORANGE, 1), Step(RED, 3))),
    ),
)


INPUT_OUTPUT = ("disk-io", "network")


def node_graphs(bundle: Bundle, only: Collection[str] = ()) -> tuple[Graph, ...]:
    """Six of them, three a line; or only those with these keys."""
    return tuple(
        Graph(
            key=f"node-{key}",
            title=title,
            description=f"{about} The {MOST_LINES} highest at the end of the time range.",
            width=12 if only else 8,
            height=8,
            shown=shown,
            empty=EMPTY,
            queries=(
                Query(
                    f"{expr.format(at='')}\nand topk({MOST_LINES}, {expr.format(at=_AT_END)})",
                    legend,
                ),
            ),
            resolution=2 * bundle.project.interval,
            has_limits=len(shown.steps) > 1,
        )
        for key, title, about, expr, legend, shown in _GRAPHS
        if not only or key in only
    )
