"""The machine that a run is on: who runs it, and where; also where there is no home and no entry for the user."""

from __future__ import annotations

import getpass
import os
import socket


def who() -> str:
    """The login name; the number of the user where a container has no name for it.

    >>> bool(who())
    True
    """
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}" if hasattr(os, "getuid") else "unknown"


def host() -> str:
    """The name of the machine."""
    return socket.gethostname() or "unknown"
