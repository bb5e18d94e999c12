"""Where in a piece of PromQL its first fault stands."""


def fault_span(text: str) -> tuple[int, int] | None:
    """The range of characters of the first fault, or None when it cannot be told."""
    return None
