"""What the name of a series says that it holds, and which names say nothing."""

import pytest

from slokit.promql.recorded import Holds, recorded

RATES = """
job:http_requests:rate5m job:http_requests:rate_5m job:http_requests:rate1h30m x:y:irate1m
namespace:requests:sum_rate instance:node_cpu:avg_rate5m
node_namespace_pod_container:container_cpu_usage_seconds_total:sum_irate
job:rate5m:requests job:requests:rate5m_sum job:requests:rate_5m_sum service:error_rate:5m
job:error_rate requests:per_second a:b:RATE5M job:requests:sumrate5m job:moved:deriv
http_requests_per_second redis_instantaneous_ops_per_sec api_qps http_error_rate
http_requests_rate5m http_requests_rate_5m kafka_server_brokertopicmetrics_messagesin_oneminuterate
jetty_requests_MeanRate job:api:errorrate5m job:api:requestRate1m job:requests:5m_rate api:rps
"""
INCREASES = """
code_verb:apiserver_request_total:increase30d job:errors:increase_1h job:errors:sum_increase
job:x:delta5m http_requests_increase_1h slokit:total:events5m job:errors:count5m http_errors_5m
job:http:requests_10m
"""
RATIOS = """
instance:node_cpu:ratio job:slo_errors_per_request:ratio_rate5m slo:sli_error:ratio_rate5m
apiserver_request:burnrate1h pg_cache_hit_ratio node_memory_used_percent job:errors:percentage
"""
NOTHING = """
process_rate_limited_total etcd_mvcc_range_total etcd_server_leader_changes_seen_total
job:requests_total:sum job:requests:sum limiter:rate_limited_total job:requests:rate_limited
slo:http_rate_limited_total:sum job:burn_rate_alerts_total:sum exchange_rate_updates_total
cluster:operations:total level:generated_total:sum node_rate_count cache_hit_ratio_count rate ratio
price_increase k8s:requests_total:sum http2s:requests:sum disk_load5m
moderate_total corporate up kafka_messagesinpersec_count heart_rates a_rate_b
kubelet_runtime_operations_duration_seconds_bucket x: ::: job:delta_lake_commits:sum
"""


@pytest.mark.parametrize(
    ("names", "holds"),
    [(RATES, Holds.RATE), (INCREASES, Holds.INCREASE), (RATIOS, Holds.RATIO), (NOTHING, None)],
)
def test_names_say_what_a_series_holds(names: str, holds: Holds | None) -> None:
    """Every naming habit, and no counter whose name has such a word within."""
    found = {name: recorded(name) for name in names.split()}

    assert {name: f and f.holds for name, f in found.items()} == dict.fromkeys(found, holds)


def test_the_range_is_read_where_the_name_has_one() -> None:
    """In seconds; None where it is not said."""
    found = {name: recorded(name) for name in ("a:b:increase1h30m", "a:b:rate_5m", "a:b:sum_rate")}

    assert [f and f.seconds for f in found.values()] == [5400, 300, None]
