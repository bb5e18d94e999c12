"""The examples in docstrings, above all the PromQL that builders make."""

import doctest
import importlib
import pkgutil
from types import ModuleType

import pytest

import slokit


def modules() -> list[str]:
    """Every module of the package that shows an example."""
    found = (info.name for info in pkgutil.walk_packages(slokit.__path__, "slokit."))
    return [name for name in sorted(found) if _has_example(importlib.import_module(name))]


def _has_example(module: ModuleType) -> bool:
    finder = doctest.DocTestFinder(exclude_empty=True)
    return any(test.examples for test in finder.find(module))


@pytest.mark.parametrize("name", modules())
def test_examples_are_right(name: str) -> None:
    """Each example of the module gives what stands below it."""
    failed, tried = doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS)

    assert (failed, tried > 0) == (0, True)
