"""Permissions of files that hold for root, too, who is not stopped by them otherwise."""

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager

_VERSION_3 = 0x20080522  # of the structures below, as capset(2) has them
_PASSES_OVER_PERMISSIONS = 1 << 1 | 1 << 2  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Capabilities(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_uint32) for name in ("effective", "permitted", "inherited"))


@contextmanager
def permissions_hold() -> Iterator[None]:
    """A block in which this thread reads and writes only what the permissions of files allow."""
    libc = ctypes.CDLL(None, use_errno=True)
    header, own = _Header(_VERSION_3, 0), (_Capabilities * 2)()

    def call(function: str) -> None:
        if getattr(libc, function)(ctypes.byref(header), ctypes.byref(own)):
            raise OSError(ctypes.get_errno(), f"{function}: {os.strerror(ctypes.get_errno())}")

    call("capget")
    before = own[0].effective
    own[0].effective &= ~_PASSES_OVER_PERMISSIONS
    call("capset")
    try:
        yield
    finally:
        own[0].effective = before
        call("capset")
