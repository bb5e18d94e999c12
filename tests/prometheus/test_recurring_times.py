"""What the rules say about recurring times is what the calendar says, at any moment."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from slokit.compiler.local_time import local_time
from slokit.compiler.maintenance import active
from slokit.model.bundle import Project
from slokit.model.maintenance import Maintenance, TimeInterval
from slokit.model.time_zone import time_zone
from tests.properties.test_local_time import ZONES, intervals, is_in, near_changes
from tests.support.servers.prometheus_server import PrometheusServer

pytestmark = pytest.mark.programs("prometheus")

AHEAD, LOOKS = 90, 3
quickly = settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrometheusServer]:
    with PrometheusServer(tmp_path_factory.mktemp("clocks")) as running:
        yield running


@quickly
@given(st.data(), ZONES)
def test_local_time_is_that_of_the_zone(
    server: PrometheusServer, data: st.DataObject, zone: str
) -> None:
    """Of any zone, around its clock changes and elsewhere, now or a while from now."""
    for moment in data.draw(st.lists(near_changes(zone), min_size=1, max_size=LOOKS)):
        ahead = data.draw(st.sampled_from((0, AHEAD, -300)))
        expected = moment + ahead + time_zone(zone).offset_at(moment + ahead)
        assert server.value(local_time(zone, ahead), moment) == expected


@quickly
@given(st.data(), intervals())
def test_a_mark_is_where_the_calendar_says(
    server: PrometheusServer, data: st.DataObject, interval: TimeInterval
) -> None:
    """A mark is there exactly when the local weekday, day, month, year and time fit, ahead."""
    mark = active(Maintenance("m", "r", when=(interval,)), Project(), is_recorded=False)
    moments = near_changes(interval.location).filter(lambda at: at > 1_577_836_800 + AHEAD)
    for moment in data.draw(st.lists(moments, min_size=1, max_size=LOOKS)):
        found = [sample.value for sample in server.query(mark, moment - AHEAD)]
        assert found == ([1.0] if is_in(interval, moment) else [])
