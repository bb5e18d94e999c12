"""The options that say which period a report is about, and which one it is compared with."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

import typer

from slokit.diagnostics.errors import UsageError
from slokit.text.words import joined


@dataclass(frozen=True, slots=True)
class PeriodOptions:
    """A period as given on the command line; a field is one option."""

    period: Annotated[
        str | None,
        typer.Option(metavar="DURATION", help="How far back incidents are listed. Default: 7d."),
    ] = None
    week: Annotated[
        str | None,
        typer.Option(metavar="WEEK", help="The period is this week, such as 2026-W47."),
    ] = None
    month: Annotated[
        str | None,
        typer.Option(metavar="MONTH", help="The period is this month, such as 2026-10."),
    ] = None
    begin: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="TIME", help="The period begins here: a day, or a day and a time."
        ),
    ] = None
    end: Annotated[
        str | None,
        typer.Option("--to", metavar="TIME", help="The period ends here. Default: --at, or now."),
    ] = None
    timezone: Annotated[
        str,
        typer.Option(
            metavar="ZONE", help="Whose clocks weeks, months and days go by: Europe/Berlin."
        ),
    ] = "UTC"
    compare: Annotated[
        str,
        typer.Option(
            metavar="PERIOD",
            help="Count an earlier period as well: previous, a week or a month.",
        ),
    ] = ""

    def period_until(self, moment: float) -> str:
        """The one period that is given, as one text; without an end it ends at a moment.

        Raises:
            UsageError: several are given, or one that is not what its option says.
        """
        length, week, month = self.period, self.week, self.month
        begin, end = self.begin, self.end
        given = {"--period": length, "--week": week, "--month": month, "--from": begin}
        named = [option for option, text in given.items() if text is not None]
        if len(named) > 1:
            raise UsageError(f"{joined(named)} name a period each: keep one of them")
        if end is not None and begin is None:
            raise UsageError("--to stands without --from")
        if week is not None and "-W" not in week:
            raise UsageError(f"--week: {week!r} is no week; write 2026-W47")
        if month is not None and not month.replace("-", "").isdigit():
            raise UsageError(f"--month: {month!r} is no month; write 2026-10")
        if begin is not None:
            return f"{begin}/{end or datetime.fromtimestamp(moment, UTC).isoformat()}"
        return length or week or month or "7d"
