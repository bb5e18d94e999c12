"""The command line: wiring only. Every command is one file; its body is a use case of the API."""
