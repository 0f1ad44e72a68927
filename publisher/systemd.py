"""The few words that systemd understands (sd_notify(3)); without systemd they go nowhere."""

import os
import socket
from collections.abc import Mapping
from contextlib import suppress


def tell(message: str, env: Mapping[str, str] | None = None) -> bool:
    """Send `READY=1`, `STOPPING=1`, `WATCHDOG=1`, `STATUS=…` (joined by newlines) to the manager.

    False when there is none, or it does not listen: nothing else depends on it.
    """
    address = (os.environ if env is None else env).get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return False
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.setblocking(False)
        sock.sendto(message.encode(), "\0" + address[1:] if address[0] == "@" else address)
        return True
    return False
