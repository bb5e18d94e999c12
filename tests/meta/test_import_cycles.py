"""The package's modules form an order: none imports, in the end, itself."""

from graphlib import CycleError, TopologicalSorter

import grimp


def test_no_module_imports_itself_in_a_circle() -> None:
    """Not even by an import within a function, or by one for type checkers alone."""
    graph = grimp.build_graph("slokit", exclude_type_checking_imports=False, cache_dir=None)
    imports = {name: graph.find_modules_directly_imported_by(name) for name in graph.modules}

    circle: list[str] = []
    try:
        list(TopologicalSorter(imports).static_order())
    except CycleError as found:
        circle = found.args[1][::-1]  # each imports the next

    assert circle == []
