"""The whole of a bundle, compiled."""

from fractions import Fraction

from slokit.compiler import names
from slokit.compiler.alerts import compile_alerts, compile_spent
from slokit.compiler.burn import compile_fast, compile_period, compile_slow
from slokit.compiler.causes import compile_causes
from slokit.compiler.hours import compile_hours
from slokit.compiler.ledger import compile_ledgers
from slokit.compiler.maintenance import compile_maintenance
from slokit.compiler.meta_monitoring import compile_meta_monitoring
from slokit.compiler.rules import Program, Rule, RuleGroup, Ruler
from slokit.compiler.windows import windows_in_use
from slokit.model.bundle import Bundle


def compile_bundle(bundle: Bundle, ruler: Ruler = Ruler.PROMETHEUS) -> Program:
    """All rule groups of a bundle. Pure: the same bundle gives the same program.

    ``ruler`` is what evaluates them.
    """
    project, windows = bundle.project, windows_in_use(bundle.slos)
    # alerts stand behind the series that they read, so that they see this evaluation's
    fast = (*compile_fast(windows, project), *compile_alerts(bundle))
    slow = (*compile_slow(windows, project), *compile_hours(bundle))
    period = (*compile_period(windows, project), *compile_spent(bundle))
    parts: tuple[tuple[str, Fraction, tuple[Rule, ...]], ...] = (
        (names.MAINTENANCE, project.interval, compile_maintenance(project, ruler, bundle.slos)),
        (names.FAST, project.interval, fast),
        (names.SLOW, project.ledger_window, slow),
        (names.PERIOD, project.ledger_window, period),
        (names.SELF, project.interval, compile_meta_monitoring(bundle, ruler)),
    )
    # A group a service: what one team edits reloads no other's ledger, and groups run side by side.
    return Program(
        bundle=bundle,
        ledgers=tuple(
            (service, compile_ledgers(service, project, ruler)) for service in bundle.services
        ),
        groups=tuple(
            RuleGroup(names.bundle_group(bundle.name, part), interval, rules)
            for part, interval, rules in parts
            if rules
        ),
        causes={s.name: compile_causes(s, bundle) for s in bundle.services if s.causes},
    )
