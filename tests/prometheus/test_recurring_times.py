"""What the rules say about recurring times and periods is what the calendar says, at any moment."""

import math
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from slokit.compiler import names
from slokit.compiler.calendar_windows import elapsed
from slokit.compiler.local_time import local_time
from slokit.compiler.maintenance import active
from slokit.model.bundle import Project
from slokit.model.maintenance import Maintenance, TimeInterval
from slokit.model.time_zone import BEGIN, END, time_zone
from slokit.model.window import CALENDAR_UNITS, CalendarWindow
from tests.properties.test_local_time import ZONES, intervals, is_in, near_changes, zone_of
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


# Half hours, a summer time of half an hour or two hours, changes at midnight, at the first of a
# month or quarter, on both sides of the date line, in Ramadan; zones that gave them up.
ODD_ZONES = st.sampled_from(
    [
        *("Pacific/Apia", "Asia/Kolkata", "Australia/Lord_Howe", "America/Sao_Paulo"),
        *("America/Asuncion", "America/Havana", "America/Santiago", "Africa/Cairo", "Asia/Beirut"),
        *("Asia/Gaza", "Africa/Casablanca", "Antarctica/Troll", "Pacific/Chatham"),
        *("Pacific/Kiritimati", "Etc/GMT+12", "Asia/Kathmandu", "Atlantic/Azores"),
    ]
)


def begin_of(unit: str, local: datetime) -> datetime:
    """The first midnight of the period in which a local time is."""
    day = local.replace(hour=0, minute=0, second=0, microsecond=0)
    if unit == "week":
        return day - timedelta(days=day.weekday())
    month = {"month": day.month, "quarter": day.month - (day.month - 1) % 3, "year": 1}[unit]
    return day.replace(month=month, day=1)


@st.composite
def near_boundaries(draw: st.DrawFn, zone: str, unit: str) -> int:
    """Moments around the begin of a period; at clock changes, and any others."""
    moment = draw(near_changes(zone).filter(lambda at: BEGIN + 400 * 86_400 < at < END - 86_400))
    if draw(st.booleans()):
        return moment
    begin = begin_of(unit, datetime.fromtimestamp(moment, zone_of(zone)))
    return int(begin.timestamp()) + draw(st.integers(-3700, 3700))


@settings(quickly, max_examples=60)
@given(st.data(), ODD_ZONES | ZONES, st.sampled_from(CALENDAR_UNITS))
def test_a_period_is_that_of_the_calendar(
    server: PrometheusServer, data: st.DataObject, zone: str, unit: str
) -> None:
    """Its first day, and how much of it has passed where the oldest events of a count were."""
    project = Project()
    reach = math.ceil(project.count_reach)
    clock = f'label_replace({local_time(zone, -reach)}, "timezone", "z", "", "")'
    rule = elapsed(CalendarWindow(unit, zone), project)
    rule = rule.replace(f'{names.COUNTS_LOCAL_TIME}{{bundle="default"}}', f"({clock})")
    info = f'{names.INFO}{{bundle="default",window="{unit}"}}'
    rule = rule.replace(info, 'label_replace(vector(1), "timezone", "z", "", "")')

    for moment in data.draw(st.lists(near_boundaries(zone, unit), min_size=1, max_size=LOOKS)):
        local = datetime.fromtimestamp(moment - reach, zone_of(zone)).replace(tzinfo=None)
        begin = begin_of(unit, local)
        after = begin_of(unit, begin + timedelta(days=1.3 * DAYS[unit]))
        [sample] = server.query(rule, moment)

        assert sample.labels["period"] == begin.strftime("%Y%m%d")
        assert sample.value == pytest.approx((local - begin) / (after - begin), abs=1e-12)


DAYS = {"week": 7, "month": 30, "quarter": 91, "year": 365}
