"""Local time in PromQL, which knows UTC alone: a table of a zone's clock changes, written out.

What is to be asked of local time (its hour, weekday, month) is asked of a vector of one sample
without labels: the seconds since 1970 that local clocks show. The table is that of
:mod:`slokit.model.time_zone`, and ends with it in 2037.
"""

from slokit.model.time_zone import time_zone


def local_time(zone: str, ahead: int = 0) -> str:
    r"""What clocks show in a zone, ``ahead`` seconds from now, as seconds since 1970.

    >>> local_time("UTC"), local_time("Asia/Tokyo", 90)
    ('vector(time())', 'vector(time() + 32490)')
    >>> print("\n".join(local_time("Europe/Berlin").split("\n")[:3]))
    vector(time() + 3600
      + 3600 * (time() >= bool 1585443600)
      - 3600 * (time() >= bool 1603587600)
    """
    place = time_zone(zone)
    shift, offset = place.offset + ahead, place.offset
    lines = [f"time() + {shift}" if shift >= 0 else f"time() - {-shift}"] if shift else ["time()"]
    for moment, after in place.changes:
        step = after - offset
        sign = "+" if step > 0 else "-"
        lines.append(f"{sign} {abs(step)} * (time() >= bool {moment - ahead})")
        offset = after
    written = "\n  ".join(lines)
    return f"vector({written}\n)" if place.changes else f"vector({written})"
