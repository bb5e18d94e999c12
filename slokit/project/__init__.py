"""A project on disk: its bundle file, its specs, its output, its revisions."""
