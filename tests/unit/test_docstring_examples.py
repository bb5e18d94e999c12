"""Every example in a docstring gives what it says, and every builder of PromQL has one."""

import doctest
import inspect
import pkgutil
from collections.abc import Iterator
from fractions import Fraction
from importlib import import_module
from pathlib import Path
from types import FunctionType, ModuleType

import pytest

import slokit
from slokit.compiler import alerts, burn, ledger, windows
from slokit.model.ledger import Join, Side
from slokit.model.window import RollingWindow
from slokit.promql import build
from slokit.promql.reading import read
from slokit.promql.selector import Selector
from slokit.reporting.plan import query
from slokit.sli import expressions
from tests.support.history.ledgers import EXACT, ledger_of, sli_of, terms

BUILDERS = (build, expressions, ledger, windows, burn, alerts, query)


def selector(text: str) -> Selector:
    found = read(text).bare
    assert found is not None
    return found


def side(role: str, *texts: str) -> Side:
    bare = [read(text).bare for text in texts]
    parts = tuple(part or text for part, text in zip(bare, texts, strict=True))
    return Side("side", role, texts, parts, is_promql=bare[0] is None)


# What the examples call by name without making it.
NAMES = {
    "RollingWindow": RollingWindow,
    "Fraction": Fraction,
    "selector": selector,
    "side": side,
    "terms": terms("cluster=scope"),
    "ungrouped": terms(),
    "exact": EXACT,
    "terms_with_join": terms("cluster=scope", join=Join("node_info", ("instance",), ("scope",))),
    "ledger_of": ledger_of,
    "events": sli_of("events", bad="errors_total", total="requests_total"),
}


def examples() -> Iterator[doctest.DocTest]:
    finder = doctest.DocTestFinder()
    for name in sorted(m.name for m in pkgutil.walk_packages(slokit.__path__, "slokit.")):
        module = import_module(name)
        if ">>> " not in Path(str(module.__file__)).read_text(encoding="utf-8"):
            continue  # to look for examples takes far longer than to read a file
        found = finder.find(module, globs={**NAMES, **vars(module)})
        yield from (example for example in found if example.examples)


@pytest.mark.parametrize("example", list(examples()), ids=lambda example: example.name)
def test_an_example_gives_what_it_says(example: doctest.DocTest) -> None:
    """What a docstring shows is what the code makes today."""
    printed: list[str] = []
    # long PromQL is broken into lines here; a text that must not be says so with its quotes
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)

    runner.run(example, out=printed.append)

    assert runner.failures == 0, "".join(printed)


@pytest.mark.parametrize("module", BUILDERS, ids=lambda module: module.__name__)
def test_every_builder_of_promql_shows_what_it_makes(module: ModuleType) -> None:
    """A reader sees the PromQL beside the function, whatever it is made of."""
    made_here = [
        function
        for name, function in vars(module).items()
        if isinstance(function, FunctionType)
        and function.__module__ == module.__name__
        and not name.startswith("_")
        and inspect.signature(function).return_annotation is str
    ]

    assert made_here
    assert [f.__name__ for f in made_here if ">>> " not in (inspect.getdoc(f) or "")] == []
