"""Live checks, one question a file. To add one: write its file and name its CHECK here."""

from slokit.livecheck.checks import (
    bucket_bound,
    counted_twice,
    ever_bad,
    group_labels,
    joins,
    late_samples,
    many_groups,
    metric_exists,
    metric_type,
    native_histogram,
    other_server,
    ratio_range,
    rejected,
    retention,
    rules_loaded,
    same_groups,
    scrape_interval,
    silent_members,
    unanswered,
)
from slokit.livecheck.checks.base import Check

# The last two are about what the others asked, so they come after them.
CHECKS: tuple[Check, ...] = (
    metric_exists.CHECK,
    late_samples.CHECK,
    ever_bad.CHECK,
    group_labels.CHECK,
    joins.CHECK,
    same_groups.CHECK,
    many_groups.CHECK,
    counted_twice.CHECK,
    bucket_bound.CHECK,
    native_histogram.CHECK,
    metric_type.CHECK,
    scrape_interval.CHECK,
    silent_members.CHECK,
    ratio_range.CHECK,
    retention.CHECK,
    other_server.CHECK,
    rules_loaded.CHECK,
    rejected.CHECK,
    unanswered.CHECK,
)
