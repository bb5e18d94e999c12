"""Words in sentences."""

from slokit.text.words import clip, counted, first_few, joined


def test_lists_read_as_sentences() -> None:
    """However many words there are."""
    assert [joined(words) for words in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]


def test_long_lists_say_what_they_leave_out() -> None:
    """Nothing is left out silently."""
    assert first_few(["a", "b"], 2) == "a, b"
    assert first_few(["a", "b", "c"], 2) == "a, b and 1 more"


def test_one_is_not_many() -> None:
    """Nouns follow their number."""
    assert [counted(n, "event") for n in (0, 1, 2000)] == ["0 events", "1 event", "2,000 events"]


def test_clipped_text_keeps_within_its_length() -> None:
    """The ellipsis counts."""
    assert clip("x" * 61) == "x" * 59 + "…"
    assert clip("x" * 60) == "x" * 60
