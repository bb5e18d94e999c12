"""Loopback ports that nothing else uses."""

import random
import socket

HOST = "127.0.0.1"
# Below the range that the kernel hands out for outgoing connections, so that no client takes it.
PORTS = range(15000, 32000)


def free_port() -> int:
    """A TCP port on the loopback address that is free now.

    Drawn at random, so that tests running side by side do not draw the same one.
    """
    draw = random.SystemRandom()
    while True:
        port = draw.choice(PORTS)
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port


def free_ports(count: int) -> list[int]:
    """That many different free ports."""
    ports: set[int] = set()
    while len(ports) < count:
        ports.add(free_port())
    return sorted(ports)
