"""Text in Go templates: Prometheus takes each label and annotation of an alerting rule for one."""


def literal(text: str) -> str:
    """A template that gives the text, whatever stands in it.

    >>> literal("critical"), literal("{{ $value }}")
    ('critical', '{{"{{"}} $value }}')
    """
    return text.replace("{{", '{{"{{"}}')
