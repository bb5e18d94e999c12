"""The only talker to Prometheus: what may be asked, the answers as types, the faults by name.

``settings``, ``errors`` and ``types`` cost nothing to import. ``client`` and ``recorded`` bring
an HTTP stack along and are imported only by the commands that measure something.
"""
