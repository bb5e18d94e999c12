"""Text that people write and read: durations, numbers, words, and where text is shown."""
