"""Text that people write and read: durations, numbers, words, and where text is shown.

It knows nothing of SLOs, YAML or PromQL, and all that it reads is kept exact.
"""


class InvalidTextError(ValueError):
    """A text that is no duration, number, percentage, rate or limit.

    ``hint`` says what would be one.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint
