"""The whole of a bundle, compiled."""

from fractions import Fraction

from slokit.compiler import names
from slokit.compiler.alerts import alert_rules
from slokit.compiler.burn import fast_rules, period_rules, slow_rules
from slokit.compiler.ledger import ledger_group
from slokit.compiler.meta_monitoring import self_rules
from slokit.compiler.rules import Program, Rule, RuleGroup
from slokit.compiler.windows import windows_in_use
from slokit.model.bundle import Bundle


def compile_bundle(bundle: Bundle) -> Program:
    """All rule groups of a bundle. Pure: the same bundle gives the same program."""
    project, windows = bundle.project, windows_in_use(bundle.slos)
    fast = (*fast_rules(windows, project), *alert_rules(bundle, windows))
    parts: tuple[tuple[str, Fraction, tuple[Rule, ...]], ...] = (
        ("fast", project.interval, fast),
        ("slow", project.ledger_window, slow_rules(windows, project)),
        ("period", project.ledger_window, period_rules(windows, project)),
        ("self", project.interval, self_rules(bundle)),
    )
    return Program(
        bundle=bundle,
        ledgers=tuple((service, ledger_group(service, project)) for service in bundle.services),
        groups=tuple(
            RuleGroup(names.bundle_group(bundle.name, part), interval, rules)
            for part, interval, rules in parts
        ),
    )
