"""The functions and aggregations of the oldest Prometheus that slokit's rules run on, 2.42."""

from slokit.diagnostics.suggest import suggest

OLDEST = "2.42"

AGGREGATIONS = frozenset(
    "sum avg count min max group stddev stdvar topk bottomk count_values quantile".split()
)
NEWER_AGGREGATIONS = frozenset(("limitk", "limit_ratio"))
FUNCTIONS = frozenset(
    "abs absent absent_over_time acos acosh asin asinh atan atanh avg_over_time ceil changes clamp"
    " clamp_max clamp_min cos cosh count_over_time day_of_month day_of_week day_of_year"
    " days_in_month deg delta deriv exp floor histogram_count histogram_fraction"
    " histogram_quantile histogram_sum holt_winters hour idelta increase irate label_join"
    " label_replace last_over_time ln log10 log2 max_over_time min_over_time minute month pi"
    " predict_linear present_over_time quantile_over_time rad rate resets round scalar sgn sin"
    " sinh sort sort_desc sqrt stddev_over_time stdvar_over_time sum_over_time tan tanh time"
    " timestamp vector year".split()
)
# names in other query languages and versions, and what says the same here
_SAME = {
    "avg_by": "avg",
    "mean": "avg",
    "median": "quantile",
    "percentile": "quantile",
    "histogram_percentile": "histogram_quantile",
    "if": "and",
    "coalesce": "or",
    "rollup_rate": "rate",
    "len": "count",
    "total": "sum",
}


def nearest(name: str) -> str:
    """The function or aggregation that an unknown name most likely means, or an empty string.

    >>> nearest("rat"), nearest("percentile"), nearest("xyz")
    ('rate', 'quantile', '')
    """
    folded = name.lower()
    return _SAME.get(folded) or suggest(folded, FUNCTIONS | AGGREGATIONS) or ""
