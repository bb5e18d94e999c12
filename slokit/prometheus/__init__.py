"""The only talker to Prometheus: what can be asked, the answers as types, the errors by name.

``settings``, ``errors`` and ``types`` cost nothing to import. ``client`` brings an HTTP stack along
and is imported by the commands that measure something, when they run.
"""
